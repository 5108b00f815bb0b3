"""The unit of work of a call."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from livehall.dialects.kit.route import Route
from livehall.kernel.actor import Actor
from livehall.kernel.work import Desk, Work


class Opened:
    """A unit that is open already; its opener closes it."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def __aenter__(self) -> Work:
        return self._work

    async def __aexit__(self, *_: object) -> None:
        return None


class Unit:
    """Opens what a route asks for, and puts it into its arguments."""

    def __init__(self, route: Route, desk: Desk, actor: Actor, arguments: dict[str, object]) -> None:
        self._arguments = arguments
        self._name: str | None = None
        self._opened: AbstractAsyncContextManager[Work] | None = None
        self._writes = route.signature.work is not None
        if route.signature.work:
            of = str(arguments[route.hot]) if isinstance(route.hot, str) else None
            self._name, self._opened = route.signature.work, desk.work(actor, hot=bool(route.hot), of=of)
        elif route.signature.read:
            self._name, self._opened = route.signature.read, desk.read(actor)

    async def __aenter__(self) -> Work | None:
        if self._opened is None or self._name is None:
            return None
        work = await self._opened.__aenter__()
        self._arguments[self._name] = work
        return work if self._writes else None

    async def __aexit__(self, *raised: Any) -> None:
        if self._opened is not None:
            await self._opened.__aexit__(*raised)
