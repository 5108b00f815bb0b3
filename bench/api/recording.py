"""What statements a request runs, taken down at the port between stores and drivers."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from livehall.kernel.db import Connection, Database, Statement
from livehall.kernel.ids import new_id

T = TypeVar("T")

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OPAQUE = re.compile(r"[\w-]{4,128}")  # a slug, a code, a hash: made anew for each row


@dataclass(frozen=True)
class Fresh:
    """Stands for a value that every request makes for itself."""

    number: int
    is_id: bool
    length: int

    def make(self) -> str:
        return new_id() if self.is_id else secrets.token_hex(self.length)[: self.length]


@dataclass
class Unit:
    """One transaction, or one read."""

    writes: bool
    statements: list[tuple[str, list[Any]]] = field(default_factory=list)


Script = list[Unit]


def generalized(first: Script, second: Script) -> Script:
    """The script of two like requests: what differs between them is made anew for each replay.

    Raises: ValueError, when the two did not run the same statements.
    """
    if _texts(first) != _texts(second):
        raise ValueError("two requests of one kind ran different statements")
    fresh: dict[str, Fresh] = {}
    units = []
    for one, other in zip(first, second, strict=True):
        unit = Unit(one.writes)
        for (sql, values), (_, others) in zip(one.statements, other.statements, strict=True):
            pairs = zip(values, others, strict=True)
            unit.statements.append((sql, [_general(value, change, fresh) for value, change in pairs]))
        units.append(unit)
    return units


def _general(value: Any, other: Any, fresh: dict[str, Fresh]) -> Any:
    if value == other or not isinstance(value, str) or not OPAQUE.fullmatch(value):
        return value
    if value not in fresh:
        fresh[value] = Fresh(len(fresh), bool(UUID.fullmatch(value)), len(value))
    return fresh[value]


def _texts(script: Script) -> list[list[str]]:
    return [[sql for sql, _ in unit.statements] for unit in script]


class RecordingDatabase:
    """A database that takes down what is run on it."""

    def __init__(self, inner: Database) -> None:
        self._inner, self.name, self.script = inner, inner.name, Script()

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    @asynccontextmanager
    async def write(self, *, hot: bool = False, of: str | None = None) -> AsyncIterator[Connection]:
        async with self._inner.write(hot=hot, of=of) as connection:
            yield self._recording(connection, writes=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        async with self._inner.read() as connection:
            yield self._recording(connection, writes=False)

    def _recording(self, connection: Connection, *, writes: bool) -> "RecordingConnection":
        unit = Unit(writes)
        self.script.append(unit)
        return RecordingConnection(connection, unit, on_sqlite=self.name == "sqlite")


class RecordingConnection:
    def __init__(self, inner: Connection, unit: Unit, *, on_sqlite: bool) -> None:
        self._inner, self._unit, self._on_sqlite, self.name = inner, unit, on_sqlite, inner.name

    async def all(self, statement: Statement[T], /, **values: object) -> list[T]:
        self._note(statement, values)
        return await self._inner.all(statement, **values)

    async def one(self, statement: Statement[T], /, **values: object) -> T | None:
        self._note(statement, values)
        return await self._inner.one(statement, **values)

    async def run(self, statement: Statement[Any], /, **values: object) -> int:
        self._note(statement, values)
        return await self._inner.run(statement, **values)

    async def attempt(self, statement: Statement[Any], /, **values: object) -> int:
        self._note(statement, values)
        return await self._inner.attempt(statement, **values)

    async def many(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        for row in rows:
            self._note(statement, row)
        await self._inner.many(statement, rows)

    async def later(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        for row in rows:
            self._note(statement, row)
        await self._inner.later(statement, rows)

    def _note(self, statement: Statement[Any], values: Mapping[str, object]) -> None:
        plan = statement.sqlite if self._on_sqlite else statement.postgres
        self._unit.statements.append((plan.sql, plan.arguments(values)))
