"""The database that the settings name, the bus that goes with it, and a desk on it for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livehall.core.rooms import shelves
from livehall.engines.bus import PostgresBus
from livehall.kernel.bus import Alone, Bus
from livehall.kernel.db import Database, database_at
from livehall.kernel.work import Desk
from livehall.server.settings import Settings


def database_of(settings: Settings) -> Database:
    """Not yet opened."""
    return database_at(settings.database_url)


def bus_of(settings: Settings) -> Bus:
    """Between the api processes on this database: SQLite has one, PostgreSQL carries the words of several."""
    return Alone() if settings.is_sqlite else PostgresBus(settings.database_url)


async def migrate(settings: Settings) -> None:
    """Bring the database to this version's tables.

    Raises: DatabaseUnavailable.
    """
    from livehall import migrations  # Alembic takes 5 MB, and a process that serves has no use for it

    await migrations.upgrade(settings.database_url)


@asynccontextmanager
async def desk_of(settings: Settings) -> AsyncIterator[Desk]:
    """A desk beside the running server: its events are told by the server's relay within seconds.

    Raises: DatabaseUnavailable.
    """
    database = database_of(settings)
    await database.open()
    try:
        yield Desk(database, note=shelves.note)
    finally:
        await database.close()
