"""Who is kept out of a session. `core.moderation` decides; this keeps, so that every door can ask.

A ban covers an account and the devices that it was seen on (C16), so that registering anew there does not
help.
"""

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
    insert,
    or_,
    select,
    text,
)

from livehall.kernel.actor import Actor
from livehall.kernel.db import Command, Instant, Key, Statement, metadata
from livehall.kernel.ids import Id
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
    "ban_open",
    ban.c.session_id,
    ban.c.account_id,
    unique=True,
    postgresql_where=UNLIFTED,
    sqlite_where=UNLIFTED,
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
IN_FORCE = (
    ban.c.lifted_at.is_(None),
    or_(ban.c.expires_at.is_(None), ban.c.expires_at > bindparam("moment", type_=Instant)),
)
OF_PERSON = Statement(
    select(ban)
    .where(
        ban.c.session_id == SESSION_ID,
        or_(
            ban.c.account_id == bindparam("account_id", type_=Key),
            ban.c.id.in_(
                select(ban_device.c.ban_id).where(
                    ban_device.c.session_id == SESSION_ID,
                    ban_device.c.device_key == bindparam("device_key", type_=Text),
                )
            ),
        ),
        *IN_FORCE,
    )
    .order_by(ban.c.banned_at)
    .limit(1),
    Ban,
)
ADD = Command(insert(ban).values({c.name: bindparam(c.name, type_=c.type) for c in ban.c}))
ADD_DEVICE = Command(
    insert(ban_device).values({c.name: bindparam(c.name, type_=c.type) for c in ban_device.c})
)


async def in_force(work: Work, session_id: Id, account_id: Id | None, device_key: str | None) -> Ban | None:
    """The ban that keeps this account, or this device, out of the session now."""
    return await work.db.one(
        OF_PERSON, session_id=session_id, account_id=account_id, device_key=device_key, moment=work.now
    )


async def of_actor(work: Work, session_id: Id, actor: Actor) -> Ban | None:
    return await in_force(work, session_id, actor.account_id, actor.visitor_key)
