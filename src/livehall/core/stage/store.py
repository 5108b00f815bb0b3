"""SQL of those who ask for the stage, and of who has gone from it."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, exists, func, insert, or_, select, update

from livehall.core.audience.model import attendance
from livehall.core.sessions.model import IS_OPEN, session
from livehall.core.sessions.places import StageMember, stage_member
from livehall.core.stage.model import Kind, StageRequest, Status, stage_request
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

SESSION = stage_request.c.session_id == bindparam("session_id", type_=Key)
ACCOUNT = stage_request.c.account_id == bindparam("account_id", type_=Key)
KIND = stage_request.c.kind == bindparam("which_kind", type_=Text)
ROW = stage_request.c.id == bindparam("row", type_=Key)
PENDING = stage_request.c.status == "pending"

ADD = Command(
    insert(stage_request).values({c.name: bindparam(c.name, type_=c.type) for c in stage_request.c})
)
BY_ID = Statement(select(stage_request).where(ROW, SESSION, KIND), StageRequest)
LATEST = Statement(
    select(stage_request).where(SESSION, ACCOUNT, KIND).order_by(stage_request.c.id.desc()).limit(1),
    StageRequest,
)
QUEUE = Statement(
    select(stage_request).where(SESSION, KIND, PENDING).order_by(stage_request.c.id), StageRequest
)
PENDING_OF = Statement(
    select(stage_request).where(SESSION, ACCOUNT, PENDING).order_by(stage_request.c.id), StageRequest
)
POSITION = Statement(
    select(func.count())
    .select_from(stage_request)
    .where(SESSION, KIND, PENDING, stage_request.c.id <= bindparam("row", type_=Key)),
    int,
)
SET_MESSAGE = Command(
    update(stage_request).where(ROW, PENDING).values(message=bindparam("to_message", type_=Text))
)
RESOLVE = Statement(
    update(stage_request)
    .where(ROW, PENDING)
    .values(
        status=bindparam("to_status", type_=Text),
        reason=bindparam("to_reason", type_=Text),
        resolved_by=bindparam("by", type_=Key),
        resolved_at=bindparam("moment", type_=Instant),
    )
    .returning(*stage_request.c),
    StageRequest,
)
EXPIRE_ALL = Command(
    update(stage_request)
    .where(SESSION, PENDING)
    .values(status="expired", resolved_at=bindparam("moment", type_=Instant))
)
CLEAR = Command(
    update(stage_member)
    .where(stage_member.c.session_id == bindparam("session_id", type_=Key), stage_member.c.left_at.is_(None))
    .values(left_at=bindparam("moment", type_=Instant), left_reason="ended")
)
OPEN_SESSION = IS_OPEN
HANDS_UP = Statement(  # a line for each open session; 0 where there is none
    select(session.c.id, session.c.revision, func.count(stage_request.c.id))
    .outerjoin(
        stage_request,
        and_(stage_request.c.session_id == session.c.id, PENDING, stage_request.c.kind == "hand"),
    )
    .where(OPEN_SESSION)
    .group_by(session.c.id),
    lambda *row: row,
)
NAMES = Statement(  # of everybody's connections, the oldest first
    select(attendance.c.visitor_key, attendance.c.display_name)
    .where(
        attendance.c.session_id == bindparam("session_id", type_=Key),
        any_of(attendance.c.visitor_key, "account_ids"),
        attendance.c.source == "live",
        attendance.c.state.in_(("expected", "present", "left")),
    )
    .order_by(attendance.c.id),
    lambda *row: row,
)


def _is_there(session_id: ColumnElement[str], account_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The person has a connection, or had one within the grace period."""
    return exists(
        select(attendance.c.id).where(
            attendance.c.session_id == session_id,
            attendance.c.visitor_key == cast(account_id, Text),
            attendance.c.source == "live",
            or_(
                attendance.c.state.in_(("expected", "present")),
                attendance.c.left_at > bindparam("before", type_=Instant),
            ),
        )
    )


