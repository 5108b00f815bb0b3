"""From a route's signature to its arguments.

| annotation                                | argument                                                  |
|-------------------------------------------|-----------------------------------------------------------|
| `Work`, `Read`                            | an open unit of work, for writing or for reading          |
| a name in the path, `Id`                  | that part of the path; no id → `NotFound` (C3)            |
| a name in the path, `Annotated[str, …]`   | that part of the path as it is                            |
| the same in snake case                    | likewise: `live_id` for `{liveId}`                        |
| `body: Struct`                            | the body; `Struct | None` when it may be left out         |
| `query: Struct`                           | the query                                                 |
| `filters: Conditions`                     | `field[operator]=value` of the query (`filters`)          |
| `Window`                                  | page and size of the query, by the dialect's `paging`     |
| `IfMatch`                                 | the revision of `If-Match`, or None                       |
| `Actor`, `Call`                           | who calls; the request itself                             |
| any other                                 | the service that the composition root gave for this type  |
"""

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec

from livehall.dialects.kit import body as bodies
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.paging import Window
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Detail, Invalid, NotFound
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Read, Work

IfMatch = Annotated[int | None, "if-match"]
NO_REVISION = -1  # an `If-Match` that no revision of ours can meet


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The root of wire structs that come in: an unknown member is refused."""


class Tolerant(msgspec.Struct, kw_only=True):
    """The root of wire structs that come in where the API promises to ignore unknown members."""


class IdForm(msgspec.Struct, frozen=True):
    """How ids stand in paths: `parse` gives ours or None; `schema` is what the document says."""

    parse: Callable[[str], Id | None]
    schema: Mapping[str, Any]


UUIDS = IdForm(parse_id, {"type": "string", "format": "uuid"})


class Signature:
    """What a route asks for, read once. `scope` names the part of the path that is no argument (`Scope`)."""

    def __init__(
        self, path: str, function: Callable[..., Any], scope: str | None = None, ids: IdForm = UUIDS
    ) -> None:
        hints = typing.get_type_hints(function, include_extras=True)
        self.answer = hints.pop("return", None)
        self.scope, self.ids = scope, ids
        self.path_names = re.findall(r"{(\w+)(?::\w+)?}", path)
        names = {name: name if name in hints else _snake(name) for name in self.path_names if name != scope}
        self.path_arguments = {name: argument for name, argument in names.items() if argument in hints}
        self.path_ids = {name for name, argument in self.path_arguments.items() if hints[argument] is Id}
        if scope is not None:
            self.path_ids.add(scope)
        self.body: type[Any] | None = None
        self.body_optional = False
        self.query: type[Any] | None = None
        self._query_types: dict[str, Any] = {}
        self.filters = False
        self.window: str | None = None
        self.if_match: str | None = None
        self.work: str | None = None
        self.read: str | None = None
        self.actor: str | None = None
        self.call: str | None = None
        self.services: dict[str, type[Any]] = {}
        for name in inspect.signature(function).parameters:
            self._take(name, hints[name])
        self.needless = self._needless()

    def _needless(self) -> frozenset[str]:
        """Checks that have nothing to look at here."""
        found = set[str]() if self.path_arguments else {"path"}
        if self.body is None:
            found |= {"media_type", "syntax"}
            if self.query is None and self.window is None and not self.filters:
                found.add("schema")
        return frozenset(found)

    def _take(self, name: str, hint: Any) -> None:
        if name in self.path_arguments.values() or name == self.scope:
            return
        if name == "body":
            self.body, self.body_optional = _without_none(hint)
        elif name == "query":
            self.query = hint
            self._query_types = {
                field.encode_name: field.type
                for field in msgspec.structs.fields(hint)
                if field.encode_name != self.scope  # the path has said it
            }
        elif name == "filters":
            self.filters = True
        elif hint is Window:
            self.window = name
        elif hint == IfMatch:
            self.if_match = name
        elif hint in (Work, Read, Actor, Call):
            setattr(self, {Work: "work", Read: "read", Actor: "actor", Call: "call"}[hint], name)
        else:
            self.services[name] = hint

    def scope_of(self, call: Call) -> Id:
        """The id of the part of the world that the call is about. Raises: NotFound."""
        assert self.scope is not None
        return self.path_value(call, self.scope)

    def path_value(self, call: Call, name: str) -> str:
        """Raises: NotFound, for what is no id where one stands."""
        value: str = call.http.path_params[name]
        if name not in self.path_ids:
            return value
        parsed = self.ids.parse(value)
        if parsed is None:
            raise NotFound
        return parsed

    def query_value(self, pairs: list[tuple[str, str]]) -> object:
        """Raises: Invalid, naming the parameter."""
        assert self.query is not None
        known = self._query_types
        values: dict[str, str | list[str]] = {}
        for name, value in pairs:
            if name not in known:
                continue
            is_list = typing.get_origin(known[name]) is tuple  # its name may be repeated
            if "\0" in value or (name in values and not is_list):
                raise Invalid(details=(Detail(field=name, rule="value", message="Give one readable value."),))
            if is_list:
                values[name] = [*values.get(name, ()), value]
            else:
                values[name] = value
        return bodies.convert(values, self.query, lax=True)


def query_pairs(call: Call) -> list[tuple[str, str]]:
    """Raises: Invalid."""
    try:
        text = call.http.scope["query_string"].decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise Invalid("The query cannot be read.") from error


def revision_of(header: str | None) -> int | None:
    """What `If-Match` asks for."""
    if header is None or header.strip() == "*":
        return None
    tag = header.strip().removeprefix("W/").strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 10 else NO_REVISION


def inject(factory: Callable[..., Any], services: Mapping[type[Any], object]) -> Any:
    """What `factory` makes of the services that its signature names by their types."""
    made_by = factory.__init__ if inspect.isclass(factory) else factory
    hints = typing.get_type_hints(made_by)
    wanted = list(inspect.signature(factory).parameters)
    return factory(**{name: services[hints[name]] for name in wanted})


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _without_none(hint: Any) -> tuple[type[Any], bool]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (kind,) = (part for part in typing.get_args(hint) if part is not type(None))
        return kind, True
    return hint, False
