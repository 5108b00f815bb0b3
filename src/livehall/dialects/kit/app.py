"""A dialect, running: an ASGI app of its routes, in which every error is in the dialect's shape.

In strict mode (tests) a fault that a route did not announce is an error of ours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import structlog
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as HttpScope

from livehall.core.ports.sealing import Sealing
from livehall.dialects.kit.answer import Answer
from livehall.dialects.kit.binding import inject
from livehall.dialects.kit.body import JSON
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.checks import Passage, SignIn, asked_of
from livehall.dialects.kit.dialect import Dialect, Internal, MethodNotAllowed, Problem
from livehall.dialects.kit.limits import Limiter
from livehall.dialects.kit.once import Once
from livehall.dialects.kit.route import Route
from livehall.dialects.kit.routing import Door, Table, path_within
from livehall.dialects.kit.units import Unit
from livehall.kernel.actor import Actor
from livehall.kernel.db import Deadlocked
from livehall.kernel.faults import Fault, NotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)

MEETINGS = 2  # with another unit, before the caller hears of it
APART_S = 0.02

encode = msgspec.json.Encoder().encode

Enter = Callable[[Actor, Id], Awaitable[Actor]]
"""The caller, bound to one part of the world. Raises what the dialect's `Scope` announces."""


class DialectApp:
    """Mount it at the dialect's prefix, and give it its own host names."""

    def __init__(
        self,
        dialect: Dialect,
        *,
        desk: Desk,
        sealing: Sealing,
        services: Mapping[type[Any], object],
        limiter: Limiter | None,
        sign_in: SignIn | None = None,
        enter: Enter | None = None,
        strict: bool = False,
    ) -> None:
        assert enter is not None or dialect.scope is None
        self._dialect, self._desk, self._limiter, self._enter = dialect, desk, limiter, enter
        self._services: dict[type[Any], object] = {Desk: desk, **services}
        if sign_in is None:
            assert dialect.sign_in is not None, "somebody has to say who calls"
            sign_in = inject(dialect.sign_in, self._services)
        self._sign_in: SignIn = sign_in
        self._once = Once(desk, sealing)
        self._strict = strict
        self._asked = {route.operation: asked_of(dialect, route) for route in dialect.routes}
        # Fixed paths before those with parameters, so that `/rooms/mine` is not the room `mine`.
        ordered = sorted(dialect.routes, key=lambda route: route.path.count("{"))
        self._table = Table(
            [
                Door(route, base)
                for route in ordered
                for base in (dialect.bases if route.bases is None else route.bases)
            ]
        )

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        allowed: set[str] = set()
        path = path_within(scope)
        for door in self._table.candidates(path):
            params = door.params(path)
            if params is None:
                continue
            if scope["method"] in door.methods:
                scope["path_params"] = params
                response = await self._serve(door.route, Call(HttpRequest(scope, receive)))
                await response(scope, receive, send)
                return
            allowed |= door.methods
        call = Call(HttpRequest(scope, receive))
        response = self._refuse(call, NotFound())
        if allowed and self._dialect.wrong_method == 405:
            response = self._refuse(call, MethodNotAllowed(), headers={"Allow": ", ".join(sorted(allowed))})
        _add(response, "x-request-id", call.request_id)
        await response(scope, receive, send)

    async def _serve(self, route: Route, call: Call) -> Response:
        passage = Passage(
            self._dialect,
            route,
            call,
            sign_in=self._sign_in,
            limiter=self._limiter,
            services=self._services,
            asked=self._asked[route.operation],
        )
        try:
            await passage.go()
            response = await self._answer_again(route, call, passage)
        except Fault as fault:
            if self._strict and not route.announces(fault, self._dialect.always):
                log.error("fault was not announced", operation=route.operation, fault=fault.code)
                fault = Internal(f"{route.operation} did not announce {fault.code}")
            response = self._refuse(call, fault, route)
        except ClientDisconnect:  # in the middle of a body; nobody hears the answer
            log.info("the caller broke off", operation=route.operation, request_id=call.request_id)
            response = self._refuse(call, Internal(), route)
        except Exception:  # the edge of the loop: whatever is left is a mistake of ours
            log.exception("operation failed", operation=route.operation, request_id=call.request_id)
            response = self._refuse(call, Internal(), route)
        _add(response, "x-request-id", call.request_id)
        for name, value in passage.headers.items():
            _add(response, name.lower(), value)
        return response

    async def _answer_again(self, route: Route, call: Call, passage: Passage) -> Response:
        """As the caller would after a 503: a unit that met another one was taken back whole."""
        for _ in range(MEETINGS):
            try:
                return await self._answer(route, call, passage)
            except Deadlocked:
                log.warning("two units met", operation=route.operation)
                await asyncio.sleep(APART_S)
        return await self._answer(route, call, passage)

    async def _answer(self, route: Route, call: Call, passage: Passage) -> Response:
        actor, arguments = passage.actor, passage.arguments
        key = self._once.key_of(route, call)
        if self._enter is not None and route.twin_of is not None:
            actor = await self._enter(actor, route.signature.scope_of(call))
            if route.signature.actor is not None:
                arguments[route.signature.actor] = actor
        unit = Unit(route, self._desk, actor, arguments)

        if key is not None:

            async def run() -> Response:
                return self._response(route, await route.function(**arguments))

            return await self._once.answer(route, call, actor, key, unit, run)
        async with unit:
            result = await route.function(**arguments)
        return self._response(route, result)

    def _response(self, route: Route, result: object) -> Response:
        if isinstance(result, Response):
            return result
        answer = result if isinstance(result, Answer) else Answer(result)
        status, headers, wrap = answer.status or route.status, dict(answer.headers), self._dialect.wrap
        if status == 204 or (answer.data is None and wrap is None):
            return Response(status_code=status, headers=headers)
        if route.media != JSON and isinstance(answer.data, str):
            return Response(answer.data, status, headers, media_type=route.media)
        data = answer.data if route.plain or wrap is None else wrap(answer.data)
        response = Response(encode(data), status, headers, media_type=JSON)
        if answer.revision is not None:
            response.headers["ETag"] = f'"{answer.revision}"'
        return response

    def _refuse(
        self, call: Call, fault: Fault, route: Route | None = None, headers: Mapping[str, str] = {}
    ) -> Response:
        status = self._dialect.status_of(type(fault), route)
        if isinstance(fault, MethodNotAllowed):
            status = 405
        shaped = self._dialect.shape(
            Problem(fault=fault, status=status, request_id=call.request_id, call=call, route=route)
        )
        answer = shaped if isinstance(shaped, Answer) else Answer(shaped)
        status = answer.status or status
        response = Response(encode(answer.data), status, {**headers, **answer.headers}, media_type=JSON)
        if fault.retry_after_s is not None or status == 503:
            response.headers["Retry-After"] = str(fault.retry_after_s or 1)
        return response


def _add(response: Response, name: str, value: str) -> None:
    """A header that the response does not have yet, without looking through those that it has."""
    response.raw_headers.append((name.encode("latin-1"), value.encode("latin-1")))
