"""SQLite by the standard library: WAL, short inline statements, one writer, `BEGIN IMMEDIATE`.

Statements run on the event loop: a key read takes some 50 µs, less than a hop to a thread. A commit waits for
the disk, for milliseconds and sometimes for a hundred of them: it has a thread, and the loop goes on. Waiting
for a lock never blocks the loop either: `busy_timeout` is 0, and `begin` tries again with `await` for 5 s.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

from livehall.kernel import letters
from livehall.kernel.db.connection import Connection, DatabaseUnavailable, Duplicate
from livehall.kernel.db.lane import Lane
from livehall.kernel.db.statement import Statement
from livehall.kernel.ids import Id

T = TypeVar("T")

LOCK_DEADLINE_S = 5.0
LOCK_RETRY_S = 0.01
# Of each connection. One large read fills it, and it stays: what an export may take of memory bounds it. The
# operating system holds the rest of the file; a page from there costs microseconds.
CACHE_KIB = 16 * 1024
SWITCH_S = 0.0002  # how long a commit that is through waits for a loop that is busy; Python: 0.005
REPEATED = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


def lower(value: str | bytes | float | None) -> str | bytes | float | None:
    return letters.lower(value) if isinstance(value, str) else value


class SqliteSession:
    """One connection; the caller keeps units on it apart."""

    name = "sqlite"
    is_inline = True

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(
            path, isolation_level=None, timeout=0, cached_statements=512, check_same_thread=False
        )
        self._committer = ThreadPoolExecutor(1, "commit")  # its thread is born at the first commit
        # SQLite's own `lower` knows ASCII only; PostgreSQL's knows letters.
        self._raw.create_function("lower", 1, lower, deterministic=True)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "busy_timeout = 0",
            f"cache_size = -{CACHE_KIB}",
            "temp_store = MEMORY",
        ):
            self._raw.execute(f"PRAGMA {pragma}")

    async def all(self, statement: Statement[T], /, **values: object) -> list[T]:
        plan = statement.sqlite
        return [plan.row(row) for row in self._execute(plan.sql, plan.arguments(values))]

    async def one(self, statement: Statement[T], /, **values: object) -> T | None:
        plan = statement.sqlite
        cursor = self._execute(plan.sql, plan.arguments(values))
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else plan.row(row)

    async def run(self, statement: Statement[Any], /, **values: object) -> int:
        plan = statement.sqlite
        return self._execute(plan.sql, plan.arguments(values)).rowcount

    async def attempt(self, statement: Statement[Any], /, **values: object) -> int:
        return await self.run(statement, **values)  # SQLite takes back the refused statement alone

    async def many(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        plan = statement.sqlite
        for row in rows:
            self._execute(plan.sql, plan.arguments(row))

    async def later(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        await self.many(statement, rows)

    async def begin(self) -> None:
        deadline = asyncio.get_running_loop().time() + LOCK_DEADLINE_S
        while True:
            try:
                self._raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise DatabaseUnavailable from error
            await asyncio.sleep(LOCK_RETRY_S)

    async def commit(self) -> Mapping[int, Exception]:
        await asyncio.get_running_loop().run_in_executor(self._committer, self._execute, "COMMIT", ())
        return {}

    async def rollback(self) -> None:
        if self._raw.in_transaction:
            self._execute("ROLLBACK", ())

    async def savepoint(self) -> None:
        self._execute("SAVEPOINT unit", ())

    async def release(self) -> None:
        self._execute("RELEASE unit", ())

    async def rollback_to(self) -> None:
        self._execute("ROLLBACK TO unit", ())
        self._execute("RELEASE unit", ())

    def _execute(self, sql: str, arguments: Sequence[object]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(sql, arguments)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode in REPEATED:
                raise Duplicate(str(error)) from error
            raise
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE):
                raise  # our own mistake, not the database's state
            raise DatabaseUnavailable from error

    def close(self) -> None:
        self._committer.shutdown()
        self._raw.close()


class Reading:
    """The reader, which several may use at once: no statement suspends."""

    __slots__ = ("_session",)

    def __init__(self, session: SqliteSession) -> None:
        self._session = session

    async def __aenter__(self) -> SqliteSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        return None


class Sqlite:
    """The database in one file, for exactly one process."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        sys.setswitchinterval(SWITCH_S)
        try:
            self._writer, self._reader = SqliteSession(self._path), SqliteSession(self._path)
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"{self._path} cannot be opened: {error}.") from error
        self._lane = Lane(self._writer)

    def write(self, *, hot: bool = False, of: Id | None = None) -> AbstractAsyncContextManager[Connection]:
        return self._lane.unit()

    def read(self) -> AbstractAsyncContextManager[Connection]:
        return Reading(self._reader)

    async def close(self) -> None:
        self._reader.close()
        self._writer.close()
