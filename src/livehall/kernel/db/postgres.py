"""PostgreSQL 15 or newer by asyncpg: a pool for ordinary units, lanes for hot inserts."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import msgspec

from livehall.kernel.db.connection import BEHIND, Connection, DatabaseUnavailable, Deadlocked, Duplicate
from livehall.kernel.db.lane import Lane
from livehall.kernel.db.statement import Statement
from livehall.kernel.ids import Id

T = TypeVar("T")
if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Raw = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
    Ordinary = asyncpg.Connection[asyncpg.Record]
else:
    Ordinary = asyncpg.Connection

DEADLINE_S = 5.0
SHARE_BEHIND = 3  # of the pool's connections at most are what goes `behind` others
LANES = 4  # connections for hot units; within one a unit waits for every answer of the one before
STATEMENTS = 512  # prepared on each connection
RELEASE = "RELEASE SAVEPOINT unit"
GONE = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError,
        asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)  # fmt: skip


@contextmanager
def faults() -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(str(error)) from error
    except asyncpg.DeadlockDetectedError as error:
        raise Deadlocked from error
    except GONE as error:
        raise DatabaseUnavailable from error


async def prepare(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    """Ids as text and jsonb as plain values, the same as on SQLite."""
    await raw.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog", format="text")
    await raw.set_type_codec(
        "jsonb",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
        schema="pg_catalog",
        format="text",
    )


class Unreset(Ordinary):
    """Given back to the pool as it is: no unit of ours leaves anything in a session, and each would wait for
    the server once more.
    """

    def get_reset_query(self) -> str:
        return ""


class PostgresSession:
    """Statements on one raw connection."""

    name = "postgresql"

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    async def all(self, statement: Statement[T], /, **values: object) -> list[T]:
        plan = statement.postgres
        with faults():
            rows = await self._raw.fetch(plan.sql, *plan.arguments(values))
        return [plan.row(row) for row in rows]

    async def one(self, statement: Statement[T], /, **values: object) -> T | None:
        plan = statement.postgres
        with faults():
            row = await self._raw.fetchrow(plan.sql, *plan.arguments(values))
        return None if row is None else plan.row(row)

    async def run(self, statement: Statement[Any], /, **values: object) -> int:
        plan = statement.postgres
        with faults():
            tag = await self._raw.execute(plan.sql, *plan.arguments(values))
        return int(tag.rpartition(" ")[2])

    async def attempt(self, statement: Statement[Any], /, **values: object) -> int:
        plan = statement.postgres
        if plan.passing:
            with faults():
                tag = await self._raw.execute(plan.passing, *plan.arguments(values))
            if tag == "INSERT 0 0":
                raise Duplicate("a row like this is there already")
            return 1
        # An error ends a PostgreSQL transaction; the savepoint makes `Duplicate` survivable. Not by
        # asyncpg's `transaction()`: it refuses inside the lane's, which is begun by a command.
        await self._command("SAVEPOINT attempt")
        try:
            changed = await self.run(statement, **values)
        except Duplicate:
            await self._command("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")
            raise
        await self._command("RELEASE SAVEPOINT attempt")
        return changed

    async def many(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        plan = statement.postgres
        if len(rows) == 1:
            await self.run(statement, **rows[0])
            return
        with faults():
            await self._raw.executemany(plan.sql, [plan.arguments(row) for row in rows])

    async def later(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        await self.many(statement, rows)

    async def _command(self, sql: str) -> None:
        with faults():
            await self._raw.execute(sql)


Rows = tuple[Statement[Any], Sequence[Mapping[str, object]]]


class PostgresLaneSession:
    """The lane's own connection, opened at the first use and anew after a failure.

    A way to the server and back takes longer than most statements, so there are few: nothing is begun before
    something is written, and rows that may wait (`later`) are written with those of the whole batch, one
    statement for each kind.
    """

    name = "postgresql"
    is_inline = False

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._raw: Raw | None = None
        self._inner: PostgresSession | None = None
        self._has_begun = False  # the server knows of the batch
        self._unsent = ""
        self._is_marked = False  # the server knows of the unit
        self._later: list[Rows] = []  # of the unit
        self._put: dict[int, list[Rows]] = {}  # of the units before, by their number
        self._kept = 0

    async def all(self, statement: Statement[T], /, **values: object) -> list[T]:
        await self._mark(only_reads=statement.postgres.reads)
        return await self._session.all(statement, **values)

    async def one(self, statement: Statement[T], /, **values: object) -> T | None:
        await self._mark(only_reads=statement.postgres.reads)
        return await self._session.one(statement, **values)

    async def run(self, statement: Statement[Any], /, **values: object) -> int:
        await self._mark()
        return await self._session.run(statement, **values)

    async def attempt(self, statement: Statement[Any], /, **values: object) -> int:
        await self._mark()
        return await self._session.attempt(statement, **values)

    async def many(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        await self._mark()
        await self._session.many(statement, rows)

    async def later(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            self._later.append((statement, rows))

    async def begin(self) -> None:
        with faults():
            self._raw = await self._pool.acquire(timeout=DEADLINE_S)
            self._inner = PostgresSession(self._raw)
        self._has_begun, self._unsent = False, "BEGIN"
        self._put, self._kept = {}, 0

    async def commit(self) -> Mapping[int, Exception]:
        refused = await self._write_put() if self._put else {}
        self._unsent = ""  # a commit releases all savepoints
        if self._has_begun and await self._command("COMMIT") != "COMMIT":
            await self._give_back()  # an error was passed over: the server took all back
            raise DatabaseUnavailable
        await self._give_back()
        return refused

    async def rollback(self) -> None:
        if self._raw is not None:
            self._unsent = ""
            try:
                await self._command("ROLLBACK")
            finally:
                await self._give_back()

    async def savepoint(self) -> None:
        self._is_marked, self._later = False, []

    async def release(self) -> None:
        if self._is_marked:
            self._unsent = RELEASE
        if self._later:
            self._put[self._kept] = self._later
        self._kept += 1

    async def rollback_to(self) -> None:
        if self._is_marked:
            await self._command(f"ROLLBACK TO SAVEPOINT unit; {RELEASE}")

    @property
    def _session(self) -> PostgresSession:
        assert self._inner is not None, "a lane runs statements inside a batch"
        return self._inner

    async def _mark(self, *, only_reads: bool = False) -> None:
        """Before a statement of the unit: what it may have to take back begins here, and is there to read.

        One that only reads needs no transaction, unless the batch is in one, which its failure would end.
        """
        if only_reads and not self._has_begun and not self._later:
            return
        if not self._is_marked:
            await self._send("SAVEPOINT unit")
            self._is_marked = True
        if self._later:
            later, self._later = self._later, []
            for statement, rows in later:
                await self._session.many(statement, rows)

    async def _write_put(self) -> dict[int, Exception]:
        """The rows of all units together; should one be refused, unit by unit."""
        of_a_kind: dict[Statement[Any], list[Mapping[str, object]]] = {}
        for unit in self._put.values():
            for statement, rows in unit:
                of_a_kind.setdefault(statement, []).extend(rows)
        await self._send("SAVEPOINT put")
        try:
            for statement, together in of_a_kind.items():
                await self._session.many(statement, together)
        except DatabaseUnavailable:
            raise
        except Exception:  # one is refused, and would take all others with it
            await self._command("ROLLBACK TO SAVEPOINT put")
            return await self._write_one_by_one()
        return {}

    async def _write_one_by_one(self) -> dict[int, Exception]:
        refused: dict[int, Exception] = {}
        for number, unit in self._put.items():
            await self._command("SAVEPOINT unit")
            try:
                for statement, rows in unit:
                    await self._session.many(statement, rows)
            except DatabaseUnavailable:
                raise
            except Exception as error:
                refused[number] = error
                await self._command("ROLLBACK TO SAVEPOINT unit")
            await self._command(RELEASE)
        return refused

    async def _send(self, sql: str) -> None:
        """A command, and what need not be answered by itself before it."""
        unsent, self._unsent = self._unsent, ""
        try:
            await self._command(f"{unsent}; {sql}" if unsent else sql)
        except asyncpg.InFailedSQLTransactionError as error:  # a unit before passed over an error
            raise DatabaseUnavailable from error
        self._has_begun = True

    async def _command(self, sql: str) -> str:
        assert self._raw is not None, "a lane runs commands inside a batch"
        with faults():
            return await self._raw.execute(sql)

    async def _give_back(self) -> None:
        raw, self._raw, self._inner = self._raw, None, None
        if raw is not None:
            with faults():
                await self._pool.release(raw)


class Postgres:
    """The database behind a pool."""

    name = "postgresql"

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self._url, self._connections = url, connections

    async def open(self) -> None:
        with faults():
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=self._connections,
                timeout=DEADLINE_S,
                command_timeout=DEADLINE_S,
                init=prepare,
                connection_class=Unreset,
                statement_cache_size=STATEMENTS,
            )
        self._behind = asyncio.Semaphore(SHARE_BEHIND)
        self._lanes = [Lane(PostgresLaneSession(self._pool)) for _ in range(LANES)]

    @asynccontextmanager
    async def write(self, *, hot: bool = False, of: Id | None = None) -> AsyncIterator[Connection]:
        if hot:
            async with self._lane_of(of).unit() as connection:
                yield connection
            return
        async with self._acquired() as raw:
            transaction = raw.transaction()
            with faults():
                await transaction.start()
            try:
                yield PostgresSession(raw)
            except BaseException:
                if not raw.is_closed():
                    with faults():
                        await transaction.rollback()
                raise
            with faults():
                await transaction.commit()

    def _lane_of(self, subject: Id | None) -> Lane:
        """Units of one subject take the same lane and keep their order; those of none share the first."""
        return self._lanes[zlib.crc32(subject.encode()) % LANES if subject else 0]

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        async with self._acquired() as raw:
            yield PostgresSession(raw)

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Raw]:
        if not BEHIND.get():
            async with self._taken() as raw:
                yield raw
            return
        async with self._behind:
            BEHIND.set(False)  # else those that ask once more within it could all wait for each other
            try:
                async with self._taken() as raw:
                    yield raw
            finally:
                BEHIND.set(True)

    @asynccontextmanager
    async def _taken(self) -> AsyncIterator[Raw]:
        with faults():
            raw = await self._pool.acquire(timeout=DEADLINE_S)
        try:
            yield raw
        finally:
            with faults():
                await self._pool.release(raw)

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), DEADLINE_S)
        except TimeoutError:  # a query that nobody waits for any more: the server takes its unit back
            self._pool.terminate()
