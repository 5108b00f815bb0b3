"""A database whose statements are noted, to say what a round costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from livehall.kernel.db import Database


class Noted:
    """Passes everything on to a database, and keeps which statements were read and which ran in a write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read_statements: list[Any] = []
        self.write_statements: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with self._database.read() as db:
            yield _Noting(db, self.read_statements)

    @asynccontextmanager
    async def write(self, *, hot: bool = False, of: str | None = None) -> AsyncIterator[Any]:
        async with self._database.write(hot=hot, of=of) as db:
            yield _Noting(db, self.write_statements)


class _Noting:
    def __init__(self, db: Any, noted: list[Any]) -> None:
        self._db, self._noted = db, noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def all(self, statement: Any, /, **values: object) -> Any:
        self._noted.append(statement)
        return await self._db.all(statement, **values)

    async def one(self, statement: Any, /, **values: object) -> Any:
        self._noted.append(statement)
        return await self._db.one(statement, **values)
