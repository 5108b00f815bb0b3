"""What a call is asked before its operation runs; in which order, each dialect says.

`rate`        it has not come too often                                              Limited
`sign_in`     a credential holds, where one is needed                                Unauthenticated
`permission`  the caller may use this operation at all (`Dialect.permit`)            Forbidden
`media_type`  the body is not too large, and of the type that the operation takes    TooLarge, WrongMediaType
`syntax`      the body can be read                                                   Unreadable
`schema`      body and query have the members, types and bounds of the document      Invalid
`path`        the ids in the path can be ids                                         NotFound

What stands and what may be done with it, the operation itself says.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from livehall.dialects.kit import body as bodies
from livehall.dialects.kit.binding import query_pairs, revision_of
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.limits import Limiter
from livehall.dialects.kit.route import Route
from livehall.kernel.actor import ANONYMOUS, Actor
from livehall.kernel.faults import Unauthenticated

if TYPE_CHECKING:
    from livehall.dialects.kit.dialect import Dialect

Check = Literal["rate", "sign_in", "permission", "media_type", "syntax", "schema", "path"]
SignIn = Callable[[Call], Awaitable[Actor]]
Permit = Callable[[Route, Call, Actor], None]
"""Raises: Unauthenticated, Forbidden, NotFound."""


Asked = Callable[["Passage"], Awaitable[None]]


def asked_of(dialect: "Dialect", route: Route) -> tuple[Asked, ...]:
    """The checks of a route in the dialect's order, without those that have nothing to look at."""
    return tuple(
        getattr(Passage, f"check_{check}") for check in dialect.order if check not in route.signature.needless
    )


def permit_clients(route: Route, _: Call, actor: Actor) -> None:
    """An API key may do what the route and its scopes say; people, what the operation says."""
    if actor.kind == "client":
        route.check_client(actor)


class Passage:
    """One call on its way through the checks; what they find is kept here."""

    def __init__(
        self,
        dialect: "Dialect",
        route: Route,
        call: Call,
        *,
        sign_in: SignIn,
        limiter: Limiter | None,
        services: Mapping[type[Any], object],
        asked: Sequence[Asked],
    ) -> None:
        """`asked`: what `asked_of` gives for the route."""
        self._dialect, self._route, self._call = dialect, route, call
        self._asked = asked
        self._signature = route.signature
        self._sign_in, self._limiter = sign_in, limiter
        self.actor = ANONYMOUS
        self.headers: dict[str, str] = {}  # of the answer, whatever comes of the call
        self.arguments: dict[str, object] = {
            name: services[kind] for name, kind in self._signature.services.items()
        }
        self._raw: bytes | None = None  # None: there is no body to read
        self._read: object = None

    async def go(self) -> None:
        """All checks in the dialect's order. Raises: what they raise."""
        for check in self._asked:
            await check(self)
        signature = self._signature
        if signature.if_match:
            self.arguments[signature.if_match] = revision_of(self._call.headers.get("if-match"))
        if signature.actor:
            self.arguments[signature.actor] = self.actor
        if signature.call:
            self.arguments[signature.call] = self._call

    async def check_rate(self) -> None:
        route, call, dialect = self._route, self._call, self._dialect
        if self._limiter is None or not route.limited:
            return
        if route.rate is not None:
            self._limiter.take(f"{route.operation} {call.address}", route.rate)
        allowance = self._limiter.take(f"address {call.address}", dialect.address_rate)
        if credential := dialect.credential(call):
            digest = hashlib.blake2b(credential.encode(), digest_size=16).hexdigest()
            for number, rate in enumerate(dialect.rates):
                allowance = self._limiter.take(f"credential {number} {digest}", rate)
        self.headers = allowance.headers()

    async def check_sign_in(self) -> None:
        if self._route.access != "none":
            self.actor = await self._sign_in(self._call)
        if self._route.needs_actor and self.actor.kind == "anonymous":
            raise Unauthenticated

    async def check_permission(self) -> None:
        if self._route.access != "none":
            self._dialect.permit(self._route, self._call, self.actor)

    async def check_media_type(self) -> None:
        if self._signature.body is None:
            return
        raw = await self._call.raw()
        if not raw and self._signature.body_optional:
            return
        kind = self._call.headers.get("content-type", "").partition(";")[0].strip().lower()
        wanted = self._route.takes_media
        if kind != wanted and not (wanted == bodies.JSON and kind.endswith("+json")):
            raise bodies.WrongMediaType(f"Send the body as {wanted}.")
        self._raw = raw

    async def check_syntax(self) -> None:
        if self._raw is not None:
            is_form = self._route.takes_media == bodies.FORM
            self._read = bodies.parse_form(self._raw) if is_form else bodies.parse(self._raw)

    async def check_schema(self) -> None:
        signature = self._signature
        if signature.body is not None:
            is_form = self._route.takes_media == bodies.FORM
            self.arguments["body"] = (
                None if self._raw is None else bodies.convert(self._read, signature.body, lax=is_form)
            )
        if signature.query is None and signature.window is None and not signature.filters:
            return
        pairs = query_pairs(self._call)
        if signature.query is not None:
            self.arguments["query"] = signature.query_value(pairs)
        if signature.window is not None:
            assert self._dialect.paging is not None, "the route asks for pages; say how they are named"
            self.arguments[signature.window] = self._dialect.paging.read(pairs)
        if signature.filters:
            assert self._route.filters is not None
            self.arguments["filters"] = self._route.filters.read(pairs)

    async def check_path(self) -> None:
        for name, argument in self._signature.path_arguments.items():
            self.arguments[argument] = self._signature.path_value(self._call, name)
