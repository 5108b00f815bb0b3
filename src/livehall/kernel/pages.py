"""Pages of a list: a stable order that ends in the id, and a limit of 100 unless stated."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list: pages count from 1."""

    page: int = 1
    limit: int = 20

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One part of a list, and how many items all parts have together."""

    items: tuple[T, ...]
    total: int
    wanted: Wanted

    @property
    def pages(self) -> int:
        return -(-self.total // self.wanted.limit)
