"""Pages by number: how a dialect names them, read into an offset and a limit."""

from collections.abc import Iterable
from typing import Any

import msgspec

from livehall.kernel.faults import invalid

FARTHEST = 4_000_000  # a page beyond is a mistake; 500 times it is a number that databases take as an offset


class Window(msgspec.Struct, frozen=True):
    """Which part of a list is asked for. A parameter of this type takes it."""

    page: int  # from 1
    limit: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """The names of the two parameters, and their bounds. `nullable`: the text `null` stands for none."""

    page: str = "page"
    limit: str = "limit"
    usual: int = 20
    most: int = 100
    nullable: bool = False

    def parameters(self) -> list[dict[str, Any]]:
        """As the document lists them."""
        kind = ["integer", "null"] if self.nullable else "integer"
        first = {"type": kind, "minimum": 1, "maximum": FARTHEST, "default": 1}
        size = {"type": kind, "minimum": 1, "maximum": self.most, "default": self.usual}
        return [
            {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
            for name, words, schema in (
                (self.page, "Page number, from 1.", first),
                (self.limit, "Page size.", size),
            )
        ]

    def read(self, pairs: Iterable[tuple[str, str]]) -> Window:
        """Raises: Invalid, naming the parameter."""
        found: dict[str, int] = {}
        for name, text in pairs:
            if name not in (self.page, self.limit):
                continue
            if name in found:
                raise invalid(name, "Give it once.")
            if self.nullable and text == "null":
                continue
            most = FARTHEST if name == self.page else self.most
            if not text.isascii() or not text.isdigit() or len(text) > 10 or not 1 <= int(text) <= most:
                raise invalid(name, f"A whole number from 1 to {most}.")
            found[name] = int(text)
        return Window(page=found.get(self.page, 1), limit=found.get(self.limit, self.usual))
