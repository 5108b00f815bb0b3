"""Who is kept out of a session. `core.moderation` decides; this keeps, so that every door can ask.

A ban covers an account and the devices that it was seen on (C16), so that registering anew there does not
help. It begins with its row and ends by itself at `expires_at`, or when it is lifted; nothing has to run.
The staff who share a device with a banned person are not kept out by it (`standings` sees to that).
"""

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from livehall.kernel.actor import Actor
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, metadata, only
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

ban = Table(
    "ban",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, nullable=False),
    Column("reason", Text),
    Column("banned_by", Key, nullable=False),
    Column("banned_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("lifted_at", Instant),
    Column("lifted_by", Key),
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="ban_session"
    ),
    ForeignKeyConstraint(["account_id"], ["account.id"], name="ban_account"),
    CheckConstraint("expires_at > banned_at", name="ban_times"),
)
UNLIFTED = text("lifted_at is null")
Index(  # I8
    "ban_open", ban.c.session_id, ban.c.account_id, unique=True, **only(UNLIFTED)
)

ban_device = Table(
    "ban_device",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ban_id", Key, ForeignKey("ban.id"), nullable=False),
    Column("session_id", Key, nullable=False),
    Column("device_key", Text, nullable=False),
    UniqueConstraint("ban_id", "device_key", name="ban_device_once"),
)
Index("ban_device_key", ban_device.c.session_id, ban_device.c.device_key)


class Ban(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id
    reason: str | None
    banned_by: Id
    banned_at: datetime
    expires_at: datetime | None
    lifted_at: datetime | None
    lifted_by: Id | None


SESSION_ID = bindparam("session_id", type_=Key)
ACCOUNT = bindparam("account_id", type_=Key)
MOMENT = bindparam("moment", type_=Instant)
UNLIFTED_ROW = ban.c.lifted_at.is_(None)
IN_FORCE = (UNLIFTED_ROW, or_(ban.c.expires_at.is_(None), ban.c.expires_at > MOMENT))
OF_PERSON = or_(
    ban.c.account_id == ACCOUNT,
    exists(
        select(ban_device.c.id).where(
            ban_device.c.ban_id == ban.c.id,
            ban_device.c.device_key == bindparam("device_key", type_=Text),
        )
    ),
)
AGAINST_PERSON = select(ban).where(any_of(ban.c.session_id, "session_ids"), OF_PERSON, *IN_FORCE)
AGAINST = Statement(  # the account's own before those of its device
    AGAINST_PERSON.order_by(case((ban.c.account_id == ACCOUNT, 0), else_=1), ban.c.banned_at), Ban
)
AMONG = Statement(
    select(ban.c.session_id).where(any_of(ban.c.session_id, "session_ids"), *IN_FORCE).distinct(), str
)
OF_ACCOUNT = Statement(
    select(ban).where(ban.c.session_id == SESSION_ID, ban.c.account_id == ACCOUNT, *IN_FORCE), Ban
)
IN_SESSION = Statement(
    select(ban).where(ban.c.session_id == SESSION_ID).order_by(ban.c.banned_at, ban.c.id), Ban
)
ADD = Command(insert(ban).values({c.name: bindparam(c.name, type_=c.type) for c in ban.c}))
ADD_DEVICE = Command(
    insert(ban_device).values({c.name: bindparam(c.name, type_=c.type) for c in ban_device.c})
)
LIFT = Command(
    update(ban)
    .where(ban.c.id == bindparam("which", type_=Key), UNLIFTED_ROW)
    .values(lifted_at=MOMENT, lifted_by=bindparam("by", type_=Key))
)
CLOSE_EXPIRED = Command(  # gives the place in I8 free
    update(ban)
    .where(ban.c.session_id == SESSION_ID, ban.c.account_id == ACCOUNT, UNLIFTED_ROW)
    .where(ban.c.expires_at <= MOMENT)
    .values(lifted_at=ban.c.expires_at)
)


async def against(
    work: Work, session_ids: Collection[Id], account_id: Id | None, device_key: str | None
) -> dict[Id, Ban]:
    """The bans that keep this account, or this device, out of each of these sessions now."""
    found = await work.db.all(
        AGAINST,
        session_ids=sorted(session_ids),
        account_id=account_id,
        device_key=device_key,
        moment=work.now,
    )
    first: dict[Id, Ban] = {}
    for row in found:
        first.setdefault(row.session_id, row)
    return first


async def among(work: Work, session_ids: Collection[Id]) -> set[Id]:
    """Those of these sessions that keep anybody out now."""
    if not session_ids:
        return set()
    return set(await work.db.all(AMONG, session_ids=sorted(session_ids), moment=work.now))


async def of_actor(work: Work, session_id: Id, actor: Actor) -> Ban | None:
    return (await against(work, {session_id}, actor.account_id, actor.visitor_key)).get(session_id)


async def of_account(work: Work, session_id: Id, account_id: Id) -> Ban | None:
    """The ban in force that was spoken against this account itself."""
    return await work.db.one(OF_ACCOUNT, session_id=session_id, account_id=account_id, moment=work.now)


async def in_session(work: Work, session_id: Id) -> list[Ban]:
    """All that were ever spoken, in their order."""
    return await work.db.all(IN_SESSION, session_id=session_id)


async def add(work: Work, row: Ban, device_keys: Iterable[str]) -> None:
    """Raises: Duplicate (I8), and the unit goes on."""
    await work.db.run(CLOSE_EXPIRED, session_id=row.session_id, account_id=row.account_id, moment=work.now)
    await work.db.attempt(ADD, **msgspec.structs.asdict(row))
    for key in device_keys:
        await work.db.run(ADD_DEVICE, id=new_id(), ban_id=row.id, session_id=row.session_id, device_key=key)


async def lift(work: Work, ban_id: Id, by: Id | None) -> bool:
    """False, when it was lifted before."""
    return await work.db.run(LIFT, which=ban_id, moment=work.now, by=by) == 1
