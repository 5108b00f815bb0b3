"""Filters in a query: `field[operator]=value`, declared once, read strictly, written into the document.

A declaration names the fields that a list can be filtered by, each with its type and operators; brackets may
come percent-encoded. Several filters hold together. What is not declared is refused (`Invalid`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args

import msgspec

from livehall.kernel.faults import invalid

Operator = Literal["eq", "neq", "gt", "gte", "lt", "lte", "in", "notin", "contains"]
LISTS: tuple[Operator, ...] = ("in", "notin")
ORDER: tuple[Operator, ...] = ("lt", "lte", "gt", "gte", "eq")
NAMED = re.compile(r"(?P<field>[^\[\]]*)\[(?P<operator>[^\[\]]*)\]")


class Condition(msgspec.Struct, frozen=True):
    """One filter of a call. `value` is a tuple where the operator takes a list."""

    field: str
    operator: Operator
    value: Any


Conditions = tuple[Condition, ...]
"""The filters of a call; they hold together. A parameter `filters` of this type takes them."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list can be filtered by. `kind` is a type that msgspec reads from text."""

    field: str
    kind: Any
    operators: Sequence[Operator]
    words: str = ""

    def parameter(self, operator: Operator) -> dict[str, Any]:
        """As the document lists it."""
        schema = msgspec.json.schema(self.kind)
        if self.kind is bool:
            schema = {"type": "string", "enum": ["true", "false"]}
        if operator in LISTS:
            schema = {"type": "array", "items": schema}
        found: dict[str, Any] = {
            "name": f"{self.field}[{operator}]", "in": "query", "required": False, "schema": schema,
        }  # fmt: skip
        if operator in LISTS:
            found |= {"style": "form", "explode": False}
        if self.words:
            found["description"] = self.words
        return found


class FilterSet:
    """The filters of one list."""

    def __init__(self, *filters: Filter) -> None:
        self.filters = filters
        self._by_field = {each.field: each for each in filters}
        assert len(self._by_field) == len(filters), "a field is declared once"

    def parameters(self) -> Iterator[dict[str, Any]]:
        for each in self.filters:
            for operator in each.operators:
                yield each.parameter(operator)

    def read(self, pairs: Iterable[tuple[str, str]]) -> Conditions:
        """The filters among the pairs of a query. Raises: Invalid, naming the parameter."""
        found: dict[tuple[str, str], Condition] = {}
        for name, text in pairs:
            match = NAMED.fullmatch(name)
            if match is None:
                continue
            field, operator = match["field"], match["operator"]
            if (field, operator) in found:
                raise invalid(name, "Give each filter once.")
            found[field, operator] = self._condition(name, field, operator, text)
        return tuple(found.values())

    def _condition(self, name: str, field: str, operator: str, text: str) -> Condition:
        declared = self._by_field.get(field)
        if declared is None:
            raise invalid(name, "There is no filter by this field.", rule="unknown")
        for known in get_args(Operator):
            if known == operator and known in declared.operators:
                return Condition(field, known, _value(name, declared, known, text))
        words = ", ".join(declared.operators)
        raise invalid(name, f"This field has the operators {words}.", rule="unknown")


def _value(name: str, declared: Filter, operator: Operator, text: str) -> object:
    if "\0" in text:
        raise invalid(name, "Give one readable value.")
    if operator not in LISTS:
        return _one(name, declared.kind, text)
    return tuple(_one(name, declared.kind, part) for part in text.split(","))


def _one(name: str, kind: Any, text: str) -> object:
    try:
        return msgspec.convert(text, kind, strict=False)
    except (msgspec.ValidationError, OverflowError) as error:
        raise invalid(name, str(error).partition(" - at ")[0], rule="type") from error
