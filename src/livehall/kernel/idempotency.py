"""Answers that were given, kept for a day, so that a repeated call gets the same one (C4).

The row is written in the transaction of the call itself where there is one: either both are stored or
neither. Two calls with one key at the same time meet at the primary key, and the later one is refused.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, Integer, LargeBinary, Table, Text, bindparam, delete, insert, select

from livehall.kernel.db import Command, Connection, Instant, Statement, metadata

KEEP = timedelta(hours=24)

answered = Table(
    "answered",
    metadata,
    Column("key", Text, primary_key=True),  # hash of caller, operation and Idempotency-Key
    Column("request", LargeBinary, nullable=False),  # SHA-256 of path and body
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed
    Column("at", Instant, nullable=False, index=True),
)


class Answered(msgspec.Struct, frozen=True):
    key: str
    request: bytes
    status: int
    body: bytes
    at: datetime


BY_KEY = Statement(
    select(answered).where(
        answered.c.key == bindparam("key", type_=Text), answered.c.at > bindparam("since", type_=Instant)
    ),
    Answered,
)
KEEP_ANSWER = Command(insert(answered).values({c.name: bindparam(c.name, type_=c.type) for c in answered.c}))
FORGET = Command(delete(answered).where(answered.c.at <= bindparam("before", type_=Instant)))
FORGET_KEY = Command(
    delete(answered).where(
        answered.c.key == bindparam("key", type_=Text), answered.c.at <= bindparam("before", type_=Instant)
    )
)


async def find(db: Connection, key: str, now: datetime) -> Answered | None:
    return await db.one(BY_KEY, key=key, since=now - KEEP)


async def keep(db: Connection, answer: Answered) -> None:
    """Raises: Duplicate, when another call with this key was faster; the unit must end."""
    await db.run(FORGET_KEY, key=answer.key, before=answer.at - KEEP)
    await db.run(KEEP_ANSWER, **msgspec.structs.asdict(answer))


async def forget(db: Connection, now: datetime) -> None:
    await db.run(FORGET, before=now - KEEP)
