"""SQL of the chat. Pages are read by id: the order of ids is the order of writing."""

from datetime import datetime

import msgspec
from sqlalchemy import Integer, Text, and_, bindparam, insert, select, update

from livehall.core.chat.model import COLUMNS, Message
from livehall.core.messages.model import message
from livehall.kernel.db import Command, Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

SESSION = and_(
    message.c.session_id == bindparam("session_id", type_=Key), message.c.kind.in_(("chat", "system"))
)
ID = message.c.id == bindparam("message_id", type_=Key)
LIMIT = bindparam("limit", type_=Integer)

ADD = Command(insert(message).values({c.name: bindparam(c.name, type_=c.type) for c in COLUMNS}))
BY_ID = Statement(select(*COLUMNS).where(ID, SESSION), Message)
BY_CLIENT_ID = Statement(
    select(*COLUMNS).where(
        SESSION,
        message.c.account_id == bindparam("account_id", type_=Key),
        message.c.client_id == bindparam("client_id", type_=Text),
    ),
    Message,
)
NEWEST = Statement(select(*COLUMNS).where(SESSION).order_by(message.c.id.desc()).limit(LIMIT), Message)
OLDER = Statement(
    select(*COLUMNS)
    .where(SESSION, message.c.id < bindparam("before", type_=Key))
    .order_by(message.c.id.desc())
    .limit(LIMIT),
    Message,
)
NEWER = Statement(
    select(*COLUMNS)
    .where(SESSION, message.c.id > bindparam("after", type_=Key))
    .order_by(message.c.id)
    .limit(LIMIT),
    Message,
)
DELETE = Command(
    update(message)
    .where(ID, message.c.deleted_at.is_(None))
    .values(deleted_at=bindparam("at", type_=Instant), deleted_by=bindparam("by", type_=Key))
)
DELETE_ALL_OF = Statement(
    update(message)
    .where(SESSION, message.c.account_id == bindparam("writer", type_=Key), message.c.deleted_at.is_(None))
    .values(deleted_at=bindparam("at", type_=Instant), deleted_by=bindparam("by", type_=Key))
    .returning(message.c.id),
    str,
)


DELETE_EVERYTHING = Command(
    update(message)
    .where(SESSION, message.c.deleted_at.is_(None))
    .values(deleted_at=bindparam("at", type_=Instant), deleted_by=bindparam("by", type_=Key))
)
THERE = update(message).where(ID, message.c.deleted_at.is_(None))
PIN = Command(
    THERE.where(message.c.pinned_at.is_(None)).values(pinned_at=bindparam("pinned_at", type_=Instant))
)
UNPIN = Command(THERE.where(message.c.pinned_at.is_not(None)).values(pinned_at=None))


async def add(work: Work, row: Message) -> None:
    """Raises: Duplicate, when the sender's `client_id` is there already; the unit goes on."""
    if row.client_id is None:
        await work.db.later(ADD, [msgspec.structs.asdict(row)])
    else:
        await work.db.attempt(ADD, **msgspec.structs.asdict(row))


async def get(work: Work, session_id: Id, message_id: Id) -> Message | None:
    return await work.db.one(BY_ID, session_id=session_id, message_id=message_id)


async def repeated(work: Work, session_id: Id, account_id: Id, client_id: str) -> Message | None:
    """The message that this sender has written with this `client_id`."""
    return await work.db.one(BY_CLIENT_ID, session_id=session_id, account_id=account_id, client_id=client_id)


async def newest(work: Work, session_id: Id, limit: int) -> list[Message]:
    """The last messages, in order of writing."""
    return (await work.db.all(NEWEST, session_id=session_id, limit=limit))[::-1]


async def older(work: Work, session_id: Id, before: Id, limit: int) -> list[Message]:
    """The last messages before one, in order of writing."""
    return (await work.db.all(OLDER, session_id=session_id, before=before, limit=limit))[::-1]


async def newer(work: Work, session_id: Id, after: Id, limit: int) -> list[Message]:
    """The first messages after one, in order of writing."""
    return await work.db.all(NEWER, session_id=session_id, after=after, limit=limit)


async def mark_deleted(work: Work, message_id: Id, by: Id | None) -> bool:
    """Whether it was there until now."""
    return await work.db.run(DELETE, message_id=message_id, at=work.now, by=by) == 1


async def mark_all_deleted(work: Work, session_id: Id, writer: Id, by: Id | None) -> list[Id]:
    """All that somebody wrote and that was there until now, in order of writing."""
    return sorted(await work.db.all(DELETE_ALL_OF, session_id=session_id, writer=writer, at=work.now, by=by))


async def mark_everything_deleted(work: Work, session_id: Id, by: Id | None) -> int:
    """How many messages were there until now."""
    return await work.db.run(DELETE_EVERYTHING, session_id=session_id, at=work.now, by=by)


async def pin(work: Work, message_id: Id, pinned_at: datetime | None) -> bool:
    """Whether it was there, and not so already. None: take it down."""
    if pinned_at is None:
        return await work.db.run(UNPIN, message_id=message_id) == 1
    return await work.db.run(PIN, message_id=message_id, pinned_at=pinned_at) == 1
