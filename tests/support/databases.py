"""A migrated, empty database for one test: SQLite always, PostgreSQL where a server can be started."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from livehall import migrations
from livehall.kernel.db import Database, database_at
from livehall.kernel.work import Desk
from tests.support.people import Hands


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{tmp_path}/livehall.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await migrations.upgrade(database_url)
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
    return Desk(database, clock=hands)
