"""The database: tables by SQLAlchemy Core, statements compiled once, run on the raw driver.

`types` what a column stores · `statement` one compiled statement · `gathered` rows as one value ·
`connection` the port · `sqlite`, `postgres` the two drivers · `lane` group commit.
"""

from pathlib import Path

from livehall.kernel.db.connection import (
    Connection,
    Database,
    DatabaseUnavailable,
    Deadlocked,
    Duplicate,
    behind,
)
from livehall.kernel.db.gathered import gathered, rows_of
from livehall.kernel.db.postgres import Postgres
from livehall.kernel.db.sqlite import Sqlite
from livehall.kernel.db.statement import Command, Statement, any_of, filled, metadata, new_row, only, revise
from livehall.kernel.db.types import Instant, Json, Key

__all__ = [
    "Command",
    "Connection",
    "Database",
    "DatabaseUnavailable",
    "Deadlocked",
    "Duplicate",
    "Instant",
    "Json",
    "Key",
    "Statement",
    "any_of",
    "behind",
    "database_at",
    "filled",
    "gathered",
    "metadata",
    "new_row",
    "only",
    "revise",
    "rows_of",
]


def database_at(url: str) -> Database:
    """The database that a URL names, not open yet: `sqlite:///path` or `postgresql://…`."""
    if url.startswith("sqlite:///"):
        return Sqlite(Path(url.removeprefix("sqlite:///")))
    return Postgres(url)
