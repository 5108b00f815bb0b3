"""The database that the settings name, and a desk on it for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from livehall import migrations
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.db.postgres import Postgres
from livehall.kernel.db.sqlite import Sqlite
from livehall.kernel.work import Desk
from livehall.server.settings import Settings


def database_of(settings: Settings) -> Sqlite | Postgres:
    """Not yet opened."""
    if settings.is_sqlite:
        return Sqlite(Path(settings.database_url.removeprefix("sqlite:///")))
    return Postgres(settings.database_url)


async def migrate(settings: Settings) -> None:
    """Bring the database to this version's tables.

    Raises: DatabaseUnavailable.
    """
    try:
        await migrations.upgrade(settings.database_url)
    except (OSError, DBAPIError) as error:
        first = str(error.orig if isinstance(error, DBAPIError) else error).split("\n", 1)[0]
        raise DatabaseUnavailable(
            f"The database does not answer ({first}). Run `livehall doctor`."
        ) from error


@asynccontextmanager
async def desk_of(settings: Settings) -> AsyncIterator[Desk]:
    """A desk beside the running server: its events are told by the server's relay within seconds.

    Raises: DatabaseUnavailable.
    """
    database = database_of(settings)
    await database.open()
    try:
        yield Desk(database)
    finally:
        await database.close()
