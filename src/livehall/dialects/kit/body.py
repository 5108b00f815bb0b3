"""Reading a body strictly: what two parsers could read differently is refused, not re-serialised.

Refused as unreadable: invalid UTF-8, duplicate members (JSA-2023-0001 is the precedent), NaN and Infinity,
nesting beyond what the parser takes, lone surrogates and U+0000 (PostgreSQL stores neither).
"""

import json
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from livehall.kernel.faults import Detail, Fault, Invalid

T = TypeVar("T")

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LIMIT = 1 << 20  # bytes
DEPTH = 32


class Unreadable(Fault):
    code = "invalid_request"
    message = "The body or a parameter cannot be parsed."


class WrongMediaType(Unreadable):
    """The body comes as another type than the operation takes."""


class TooLarge(Fault):
    code = "payload_too_large"
    message = "The body exceeds the limit of 1 MiB."


def parse(raw: bytes) -> object:
    """The JSON value that `raw` spells. Raises: Unreadable."""
    try:
        value = decode(raw.decode())
    except RecursionError as error:
        raise Unreadable("The body is nested too deeply.") from error
    except ValueError as error:
        raise Unreadable(f"The body is not JSON as we read it: {error}") from error
    # Only an escape spells what no text may hold, and only brackets nest: most bodies have few or none.
    if b"\\" in raw or raw.count(b"[") + raw.count(b"{") >= DEPTH:
        _check(value, DEPTH)
    return value


def parse_form(raw: bytes) -> dict[str, str]:
    """The fields of a form (`application/x-www-form-urlencoded`), each once. Raises: Unreadable."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise Unreadable("The form cannot be read.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("A field stands twice in the form.")
    for text in (*fields, *fields.values()):
        check_text(text)
    return fields


def convert(value: object, kind: type[T], *, lax: bool = False) -> T:
    """`value` as a struct. `lax` reads numbers and booleans from text. Raises: Invalid, naming the field."""
    try:
        return msgspec.convert(value, kind, strict=not lax)
    except msgspec.ValidationError as error:
        found = _detail(str(error))
        if lax:  # a query: whichever of a repeated parameter it was, its name is the parameter's
            found = msgspec.structs.replace(found, field=found.field.partition("[")[0])
        raise Invalid(details=(found,)) from error
    except OverflowError as error:  # an instant beyond the calendar
        raise Invalid("A value is out of range.") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice in one object")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _whole(digits: str) -> int:
    value = int(digits)
    if abs(value) >= 1 << 63:
        raise Unreadable("A number has more than 63 bits.")
    return value


decode = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse, parse_int=_whole).decode


def _check(value: object, depth: int) -> None:
    if depth == 0:
        raise Unreadable("The body is nested too deeply.")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            check_text(name)
            _check(member, depth - 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth - 1)


def check_text(text: str) -> None:
    """Raises: Unreadable."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable("A text holds a character that cannot be stored.")


def _detail(message: str) -> Detail:
    """msgspec says “Expected `int`, got `str` - at `$.limit`”, and names a member in the text otherwise."""
    words, _, place = message.partition(" - at ")
    field = place.strip("`").removeprefix("$").removeprefix(".")
    if "required field" in words or "unknown field" in words:
        member = words.rpartition("field `")[2].rstrip("`")
        field = f"{field}.{member}" if field else member
        rule = "required" if "required" in words else "unknown"
    else:
        rule = "type" if words.startswith(("Expected `", "Invalid")) and ", got" in words else "value"
    return Detail(field=field, rule=rule, message=words)
