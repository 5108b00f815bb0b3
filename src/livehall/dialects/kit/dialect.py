"""One wire-compatible API as data: where it is found, who may call, what is checked when, how it speaks.

Faults become a status and a body by the dialect's table; routes register themselves at import. `app` runs
it, `openapi` writes its document.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Unpack

import msgspec

from livehall.dialects.kit.binding import UUIDS, IdForm, Signature
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.checks import Check, Permit, SignIn, permit_clients
from livehall.dialects.kit.limits import Quota, Rate
from livehall.dialects.kit.paging import Paging
from livehall.dialects.kit.route import Options, Route, Scheme, Verb
from livehall.dialects.kit.scope import Scope
from livehall.kernel.faults import Fault, NotFound

ORDER: tuple[Check, ...] = ("rate", "sign_in", "media_type", "syntax", "schema", "path", "permission")
GENEROUS = Rate(per_minute=60_000, burst=15_000)  # a large audience may sit behind one address

Schema = dict[str, Any]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A fault on its way out, for the dialect to shape. `route` is None where no operation was reached."""

    fault: Fault
    status: int
    request_id: str
    call: Call
    route: Route | None = None


class Internal(Fault):
    code = "internal"
    message = "Something went wrong on our side; the request id helps to find it."


class MethodNotAllowed(NotFound):
    message = "This address knows other methods only."


def bearer_or_key(call: Call) -> str | None:
    """What a caller shows of itself, in either header."""
    return call.headers.get("x-api-key") or call.headers.get("authorization")


class Webhook(msgspec.Struct, frozen=True):
    """What the hall calls in the words of an API, for its document. `body`: the shape of what is sent."""

    operation: str
    summary: str
    body: type[msgspec.Struct]


class Dialect(msgspec.Struct, kw_only=True, eq=False):
    """Carries what an API repeats. What a dialect does not say is as in the Live API, without its envelope.

    `shape` gives the body of an error, or an `Answer` where headers or another status go with it.
    """

    name: str  # of its folder, its document and its settings
    title: str
    version: str
    description: str = ""

    # where it is found
    prefix: str  # in front of all its paths on the server's own host; not on its own host names
    bases: Sequence[str] = ("",)  # between prefix and path; the first is the one that the document names
    wrong_method: Literal[404, 405] = 405  # for a known path
    ids: IdForm = UUIDS
    scope: Scope | None = None

    # who calls, and how often
    sign_in: Callable[..., SignIn] | None = None  # made once, of the services that its signature names
    permit: Permit = permit_clients
    order: Sequence[Check] = ORDER
    rates: Sequence[Rate | Quota] = ()  # for each credential
    address_rate: Rate = GENEROUS
    credential: Callable[[Call], str | None] = bearer_or_key  # whose rates count

    # how it speaks
    paging: Paging | None = None  # of routes that take a `Window`
    statuses: Mapping[type[Fault], int]  # by the nearest kind
    shape: Callable[[Problem], object]
    wrap: Callable[[object], object] | None = None  # the envelope of a success; without one None is no body

    # what its document says
    problem: type[msgspec.Struct]  # the shape of an error
    problems: Mapping[int, type[msgspec.Struct]] = {}  # where it is another, by status
    always: Sequence[type[Fault]] = ()  # may come of every operation that signs in
    envelope: Callable[[Schema | None], Schema] | None = None  # the schema of `wrap`
    security_schemes: Mapping[str, Schema] = {}
    security: Sequence[Scheme] | None = None  # of operations that sign in and do not say otherwise
    webhooks: Mapping[str, Webhook] = {}  # by the type of the event

    routes: list[Route] = []

    def route(
        self, verb: Verb, path: str, **options: Unpack[Options]
    ) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
        """Register an operation, in the scope too where that covers it."""
        if self.security is not None and options["access"] != "none":
            options.setdefault("security", self.security)

        def register(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            signature = Signature(path, function, ids=self.ids)
            route = Route(verb=verb, path=path, function=function, signature=signature, **options)
            self.routes.append(route)
            if self.scope is not None and self.scope.takes(path):
                self.routes.append(route.within(self.scope))
            return function

        return register

    def status_of(self, fault: type[Fault], route: Route | None = None) -> int:
        """The status of the nearest kind of `fault`: in the route's own table, else in the dialect's."""
        for statuses in (route.statuses if route is not None else {}, self.statuses):
            for kind in fault.__mro__:
                if kind in statuses:
                    return statuses[kind]
        raise LookupError(f"{self.name} gives {fault.__name__} no status")
