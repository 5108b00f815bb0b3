"""One Alembic history for both databases.

Migrations add first and remove a release later; they touch data in batches.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from livehall.kernel.db import DatabaseUnavailable
from livehall.migrations import search

Act = Callable[[Connection], object]

HERE = Path(__file__).parent


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the scripts lie in this package."""
    settings = Config()
    settings.set_main_option("script_location", str(HERE))
    settings.attributes["connection"] = connection
    return settings


async def upgrade(url: str) -> None:
    """Bring a database to the newest revision. `url`: `sqlite:///path` or `postgresql://…`.

    Raises: DatabaseUnavailable.
    """
    await run(url, _upgrade)


def _upgrade(connection: Connection) -> None:
    command.upgrade(config(connection), "head")
    if connection.dialect.name == "postgresql":
        search.index(connection)


async def run(url: str, act: Act) -> None:
    """Call `act` with a connection in a transaction of its own. Raises: DatabaseUnavailable."""
    try:
        await _run(url, act)
    except (OSError, DBAPIError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        raise DatabaseUnavailable(
            f"The database does not answer ({reason}). Run `livehall doctor`."
        ) from error


async def _run(url: str, act: Act) -> None:
    if url.startswith("sqlite"):
        await asyncio.to_thread(_run_on_sqlite, url, act)
        return
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(act)
    finally:
        await engine.dispose()


def _run_on_sqlite(url: str, act: Act) -> None:
    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    # Python begins a transaction before changes of rows, not of tables: by itself an upgrade that breaks off
    # would leave columns behind that the next one stumbles over.
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.begin() as connection:
            act(connection)
    finally:
        engine.dispose()
