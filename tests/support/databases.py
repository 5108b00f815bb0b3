"""A migrated, empty database for one test: SQLite always, PostgreSQL where a server can be started.

The migrations run once for each kind; a test gets a copy.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    url = postgres_server.create()
    asyncio.run(migrations.upgrade(url))
    return name_of(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(request.getfixturevalue("postgres_template")) as url:
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
