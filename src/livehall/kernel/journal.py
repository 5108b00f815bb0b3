"""The journal: outbox, audit log, source of webhooks and of realtime recovery, and deduplication store.

A row is written in the transaction of the change that it tells. Its `position` rises in the order of
publication. On SQLite, whose units commit in their order, a desk that knows what follows from a row gives it
with the row itself; else the relay gives it when it takes the row up (ids and `seq` commit out of order on
PostgreSQL). `done_at` comes when everything that follows from it has happened: with the position, for a row
from which nothing does.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.kernel.db import Command, Connection, Database, Instant, Json, Key, Statement, metadata, only
from livehall.kernel.ids import Id, new_id

if TYPE_CHECKING:
    from livehall.kernel.work import Follows, Note, Origin, Work

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("id", Key, nullable=False, unique=True),
    Column("organization_id", Key),
    Column("type", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Key),
    Column("actor_name", Text, nullable=False, server_default=""),
    Column("actor_role", Text),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Key),
    Column("session_id", Key),
    Column("room_id", Key),
    Column("data", Json, nullable=False),
    Column("audit", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("position", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("done_at", Instant),
)
# A row without a place is in one index beside those of its ids, one that has a place in those read by place:
# it is put into each of them once, and moved in none.
PLACED = text("position is not null")
Index("journal_new", journal.c.seq, **only(journal.c.position.is_(None)))
Index(
    "journal_open",
    journal.c.done_at,  # which is null: without statistics SQLite takes the index that names most columns
    journal.c.position,
    **only(text("position is not null and done_at is null")),
)
Index("journal_position", journal.c.position, unique=True, **only(PLACED))
Index(
    "journal_session",
    journal.c.session_id,
    journal.c.position,
    **only(text("session_id is not null and position is not null")),
)
Index(
    "journal_room",
    journal.c.room_id,
    journal.c.position,
    **only(text("room_id is not null and position is not null")),
)
Index(
    "journal_audit",
    journal.c.organization_id,
    journal.c.seq,
    **only(text("audit")),
)

taken = Table(
    "taken",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
Index("taken_at", taken.c.at)


beginning = Table(
    "beginning",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("floor", BigInteger, nullable=False, server_default="0"),  # the highest position that was dropped
)


class Entry(msgspec.Struct, frozen=True):
    """One row of the journal, in the order of its columns."""

    seq: int
    id: Id
    organization_id: Id | None
    type: str
    actor_kind: str
    actor_id: Id | None
    actor_name: str
    actor_role: str | None
    subject_kind: str
    subject_id: Id | None
    session_id: Id | None
    room_id: Id | None
    data: dict[str, Any]  # the event, as JSON
    audit: bool
    source: str
    occurred_at: datetime
    position: int | None
    attempts: int
    done_at: datetime | None


BEGIN = Command(upsert(beginning).values(id=1, epoch=bindparam("epoch", type_=Text)).on_conflict_do_nothing())
EPOCH = Statement(select(beginning.c.epoch), str)
LATER = ("seq", "position", "attempts", "done_at")  # given by the database and by the relay
WRITTEN = tuple(column.name for column in journal.c if column.name not in LATER)
APPEND = Command(
    insert(journal).values({name: bindparam(name, type_=journal.c[name].type) for name in WRITTEN})
)
NEXT = (
    select(func.coalesce(func.max(journal.c.position), 0) + 1)
    .where(journal.c.position.is_not(None))
    .scalar_subquery()
)
APPEND_PLACED = Command(
    insert(journal).values(
        {name: bindparam(name, type_=journal.c[name].type) for name in (*WRITTEN, "done_at")}
        | {"position": NEXT}
    )
)
"""Where units commit one after another: each row behind all that are there."""
TAKE = Command(
    upsert(taken)
    .values(key=bindparam("key", type_=Text), at=bindparam("at", type_=Instant))
    .on_conflict_do_nothing()
)
FORGET = Command(taken.delete().where(taken.c.at < bindparam("before", type_=Instant)))
NEW = Statement(
    select(journal)
    .where(journal.c.position.is_(None))
    .order_by(journal.c.seq)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True),
    Entry,
)
PLACE = Command(
    update(journal)
    .where(journal.c.seq == bindparam("row", type_=BigInteger))
    .values(position=bindparam("place", type_=BigInteger), done_at=bindparam("finished", type_=Instant))
)
FINISH = Command(
    update(journal)
    .where(journal.c.seq == bindparam("row", type_=BigInteger))
    .values(done_at=bindparam("finished", type_=Instant), attempts=bindparam("tries", type_=Integer))
)
NEWEST = Statement(select(journal.c.seq).where(journal.c.position.is_(None)).limit(1), int)
NEW_COUNT = Statement(select(func.count()).select_from(journal).where(journal.c.position.is_(None)), int)
OPEN_COUNT = Statement(
    select(func.count())
    .select_from(journal)
    .where(journal.c.position.is_not(None), journal.c.done_at.is_(None)),
    int,
)
TOP = Statement(
    select(func.coalesce(func.max(journal.c.position), 0)).where(journal.c.position.is_not(None)), int
)
OPEN = Statement(
    select(journal)
    .where(journal.c.position.is_not(None), journal.c.done_at.is_(None))
    .order_by(journal.c.position),
    Entry,
)
SINCE = Statement(
    select(journal)
    .where(journal.c.position > bindparam("after", type_=BigInteger))
    .order_by(journal.c.position)
    .limit(bindparam("limit", type_=Integer)),
    Entry,
)
SINCE_IN_SESSION = Statement(
    select(journal)
    .where(
        journal.c.session_id == bindparam("session_id", type_=Key),
        journal.c.position > bindparam("after", type_=BigInteger),
    )
    .order_by(journal.c.position)
    .limit(bindparam("limit", type_=Integer)),
    Entry,
)
SINCE_IN_ROOM = Statement(
    select(journal)
    .where(
        journal.c.room_id == bindparam("room_id", type_=Key),
        journal.c.position > bindparam("after", type_=BigInteger),
    )
    .order_by(journal.c.position)
    .limit(bindparam("limit", type_=Integer)),
    Entry,
)


def at(entry: Entry, position: int, done_at: datetime | None = None) -> Entry:
    """The same row in its place."""
    return msgspec.structs.replace(entry, position=position, done_at=done_at)


async def append(
    work: Work, origin: Origin, note: Note | None = None, follows: Follows | None = None
) -> None:
    """Write the work's events, in their order; on SQLite in their places, where `follows` is known."""
    actor = work.actor
    rows: list[dict[str, Any]] = []
    for event in work.events:
        data = msgspec.to_builtins(event)
        kind = event.subject
        rows.append(
            {
                "id": new_id(),
                "organization_id": event.organization_id,
                "type": data["type"],
                "actor_kind": actor.kind if actor.kind != "anonymous" else "system",
                "actor_id": actor.id,
                "actor_name": actor.name,
                "actor_role": actor.role,
                "subject_kind": kind,
                "subject_id": data.get(f"{kind}_id"),
                "session_id": data.get("session_id"),
                "room_id": data.get("room_id"),
                "data": data,
                "audit": event.audit,
                "source": origin,
                "occurred_at": work.now,
            }
        )
    noted = [row for row, event in zip(rows, work.events, strict=True) if event.noted]
    if noted and note is not None:
        await note(work, noted)
    if follows is None or work.db.name != "sqlite":
        await work.db.later(APPEND, rows)
        return
    for row in rows:
        row["done_at"] = None if follows(row["type"], row["data"]) else work.now
    await work.db.later(APPEND_PLACED, rows)


async def take(db: Connection, key: str, now: datetime) -> bool:
    """Whether `key` was free, and is taken now."""
    return await db.run(TAKE, key=key, at=now) == 1


async def epoch(database: Database) -> str:
    """Names this journal: positions of another database mean nothing here. Made at the first call."""
    async with database.write() as db:
        await db.run(BEGIN, epoch=secrets.token_urlsafe(6))
        found = await db.one(EPOCH)
    assert found is not None
    return found
