"""One wire-compatible API: its prefix, its way to sign in, its order of checks, its shapes.

A call is checked in this order (C1): rate → sign-in → readable body → fields → the operation. Faults
become a status and a body by the dialect's table; in strict mode (tests) a fault that a route did not
announce is an error of ours.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Unpack

import msgspec
import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Match, Router
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as HttpScope

from livehall.core.ports.sealing import Sealing
from livehall.dialects.kit.answer import Answer
from livehall.dialects.kit.binding import Signature
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.limits import Limiter, Rate
from livehall.dialects.kit.route import Options, Route, Verb
from livehall.dialects.kit.scope import Scope
from livehall.kernel import idempotency
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Conflict, Fault, Invalid, NotFound, Unauthenticated
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

encode = msgspec.json.Encoder().encode


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A fault on its way out, for the dialect to shape."""

    fault: Fault
    status: int
    request_id: str


class Internal(Fault):
    code = "internal"
    message = "Something went wrong on our side; the request id helps to find it."


class MethodNotAllowed(NotFound):
    message = "This address knows other methods only."


class Dialect:
    """Carries what an API repeats. Routes register themselves at import."""

    def __init__(
        self,
        *,
        name: str,
        title: str,
        version: str,
        prefix: str,
        statuses: Mapping[type[Fault], int],
        wrap: Callable[[object], object],
        shape: Callable[[Problem], object],
        rate: Rate,
        address_rate: Rate,
        scope: Scope | None = None,
    ) -> None:
        self.name, self.title, self.version, self.prefix = name, title, version, prefix
        self.statuses, self.wrap, self.shape = statuses, wrap, shape
        self.rate, self.address_rate, self.scope = rate, address_rate, scope
        self.routes: list[Route] = []

    def route(
        self, verb: Verb, path: str, **options: Unpack[Options]
    ) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
        """Register an operation, in the scope too where that covers it."""

        def register(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            signature = Signature(path, function)
            route = Route(verb=verb, path=path, function=function, signature=signature, **options)
            self.routes.append(route)
            if self.scope is not None and self.scope.takes(path):
                self.routes.append(route.within(self.scope))
            return function

        return register

    def status_of(self, fault: type[Fault]) -> int:
        """The status of the nearest kind of `fault` in the table."""
        return next(self.statuses[kind] for kind in fault.__mro__ if kind in self.statuses)


SignIn = Callable[[Call], Awaitable[Actor]]
Enter = Callable[[Actor, Id], Awaitable[Actor]]
"""The caller, bound to one part of the world. Raises what the dialect's `Scope` announces."""


class DialectApp:
    """A dialect, running: mount it at its prefix."""

    def __init__(
        self,
        dialect: Dialect,
        *,
        desk: Desk,
        sign_in: SignIn,
        sealing: Sealing,
        services: Mapping[type[Any], object],
        limiter: Limiter | None,
        enter: Enter | None = None,
        strict: bool = False,
    ) -> None:
        assert enter is not None or dialect.scope is None
        self._enter = enter
        self._dialect, self._desk, self._sign_in, self._limiter = dialect, desk, sign_in, limiter
        self._services: dict[type[Any], object] = {Desk: desk, **services}
        self._strict = strict
        self._sealing = sealing
        # Fixed paths before those with parameters, so that `/rooms/mine` is not the room `mine`.
        ordered = sorted(dialect.routes, key=lambda route: route.path.count("{"))
        self._router = Router([self._http_route(route) for route in ordered], redirect_slashes=False)

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        allowed: set[str] = set()
        for candidate in self._router.routes:
            match, extra = candidate.matches(scope)
            if match is Match.FULL:
                scope.update(extra)
                await candidate.handle(scope, receive, send)
                return
            if match is Match.PARTIAL:
                allowed |= getattr(candidate, "methods", None) or set()
        call = Call(HttpRequest(scope, receive))
        app: ASGIApp = self._respond(call, NotFound())
        if allowed:
            app = self._respond(call, MethodNotAllowed(), {"Allow": ", ".join(sorted(allowed))})
        await app(scope, receive, send)

    def _http_route(self, route: Route) -> HttpRoute:
        async def endpoint(http: HttpRequest) -> Response:
            return await self._serve(route, Call(http))

        return HttpRoute(route.path, endpoint, methods=[route.verb], name=route.operation)

    async def _serve(self, route: Route, call: Call) -> Response:
        headers: dict[str, str] = {}
        try:
            headers = self._check_rate(route, call)
            actor = await self._sign_in(call) if route.access != "none" else Actor(kind="anonymous")
            if route.needs_actor and actor.kind == "anonymous":
                raise Unauthenticated
            arguments = await route.signature.arguments(call, actor, self._services)
            if actor.kind == "client":
                route.check_client(actor)
            key = self._idempotency_key(route, call)
            if self._enter is not None and route.twin_of is not None:
                actor = await self._enter(actor, route.signature.scope_of(call))
                if route.signature.actor is not None:
                    arguments[route.signature.actor] = actor
            response = await self._answer(route, call, actor, arguments, key)
        except Fault as fault:
            if self._strict and not route.announces(fault):
                log.error("fault was not announced", operation=route.operation, fault=fault.code)
                fault = Internal(f"{route.operation} did not announce {fault.code}")
            response = self._respond(call, fault)
        except Exception:  # the edge of the loop: whatever is left is a mistake of ours
            log.exception("operation failed", operation=route.operation, request_id=call.request_id)
            response = self._respond(call, Internal())
        response.headers["X-Request-Id"] = call.request_id
        for name, value in headers.items():
            response.headers[name] = value
        return response

    def _check_rate(self, route: Route, call: Call) -> dict[str, str]:
        if self._limiter is None or not route.limited:
            return {}
        if route.rate is not None:
            self._limiter.take(f"{route.operation} {call.address}", route.rate)
        allowance = self._limiter.take(f"address {call.address}", self._dialect.address_rate)
        if credential := call.headers.get("x-api-key") or call.headers.get("authorization"):
            digest = hashlib.blake2b(credential.encode(), digest_size=16).hexdigest()
            allowance = self._limiter.take(f"credential {digest}", self._dialect.rate)
        return allowance.headers()

    def _idempotency_key(self, route: Route, call: Call) -> str | None:
        key = call.headers.get("idempotency-key") if route.repeatable else None
        if key is not None and not 0 < len(key) <= 128:
            raise Invalid("Idempotency-Key has 1 to 128 characters.")
        return key

    async def _answer(
        self, route: Route, call: Call, actor: Actor, arguments: dict[str, object], key: str | None
    ) -> Response:
        if key is None:
            async with self._open(route, actor, arguments):
                result = await route.function(**arguments)
            return self._response(route, result)
        return await self._answer_once(route, call, actor, arguments, key)

    async def _answer_once(
        self, route: Route, call: Call, actor: Actor, arguments: dict[str, object], key: str
    ) -> Response:
        """C4: the same key and body give the first answer again; with another body, a conflict."""
        kept = hashlib.sha256(f"{actor.id} {route.operation} {key}".encode()).hexdigest()
        request = hashlib.sha256(call.http.url.path.encode() + b"\0" + await call.raw()).digest()
        async with self._desk.read(actor) as read:
            first = await idempotency.find(read.db, kept, read.now)
        if first is None:
            async with self._open(route, actor, arguments) as work:
                response = self._response(route, await route.function(**arguments))
                async with self._same_work(work, actor) as unit:
                    await self._keep(unit, kept, request, response)
            return response
        if first.request != request:
            raise Conflict("This Idempotency-Key was used with another body.")
        body = self._sealing.unseal(first.body, purpose=kept)
        response = Response(body, first.status, media_type="application/json")
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

    def _open(
        self, route: Route, actor: Actor, arguments: dict[str, object]
    ) -> AbstractAsyncContextManager[Work | None]:
        return Unit(route, self._desk, actor, arguments)

    def _response(self, route: Route, result: object) -> Response:
        if isinstance(result, Response):
            return result
        answer = result if isinstance(result, Answer) else Answer(result)
        status = answer.status or route.status
        if status == 204:
            return Response(status_code=204, headers=dict(answer.headers))
        data = answer.data if route.plain else self._dialect.wrap(answer.data)
        response = Response(encode(data), status, dict(answer.headers), media_type="application/json")
        if answer.revision is not None:
            response.headers["ETag"] = f'"{answer.revision}"'
        return response

    def _respond(self, call: Call, fault: Fault, headers: Mapping[str, str] = {}) -> Response:
        status = 405 if isinstance(fault, MethodNotAllowed) else self._dialect.status_of(type(fault))
        body = self._dialect.shape(Problem(fault=fault, status=status, request_id=call.request_id))
        response = Response(encode(body), status, dict(headers), media_type="application/json")
        response.headers["X-Request-Id"] = call.request_id
        if fault.retry_after_s is not None or status == 503:
            response.headers["Retry-After"] = str(fault.retry_after_s or 1)
        return response


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
            self._name, self._opened = route.signature.work, desk.work(actor, hot=route.hot)
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
