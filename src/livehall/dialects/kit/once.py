"""C4: a call with an `Idempotency-Key` happens once; a repeat is given the first answer."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from starlette.responses import Response

from livehall.core.ports.sealing import Sealing
from livehall.dialects.kit.body import JSON
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.route import Route
from livehall.dialects.kit.units import Opened
from livehall.kernel import idempotency
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Conflict, Invalid
from livehall.kernel.work import Desk, Work

LONGEST = 128  # characters


class Once:
    """Keeps answers by caller, operation and key."""

    def __init__(self, desk: Desk, sealing: Sealing) -> None:
        self._desk, self._sealing = desk, sealing

    def key_of(self, route: Route, call: Call) -> str | None:
        """Raises: Invalid."""
        key = call.headers.get("idempotency-key") if route.repeatable else None
        if key is not None and not 0 < len(key) <= LONGEST:
            raise Invalid("Idempotency-Key has 1 to 128 characters.")
        return key

    async def answer(
        self,
        route: Route,
        call: Call,
        actor: Actor,
        key: str,
        unit: AbstractAsyncContextManager[Work | None],
        run: Callable[[], Awaitable[Response]],
    ) -> Response:
        """The first answer to the key, or what `run` answers now. Raises: Conflict."""
        kept = hashlib.sha256(f"{actor.id} {route.operation} {key}".encode()).hexdigest()
        request = hashlib.sha256(call.http.url.path.encode() + b"\0" + await call.raw()).digest()
        async with self._desk.read(actor) as read:
            first = await idempotency.find(read.db, kept, read.now)
        if first is None:
            async with unit as work:
                response = await run()
                async with self._same_work(work, actor) as same:
                    await self._keep(same, kept, request, response)
            return response
        if first.request != request:
            raise Conflict("This Idempotency-Key was used with another body.")
        body = self._sealing.unseal(first.body, purpose=kept)
        response = Response(body, first.status, media_type=JSON)
        response.headers["Idempotent-Replayed"] = "true"
        return response

    async def _keep(self, work: Work, key: str, request: bytes, response: Response) -> None:
        """Sealed, since an answer may hold a code. Raises: Conflict, for the later of two calls."""
        body = self._sealing.seal(bytes(response.body).decode(), purpose=key)
        answer = idempotency.Answered(key, request, response.status_code, body, work.now)
        try:
            await idempotency.keep(work.db, answer)
        except Duplicate as error:
            raise Conflict("A call with this Idempotency-Key is still running.") from error

    def _same_work(self, work: Work | None, actor: Actor) -> AbstractAsyncContextManager[Work]:
        """The call's own unit, so that both are stored or neither; a new one where it has none."""
        return Opened(work) if work is not None else self._desk.work(actor, hot=True)
