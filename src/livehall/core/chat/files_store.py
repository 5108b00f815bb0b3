"""SQL of the chat's files."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, and_, bindparam, delete, func, insert, or_, select, update

from livehall.core.chat.files_model import ChatFile, chat_file
from livehall.core.messages.model import message
from livehall.core.sessions.model import session
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

WHICH = chat_file.c.id == bindparam("which", type_=Key)
IS_READY = chat_file.c.state == "ready"
UNSENT = chat_file.c.message_id.is_(None)

ADD = Command(insert(chat_file).values({c.name: bindparam(c.name, type_=c.type) for c in chat_file.c}))
BY_ID = Statement(select(chat_file).where(WHICH, IS_READY), ChatFile)
OF_PERSON = Statement(
    select(func.count()).where(
        chat_file.c.session_id == bindparam("session_id", type_=Key),
        chat_file.c.account_id == bindparam("account_id", type_=Key),
    ),
    int,
)
READY = Command(
    update(chat_file).where(WHICH).values(state="ready", size=bindparam("bytes", type_=BigInteger))
)
ATTACH = Command(
    update(chat_file)
    .where(
        WHICH,
        IS_READY,
        UNSENT,
        chat_file.c.session_id == bindparam("session_id", type_=Key),
        chat_file.c.account_id == bindparam("account_id", type_=Key),
    )
    .values(message_id=bindparam("of_message", type_=Key))
)
OF_MESSAGES = Statement(select(chat_file).where(any_of(chat_file.c.message_id, "message_ids")), ChatFile)
LEFT = Statement(
    select(chat_file)
    .join(session, session.c.id == chat_file.c.session_id)
    .outerjoin(message, message.c.id == chat_file.c.message_id)
    .where(
        or_(
            session.c.deleted_at.is_not(None),
            message.c.deleted_at.is_not(None),
            and_(UNSENT, chat_file.c.created_at < bindparam("before", type_=Instant)),
        )
    )
    .order_by(chat_file.c.id)
    .limit(100),
    ChatFile,
)
FORGET = Command(delete(chat_file).where(WHICH))


async def add(work: Work, row: ChatFile) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def get(work: Work, file_id: Id) -> ChatFile | None:
    """Of a file that is ready."""
    return await work.db.one(BY_ID, which=file_id)


async def number_of(work: Work, session_id: Id, account_id: Id) -> int:
    """How many files one person has brought into a session."""
    return await work.db.one(OF_PERSON, session_id=session_id, account_id=account_id) or 0


async def ready(work: Work, file_id: Id, size: int) -> None:
    await work.db.run(READY, which=file_id, bytes=size)


async def attach(work: Work, file_id: Id, session_id: Id, account_id: Id, message_id: Id) -> bool:
    """Whether it was this person's, of this session, ready, and not sent yet."""
    changed = await work.db.run(
        ATTACH, which=file_id, session_id=session_id, account_id=account_id, of_message=message_id
    )
    return changed == 1


async def of_messages(work: Work, message_ids: Collection[Id]) -> dict[Id, ChatFile]:
    """By message, in one query."""
    if not message_ids:
        return {}
    found = await work.db.all(OF_MESSAGES, message_ids=sorted(message_ids))
    return {row.message_id: row for row in found if row.message_id is not None}


async def left(work: Work, before: datetime) -> list[ChatFile]:
    """Some of those that nobody can reach any more, or that were brought before and never sent."""
    return await work.db.all(LEFT, before=before)


async def forget(work: Work, file_id: Id) -> None:
    await work.db.run(FORGET, which=file_id)
