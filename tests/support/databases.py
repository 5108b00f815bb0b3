"""A migrated, empty database for one test: SQLite always, PostgreSQL where a server can be started.

The migrations run once for each kind. A test gets a copy of the file, or a database that an earlier test has
used and that was emptied: to make one on PostgreSQL takes longer than most tests.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from livehall import migrations
from livehall.core.rooms import shelves
from livehall.kernel.db import Database, database_at
from livehall.kernel.work import Desk
from tests.support.people import Hands
from tests.support.postgres import PostgresServer, name_of


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "livehall.db"
    asyncio.run(migrations.upgrade(f"sqlite:///{file}"))
    return file


class Emptied:
    """Migrated databases of one PostgreSQL server, lent to one test after the other."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        url = server.create()
        asyncio.run(migrations.upgrade(url))
        self._tables = asyncio.run(_tables(url))
        self.template = name_of(url)
        self._free: list[str] = []

    @contextmanager
    def lent(self) -> Iterator[str]:
        url = self._free.pop() if self._free else self._server.create(self.template)
        yield url
        if asyncio.run(self._empty(url)):
            self._free.append(url)
        else:
            self._server.drop(url)

    async def _empty(self, url: str) -> bool:
        """False for one that the test has left with other tables."""
        if await _tables(url) != self._tables:
            return False
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            await connection.execute("set session_replication_role = replica")  # in any order
            found = await connection.fetchrow(
                "select " + ", ".join(f'exists(select from "{table}") as "{table}"' for table in self._tables)
            )
            for table in [table for table, has_rows in found.items() if has_rows]:
                await connection.execute(f'delete from "{table}"')
            for name in await connection.fetch("select sequencename from pg_sequences"):
                await connection.execute(f'alter sequence "{name[0]}" restart')
        finally:
            await connection.close()
        return True


async def _tables(url: str) -> frozenset[str]:
    """All but the one that names the revision."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    finally:
        await connection.close()
    return frozenset(row[0] for row in rows) - {"alembic_version"}


@pytest.fixture(scope="session")
def emptied(postgres_server: PostgresServer) -> Emptied:
    return Emptied(postgres_server)


@pytest.fixture(scope="session")
def postgres_template(emptied: Emptied) -> str:
    """A migrated database to be copied, by those who want one that nobody has used."""
    return emptied.template


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgresql":
        databases: Emptied = request.getfixturevalue("emptied")
        with databases.lent() as url:
            yield url
    else:
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "livehall.db")
        yield f"sqlite:///{copy}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()


async def open_database(url: str) -> Database:
    database = database_at(url)
    await database.open()
    return database


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def desk(database: Database, hands: Hands) -> Desk:
    """Opens work on the test's database, at the hands' time."""
    return Desk(database, clock=hands, note=shelves.note)
