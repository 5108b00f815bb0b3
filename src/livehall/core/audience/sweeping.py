"""SQL of what time alone does to live attendance: who never came, who waits no more, who fell silent."""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select

from livehall.core.audience.model import IS_UNSETTLED, Attendance, attendance
from livehall.core.audience.store import LIVE, PRESENT, WAITING
from livehall.core.rooms.model import room
from livehall.core.sessions.model import IS_OPEN, session
from livehall.kernel.db import Command, Instant, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

NEVER_SEEN = attendance.c.joined_at.is_(None)
BEFORE = attendance.c.last_seen_at < bindparam("before", type_=Instant)

FORGET_UNSEEN = Command(
    delete(attendance).where(
        IS_UNSETTLED,
        LIVE,
        NEVER_SEEN,
        or_(
            and_(attendance.c.state == "expected", attendance.c.admitted_at.is_(None), BEFORE),
            and_(
                attendance.c.state == "left",
                attendance.c.turned_away.is_(False),  # else a late connection would be a stranger's
                attendance.c.last_seen_at < bindparam("long_before", type_=Instant),
            ),
        ),
    )
)
WAITED = Statement(
    select(attendance).where(IS_UNSETTLED, LIVE, WAITING, BEFORE).with_for_update(skip_locked=True),
    Attendance,
)
SILENT = Statement(
    select(attendance)
    .where(
        IS_UNSETTLED,
        attendance.c.last_seen_at < bindparam("before", type_=Instant),
        LIVE,
        PRESENT,
        attendance.c.callback.is_(None),  # of these only the customer's media vendor hears
        or_(
            and_(attendance.c.connection_id.is_(None), BEFORE),
            attendance.c.last_seen_at < bindparam("long_before", type_=Instant),
        ),
    )
    .with_for_update(skip_locked=True),
    Attendance,
)
IN_SESSION = attendance.c.session_id == session.c.id
LAST_THERE = (
    select(func.max(func.coalesce(attendance.c.left_at, attendance.c.joined_at)))
    .where(IN_SESSION, LIVE, attendance.c.joined_at.is_not(None))
    .scalar_subquery()
)
WITHOUT_ANYBODY = Statement(
    select(session.c.id, session.c.started_at, LAST_THERE, room.c.idle_limit_s)
    .join(room, session.c.room_id == room.c.id)
    .where(
        IS_OPEN,
        session.c.status == "live",
        session.c.deleted_at.is_(None),
        room.c.kind == "meeting",
        ~exists().where(IN_SESSION, or_(PRESENT, WAITING), LIVE),
    ),
    lambda *row: row,
)
UNVISITED = timedelta(days=1)  # as long as the token holds by which a meeting begins


async def empty_meetings(work: Work) -> list[Id]:
    """Meetings that everybody has left for their room's limit, or to which nobody has come."""
    return [
        session_id
        for session_id, began, last, limit_s in await work.db.all(WITHOUT_ANYBODY)
        if work.now >= (last + timedelta(seconds=limit_s) if last is not None else began + UNVISITED)
    ]


async def forget_unseen(work: Work, *, before: datetime, long_before: datetime) -> int:
    """Remove who was expected and never came, and what *left* without ever having *joined*."""
    return await work.db.run(FORGET_UNSEEN, before=before, long_before=long_before)


async def silent(work: Work, *, before: datetime, long_before: datetime) -> list[Attendance]:
    """Present ones not heard of since `before`, or since `long_before` if they have a connection."""
    return await work.db.all(SILENT, before=before, long_before=long_before)


async def waited(work: Work, *, before: datetime) -> list[Attendance]:
    """Who waits and was not heard of since."""
    return await work.db.all(WAITED, before=before)
