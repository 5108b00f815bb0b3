"""One operation of a dialect: what it says about itself, and what follows from that."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Required, TypedDict

from livehall.dialects.kit.binding import Signature
from livehall.dialects.kit.body import JSON, TooLarge, Unreadable
from livehall.dialects.kit.filters import FilterSet
from livehall.dialects.kit.limits import Rate
from livehall.dialects.kit.scope import Scope
from livehall.kernel.actor import Actor
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.faults import Conflict, Fault, Forbidden, Invalid, Limited, NotFound, Unauthenticated

Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Access = Literal["public", "viewer", "moderator", "co-host", "host", "admin", "service", "none"]
Scheme = str | Mapping[str, Sequence[str]]  # of the document's security schemes, with scopes where it has any
ALWAYS = (Unauthenticated, Unreadable, TooLarge, Invalid, Limited, DatabaseUnavailable)


class Options(TypedDict, total=False):
    """What a route may say about itself besides its verb, path and signature."""

    operation: Required[str]
    tag: Required[str]
    access: Required[
        Access
    ]  # who may call, as the contract's `x-auth` names it; `none`: no credential is read
    status: int  # of a success
    raises: Sequence[type[Fault]]
    repeatable: bool  # takes `Idempotency-Key` (C4)
    ranged: bool  # hears `Range` and gives parts
    hot: bool | str  # a small insert that may share its commit; named: the argument with what it is `of`
    rate: Rate | None  # a stricter one, by address
    limited: bool  # counts against rates; not so for machines beside us that sign their calls
    plain: bool  # the answer has no envelope
    security: Sequence[Scheme] | None  # schemes of the document, where they are not those of `access`
    media: str  # type of an answer that is no JSON; a text that the function gives back is sent as it is
    answer: Any  # the wire struct inside an `Answer`
    also: Mapping[str, Any]  # further types of a success that a caller may ask for: their shapes, or `bytes`
    extra_answers: Mapping[int, str]  # further statuses of a success, with their words
    headers: Mapping[int, Sequence[str]]  # that the document promises, by status
    takes: Any  # the shape of a body that the route reads by itself; a tuple of shapes for one of several
    takes_media: str  # the type of the body, where it is not JSON: `FORM`, or that of `takes`
    filters: FilterSet  # what its parameter `filters` may hold
    statuses: Mapping[type[Fault], int]  # of faults that this operation answers otherwise than the dialect
    problem: Any  # the shape of its errors in the document, where it is not the dialect's
    problems: Mapping[int, Any]  # and where it is yet another, by status
    bases: Sequence[str]  # below which of the dialect's bases it is found, where not below all
    machines: bool  # takes API keys, where that does not follow from `access`
    scope: str  # what an API key must have; `write` unless it only reads


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation. The fields are those of `Options`."""

    verb: Verb
    path: str
    function: Callable[..., Awaitable[Any]]
    signature: Signature
    operation: str
    tag: str
    access: Access
    status: int = 200
    raises: Sequence[type[Fault]] = ()
    repeatable: bool = False
    ranged: bool = False
    hot: bool | str = False
    rate: Rate | None = None
    limited: bool = True
    plain: bool = False
    security: Sequence[Scheme] | None = None
    media: str = JSON
    answer: Any = None
    also: Mapping[str, Any] = field(default_factory=dict)
    extra_answers: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[int, Sequence[str]] = field(default_factory=dict)
    takes: Any = None
    takes_media: str = JSON
    filters: FilterSet | None = None
    statuses: Mapping[type[Fault], int] = field(default_factory=dict)
    problem: Any = None
    problems: Mapping[int, Any] = field(default_factory=dict)
    bases: Sequence[str] | None = None
    machines: bool | None = None
    scope: str | None = None
    twin_of: str | None = None  # the operation that it is, within the dialect's scope

    def within(self, scope: Scope) -> "Route":
        """The same operation at its address in the scope."""
        path = scope.prefix + self.path
        return replace(
            self,
            path=path,
            signature=Signature(path, self.function, scope.parameter, self.signature.ids),
            operation=self.operation + scope.suffix,
            tag=scope.tag,
            raises=(*self.raises, *scope.raises),
            twin_of=self.operation,
        )

    @property
    def takes_keys(self) -> bool:
        """Whether an API key may call it: whatever staff may, and what anybody may."""
        return self.access not in ("viewer", "none") if self.machines is None else self.machines

    def check_client(self, actor: Actor) -> None:
        """What an API key may do here at all; the operation decides the rest as for a person.

        Raises: Unauthenticated, Forbidden.
        """
        if not self.takes_keys:
            raise Unauthenticated("This operation takes no API key; sign in as a person.")
        if actor.library_ids is not None and self.twin_of is None:
            raise Unauthenticated("This API key is limited to libraries; call within one of them.")
        needed = self.scope or ("write" if self.verb != "GET" else None)
        if needed is not None and needed not in actor.scopes:
            raise Forbidden(f"This API key lacks the scope `{needed}`.")

    @property
    def needs_actor(self) -> bool:
        return self.access not in ("public", "none")

    @property
    def announced(self) -> tuple[type[Fault], ...]:
        """What it may raise itself; one that takes `Idempotency-Key` refuses a key used otherwise (C4)."""
        return (*self.raises, Conflict) if self.repeatable else tuple(self.raises)

    def announces(self, fault: Fault, always: Sequence[type[Fault]] = ()) -> bool:
        """Whether the document says that this may happen; `always` may come of every operation."""
        is_no_id = type(fault) is NotFound and bool(self.signature.path_ids)
        return is_no_id or isinstance(fault, (*ALWAYS, *always, *self.announced))
