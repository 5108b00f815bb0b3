"""Seats on stage: who sits there, and with which rights. `core.stage` decides; this keeps."""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from livehall.core.sessions.rights import Place
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, metadata, only
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

Via = Literal["role", "hand", "join_request", "added"]
LeftReason = Literal["left", "removed", "banned", "ended", "disconnected"]

stage_member = Table(
    "stage_member",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, nullable=False),
    Column("request_id", Key),
    Column("via", Text, nullable=False),
    Column("may_audio", Boolean, nullable=False),
    Column("may_video", Boolean, nullable=False),
    Column("may_screen", Boolean, nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("left_at", Instant),
    Column("left_reason", Text),
    Column("requests_blocked", Boolean, nullable=False),  # after a removal: no further hands or requests
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="stage_session"
    ),
    ForeignKeyConstraint(["account_id"], ["account.id"], name="stage_account"),
    CheckConstraint("via in ('role','hand','join_request','added')", name="stage_via"),
    CheckConstraint(
        "left_reason in ('left','removed','banned','ended','disconnected')", name="stage_left_reason"
    ),
    CheckConstraint("(left_at is null) = (left_reason is null)", name="stage_left"),
)
SEATED = text("left_at is null")
Index(  # I5
    "stage_seat", stage_member.c.session_id, stage_member.c.account_id, unique=True, **only(SEATED)
)
Index("stage_of_session", stage_member.c.session_id, stage_member.c.account_id, stage_member.c.joined_at)


class StageMember(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id
    request_id: Id | None
    via: Via
    may_audio: bool
    may_video: bool
    may_screen: bool
    joined_at: datetime
    left_at: datetime | None
    left_reason: LeftReason | None
    requests_blocked: bool

    @property
    def place(self) -> Place:
        return Place(audio=self.may_audio, video=self.may_video, screen=self.may_screen)


OPEN = stage_member.c.left_at.is_(None)
SESSION_ID = bindparam("session_id", type_=Key)
ACCOUNT = bindparam("account_id", type_=Key)
SEAT_OF_PERSON = select(stage_member).where(
    any_of(stage_member.c.session_id, "session_ids"), stage_member.c.account_id == ACCOUNT, OPEN
)
OF_PERSON = Statement(SEAT_OF_PERSON, StageMember)
SEATS = Statement(
    select(stage_member)
    .where(stage_member.c.session_id == SESSION_ID, OPEN)
    .order_by(stage_member.c.joined_at, stage_member.c.id),
    StageMember,
)
TAKEN = Statement(
    select(func.count()).select_from(stage_member).where(stage_member.c.session_id == SESSION_ID, OPEN), int
)
LATEST = Statement(
    select(stage_member)
    .where(stage_member.c.session_id == SESSION_ID, stage_member.c.account_id == ACCOUNT)
    .order_by(stage_member.c.joined_at.desc(), stage_member.c.id.desc())
    .limit(1),
    StageMember,
)
ADD = Command(insert(stage_member).values({c.name: bindparam(c.name, type_=c.type) for c in stage_member.c}))
LEAVE = Statement(
    update(stage_member)
    .where(stage_member.c.id == bindparam("which", type_=Key), OPEN)
    .values(
        left_at=bindparam("moment", type_=Instant),
        left_reason=bindparam("reason", type_=Text),
        requests_blocked=bindparam("is_blocked", type_=Boolean),
    )
    .returning(*stage_member.c),
    StageMember,
)
PERMIT = Statement(
    update(stage_member)
    .where(stage_member.c.id == bindparam("which", type_=Key), OPEN)
    .values(
        may_audio=bindparam("audio", type_=Boolean),
        may_video=bindparam("video", type_=Boolean),
        may_screen=bindparam("screen", type_=Boolean),
    )
    .returning(*stage_member.c),
    StageMember,
)


async def of_person(work: Work, session_ids: set[Id], account_id: Id) -> dict[Id, StageMember]:
    """The open seat of one person in each of these sessions."""
    rows = await work.db.all(OF_PERSON, session_ids=sorted(session_ids), account_id=account_id)
    return {row.session_id: row for row in rows}


async def seats(work: Work, session_id: Id) -> list[StageMember]:
    """Who is on stage, in the order of coming."""
    return await work.db.all(SEATS, session_id=session_id)


async def taken(work: Work, session_id: Id) -> int:
    """How many sit on stage; the host has no seat."""
    return await work.db.one(TAKEN, session_id=session_id) or 0


async def latest(work: Work, session_id: Id, account_id: Id) -> StageMember | None:
    """The last seat of a person, open or left."""
    return await work.db.one(LATEST, session_id=session_id, account_id=account_id)


async def add(work: Work, row: StageMember) -> None:
    """Raises: Duplicate (I5); the work must end."""
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def leave(
    work: Work, member_id: Id, reason: LeftReason, *, requests_blocked: bool = False
) -> StageMember | None:
    """Close a seat; None when it was closed before."""
    return await work.db.one(
        LEAVE, which=member_id, moment=work.now, reason=reason, is_blocked=requests_blocked
    )


async def permit(work: Work, member_id: Id, place: Place) -> StageMember | None:
    """Set what the holder may publish; None when the seat is closed."""
    return await work.db.one(
        PERMIT, which=member_id, audio=place.audio, video=place.video, screen=place.screen
    )
