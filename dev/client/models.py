"""`models.py` of the client: a struct for each schema that an answer or an argument has in it."""

from collections.abc import Iterator, Sequence
from typing import Any

from dev.client.document import Operation, Schema, nullable, python_type, reference, words_of
from dev.client.layout import HEADER, docstring

IMPORTS = '''
"""What the API answers with, and what goes into its calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from livehall.client.wire import Model, Revised
'''


def render(document: Schema, operations: Sequence[Operation]) -> str:
    schemas: Schema = document["components"]["schemas"]
    revised = {
        reference(each.answer) for each in operations if each.answer is not None and each.takes("If-Match")
    }
    revised = {name for name in revised if name and "revision" not in schemas[name]["properties"]}
    names = sorted(mentioned(schemas, operations))
    exported = f"__all__ = {sorted(['Model', 'Revised', *names])!r}"
    structs = [struct(name, schemas[name], "Revised" if name in revised else "Model") for name in names]
    return "\n\n".join([HEADER + IMPORTS, exported, *structs]) + "\n"


def mentioned(schemas: Schema, operations: Sequence[Operation]) -> set[str]:
    """Names of the schemas that answers and bodies' members lead to; a body itself becomes arguments."""
    found: set[str] = set()
    waiting = [
        name for each in operations for part in (each.answer, each.body) for name in references(part or {})
    ]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(schemas[name])
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if name := reference(part):
            yield name
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def struct(name: str, schema: Schema, base: str) -> str:
    lines = [f"class {name}({base}, kw_only=True, omit_defaults=True):"]
    if words := words_of(schema):
        lines += [docstring(words, 4), ""]
    required = set(schema.get("required", ()))
    for member, kind in schema.get("properties", {}).items():
        lines.append(f"    {member}: {annotation(kind, member in required)}")
        if words := words_of(kind):
            lines.append(docstring(words, 4))
    return "\n".join(lines) if len(lines) > 1 else f"{lines[0]}\n    pass"


def annotation(schema: Schema, required: bool) -> str:
    kind = python_type(schema)
    if required:
        return kind
    match schema.get("default"):
        case None:
            return f"{kind} = None" if nullable(schema) else f"{kind} | None = None"
        case [] | {}:
            maker = kind.partition("[")[0]
            return f"{kind} = msgspec.field(default_factory={maker})"
        case default:
            return f"{kind} = {default!r}"
