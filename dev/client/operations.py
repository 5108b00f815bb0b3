"""`operations.py` of the client: a method for each operation, once for plain and once for async code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dev.client.document import Operation, Schema, nullable, python_type, reference, snake
from dev.client.layout import HEADER, docstring

IMPORTS = '''
"""The operations of the API as methods. What a call leaves out is `UNSET`; None is a value, and clears."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from livehall.client import models
from livehall.client.downloads import AsyncDownload, Download
from livehall.client.transport import AsyncTransport, Transport
from livehall.client.wire import Call, key_for, path
'''
SCOPED_WORDS = "What exists for the whole organization, and a second time within one library."
WHOLE_WORDS = "Everything that the API does."
ITERATED = "All {items} of `{name}`, fetched page by page as they are asked for."


@dataclass(frozen=True)
class Argument:
    name: str
    annotation: str
    default: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.annotation}" + (f" = {self.default}" if self.default is not None else "")


def render(document: Schema, operations: Sequence[Operation]) -> str:
    schemas: Schema = document["components"]["schemas"]
    parts = [HEADER + IMPORTS]
    for flavour in (Flavour(schemas, awaits=False), Flavour(schemas, awaits=True)):
        parts.append(flavour.scoped([each for each in operations if each.twin]))
        parts.append(flavour.whole([each for each in operations if not each.twin]))
    return "\n\n".join(parts) + "\n"


class Flavour:
    """The classes for plain code, or those for async code."""

    def __init__(self, schemas: Schema, *, awaits: bool) -> None:
        self._schemas = schemas
        self._async, self._await = ("async ", "await ") if awaits else ("", "")
        self._prefix = "Async" if awaits else ""

    def scoped(self, operations: Sequence[Operation]) -> str:
        head = [
            f"class {self._prefix}ScopedOperations:",
            docstring(SCOPED_WORDS, 4),
            "",
            f"    def __init__(self, transport: {self._prefix}Transport, scope: str = '') -> None:",
            "        self._transport, self._scope = transport, scope",
        ]
        return "\n".join(head) + "\n\n" + self._methods(operations)

    def whole(self, operations: Sequence[Operation]) -> str:
        head = f"class {self._prefix}Operations({self._prefix}ScopedOperations):"
        return "\n".join([head, docstring(WHOLE_WORDS, 4), "", self._methods(operations)])

    def _methods(self, operations: Sequence[Operation]) -> str:
        written = []
        for operation in operations:
            written.append(self._method(operation))
            if items := self._items(operation):
                written.append(self._iterator(operation, *items))
        return "\n\n".join(written)

    def _method(self, operation: Operation) -> str:
        answer = operation.answer
        returned, function, more = "None", "done", ""
        word, wait = self._async, self._await
        if operation.streamed:
            manager = f"Abstract{self._prefix}ContextManager[{self._prefix}Download]"
            returned, function, word, wait = manager, "stream", "", ""
        elif answer is not None:
            returned = python_type(answer, "models.")
            function = "fetch_or_none" if nullable(answer) else "fetch"
            more = f", {returned.removesuffix(' | None')}"
        head = f"    {word}def {operation.name}({signature(arguments(operation))}) -> {returned}:"
        sent = f"{wait}self._transport.{function}({call(operation)}{more})"
        verb = "" if function == "done" else "return "
        return "\n".join([head, docstring(operation.words, 8), f"        {verb}{sent}"])

    def _items(self, operation: Operation) -> tuple[str, Schema] | None:
        """The member of a page that holds its items, and their schema."""
        name = reference(operation.answer or {})
        members = self._schemas[name]["properties"] if name else {}
        if "pagination" not in members:
            return None
        ((member, schema),) = ((key, each) for key, each in members.items() if each.get("type") == "array")
        return member, schema["items"]

    def _iterator(self, operation: Operation, member: str, item: Schema) -> str:
        path, named = arguments(operation)
        largest = next(each["schema"]["maximum"] for each in operation.query if each["name"] == "limit")
        named = [
            replace(each, annotation="int", default=str(largest)) if each.name == "limit" else each
            for each in named
            if each.name != "page"
        ]
        passed = [each.name for each in path] + [f"{each.name}={each.name}" for each in named]
        name = "iter_" + operation.name.removeprefix("list_")
        kind = f"{self._prefix}Iterator[{python_type(item, 'models.')}]"
        each = f"for each in answer.{member}:\n                yield each"
        return "\n".join(
            [
                f"    {self._async}def {name}({signature((path, named))}) -> {kind}:",
                docstring(ITERATED.format(items=member, name=operation.name), 8),
                "        page, last = 1, 1",
                "        while page <= last:",
                f"            answer = {self._await}self.{operation.name}({', '.join(passed)}, page=page)",
                f"            {each if self._async else f'yield from answer.{member}'}",
                "            page, last = page + 1, answer.pagination.total_pages",
            ]
        )


def arguments(operation: Operation) -> tuple[list[Argument], list[Argument]]:
    """Those by position, and those by name: what must be given first."""
    path = [Argument(name, "str") for name in operation.path_arguments.values()]
    named = [*body_arguments(operation), *map(query_argument, operation.query)]
    if operation.uploads:
        named += [Argument("content", "bytes"), Argument("content_type", "str")]
    if operation.takes("Idempotency-Key"):
        named.append(Argument("idempotency_key", "str | None", "None"))
    if operation.takes("If-Match"):
        named.append(Argument("revision", "int | None", "None"))
    if operation.takes("Range"):
        named.append(Argument("byte_range", "str | None", "None"))
    named.sort(key=lambda each: each.default is not None)
    names = [each.name for each in path + named]
    if len(set(names)) < len(names):
        raise ValueError(f"{operation.id} has two arguments of one name: {names}")
    return path, named


def body_arguments(operation: Operation) -> list[Argument]:
    body: Schema = operation.body or {}
    required = set(body.get("required", ()))
    found = []
    for name, schema in body.get("properties", {}).items():
        kind, named = python_type(schema, "models.", given=True), snake(name)
        optional = Argument(named, or_unset(kind), "UNSET")
        found.append(Argument(named, kind) if name in required else optional)
    return found


def or_unset(kind: str) -> str:
    if kind == "None":
        return "UnsetType | None"
    bare = kind.removesuffix(" | None")
    return f"{bare} | UnsetType" + kind.removeprefix(bare)


def query_argument(parameter: Schema) -> Argument:
    kind = python_type(parameter["schema"], "models.", given=True)
    name = snake(parameter["name"])
    return Argument(name, kind) if parameter["required"] else Argument(name, f"{kind} | None", "None")


def signature(taken: tuple[list[Argument], list[Argument]]) -> str:
    path, named = taken
    return ", ".join(["self", *map(str, path), *(["*", *map(str, named)] if named else [])])


def call(operation: Operation) -> str:
    template = operation.path
    for name in operation.path_arguments:
        template = template.replace("{" + name + "}", "{}")
    values = "".join(f", {name}" for name in operation.path_arguments.values())
    where = f"path({template!r}{values})"
    if operation.twin:
        where = f"self._scope + {where}"
    parts = [repr(operation.verb), where]
    if operation.query:
        parts.append("query=" + mapping([each["name"] for each in operation.query]))
    if operation.body is not None:
        parts.append("body=" + mapping(operation.body["properties"]))
        if operation.raw["requestBody"]["required"]:
            parts.append("body_required=True")
    if operation.uploads:
        parts += ["file=content", "file_type=content_type"]
    if operation.takes("Idempotency-Key"):
        parts.append("key=key_for(idempotency_key)")
    if operation.takes("If-Match"):
        parts.append("revision=revision")
    if operation.takes("Range"):
        parts.append("byte_range=byte_range")
    return f"Call({', '.join(parts)})"


def mapping(names: Any) -> str:
    return "{" + ", ".join(f"{name!r}: {snake(name)}" for name in names) + "}"
