"""The database: tables by SQLAlchemy Core, statements compiled once, run on the raw driver.

`types` what a column stores · `statement` one compiled statement · `connection` the port ·
`sqlite`, `postgres` the two drivers · `lane` group commit.
"""

from livehall.kernel.db.connection import Connection, Database, DatabaseUnavailable, Duplicate
from livehall.kernel.db.statement import Command, Statement, any_of, metadata
from livehall.kernel.db.types import Instant, Json, Key

__all__ = [
    "Command",
    "Connection",
    "Database",
    "DatabaseUnavailable",
    "Duplicate",
    "Instant",
    "Json",
    "Key",
    "Statement",
    "any_of",
    "metadata",
]