CONNECTED = Statement(
    select(
        exists().where(
            attendance.c.session_id == bindparam("session_id", type_=Key),
            attendance.c.visitor_key == bindparam("account_id", type_=Text),
            attendance.c.source == "live",
            attendance.c.state.in_(("expected", "present")),
        )
    ),
    bool,
)
MEMBERS_GONE = (
    select(stage_member)
    .join(session, session.c.id == stage_member.c.session_id)
    .where(
        OPEN_SESSION,
        stage_member.c.left_at.is_(None),
        stage_member.c.joined_at <= bindparam("before", type_=Instant),
        ~_is_there(stage_member.c.session_id, stage_member.c.account_id),
    )
)
VANISHED_MEMBERS = Statement(MEMBERS_GONE, StageMember)
VANISHED_MEMBERS_OF = Statement(
    MEMBERS_GONE.where(stage_member.c.session_id == bindparam("session_id", type_=Key)), StageMember
)
HANDS_GONE = (
    select(stage_request)
    .join(session, session.c.id == stage_request.c.session_id)
    .where(
        OPEN_SESSION,
        PENDING,
        stage_request.c.kind == "hand",
        stage_request.c.created_at <= bindparam("before", type_=Instant),
        ~_is_there(stage_request.c.session_id, stage_request.c.account_id),
    )
)
VANISHED_HANDS = Statement(HANDS_GONE, StageRequest)
VANISHED_HANDS_OF = Statement(HANDS_GONE.where(SESSION), StageRequest)


async def add(work: Work, row: StageRequest) -> None:
    """Raises: Duplicate (I5); the work must end."""
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def get(work: Work, session_id: Id, kind: Kind, request_id: Id) -> StageRequest | None:
    return await work.db.one(BY_ID, row=request_id, session_id=session_id, which_kind=kind)


async def latest(work: Work, session_id: Id, kind: Kind, account_id: Id) -> StageRequest | None:
    """The last that the person raised, or asked."""
    return await work.db.one(LATEST, session_id=session_id, which_kind=kind, account_id=account_id)


async def queue(work: Work, session_id: Id, kind: Kind) -> list[StageRequest]:
    """Those pending, in the order of asking."""
    return await work.db.all(QUEUE, session_id=session_id, which_kind=kind)


async def pending_of(work: Work, session_id: Id, account_id: Id) -> list[StageRequest]:
    """What a person has pending, of either kind."""
    return await work.db.all(PENDING_OF, session_id=session_id, account_id=account_id)


async def position(work: Work, row: StageRequest) -> int | None:
    """The place in the queue, from 1; None for one that is not pending."""
    if not row.is_pending:
        return None
    return await work.db.one(POSITION, session_id=row.session_id, which_kind=row.kind, row=row.id)


async def set_message(work: Work, row: StageRequest, message: str) -> StageRequest:
    await work.db.run(SET_MESSAGE, row=row.id, to_message=message)
    return msgspec.structs.replace(row, message=message)


async def resolve(
    work: Work, request_id: Id, status: Status, *, reason: str | None, by: Id | None
) -> StageRequest | None:
    """None, when it is not pending any more."""
    return await work.db.one(
        RESOLVE, row=request_id, to_status=status, to_reason=reason, by=by, moment=work.now
    )


async def close_all(work: Work, session_id: Id) -> None:
    """The session is over: nobody sits, nobody asks (I17)."""
    await work.db.run(EXPIRE_ALL, session_id=session_id, moment=work.now)
    await work.db.run(CLEAR, session_id=session_id, moment=work.now)


async def names(work: Work, session_id: Id, account_ids: set[Id]) -> dict[Id, str]:
    """How people are called in the session, by their last connection."""
    if not account_ids:
        return {}
    return dict(await work.db.all(NAMES, session_id=session_id, account_ids=sorted(account_ids)))


async def is_connected(work: Work, session_id: Id, account_id: Id) -> bool:
    """Whether the person is there, or about to be."""
    found = await work.db.one(CONNECTED, session_id=session_id, account_id=account_id)
    return bool(found)


async def vanished_members(work: Work, before: datetime) -> list[StageMember]:
    """Seats, in all open sessions, of people who have been without any connection since then."""
    return await work.db.all(VANISHED_MEMBERS, before=before)


async def vanished_members_of(work: Work, session_id: Id, before: datetime) -> list[StageMember]:
    return await work.db.all(VANISHED_MEMBERS_OF, session_id=session_id, before=before)


async def vanished_hands(work: Work, before: datetime) -> list[StageRequest]:
    return await work.db.all(VANISHED_HANDS, before=before)


async def vanished_hands_of(work: Work, session_id: Id, before: datetime) -> list[StageRequest]:
    return await work.db.all(VANISHED_HANDS_OF, session_id=session_id, before=before)


async def hands_up(work: Work) -> list[tuple[Id, int, int]]:
    """Of each open session: (session, revision, pending hands); in one query."""
    return await work.db.all(HANDS_UP)
