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

Convert = Callable[[Any], object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
EXACT = 1 << 42  # ms: until 2109

encode = msgspec.json.Encoder().encode


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


def to_ms(value: Any) -> int:
    milliseconds: int = (value - EPOCH) // MILLISECOND
    return milliseconds


def from_ms(value: Any) -> datetime:
    if 0 <= value < EXACT:  # thrice as fast, and a float holds it to less than half a microsecond
        return datetime.fromtimestamp(value / 1000, UTC)
    return EPOCH + timedelta(milliseconds=value)


def to_json(value: object) -> str:
    return encode(value).decode()


from_json: Convert = msgspec.json.Decoder().decode


INLINE: dict[Convert, str] = {
    to_ms: "(v - EPOCH) // MILLISECOND",
    from_ms: "instant(v / 1000, UTC) if 0 <= v < EXACT else from_ms(v)",
    bool: "v != 0",
}
"""The same, written where it is used, of `v`."""
NEEDED = {
    "EPOCH": EPOCH, "MILLISECOND": MILLISECOND, "UTC": UTC, "EXACT": EXACT, "from_ms": from_ms,
    "instant": datetime.fromtimestamp,
}  # fmt: skip


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
