"""Column types, and what each driver wants and gives for them.

|           | Python          | SQLite                | PostgreSQL  |
|-----------|-----------------|-----------------------|-------------|
| `Key`     | `str`           | TEXT                  | uuid        |
| `Instant` | aware datetime  | INTEGER, Unix ms      | timestamptz |
| `Json`    | plain values    | TEXT                  | jsonb       |
| `Boolean` | `bool`          | INTEGER               | boolean     |
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.types import TypeDecorator, TypeEngine

Convert = Callable[[object], object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Key(TypeDecorator[str]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(UUID(as_uuid=False))
        return dialect.type_descriptor(Text())


class Instant(TypeDecorator[datetime]):
    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())


class Json(TypeDecorator[object]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(Text())


def to_ms(value: object) -> int:
    assert isinstance(value, datetime)
    return (value - EPOCH) // MILLISECOND


def from_ms(value: object) -> datetime:
    assert isinstance(value, int)
    return EPOCH + timedelta(milliseconds=value)


def to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def from_json(value: object) -> object:
    assert isinstance(value, str)
    return msgspec.json.decode(value)


def sqlite_binder(kind: TypeEngine[Any]) -> Convert | None:
    """How a value goes into SQLite; None: as it is."""
    if isinstance(kind, Instant):
        return to_ms
    return to_json if isinstance(kind, Json) else None


def sqlite_reader(kind: TypeEngine[Any]) -> Convert | None:
    """How a value comes out of SQLite; None: as it is."""
    if isinstance(kind, Instant):
        return from_ms
    if isinstance(kind, Json):
        return from_json
    return bool if isinstance(kind, Boolean) else None
