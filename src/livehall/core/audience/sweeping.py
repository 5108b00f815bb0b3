"""SQL of what time alone does to live attendance: who never came, who waits no more, who fell silent."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, or_, select

from livehall.core.audience.model import IS_UNSETTLED, Attendance, attendance
from livehall.core.audience.store import LIVE, PRESENT, WAITING
from livehall.kernel.db import Command, Instant, Statement
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


async def forget_unseen(work: Work, *, before: datetime, long_before: datetime) -> int:
    """Remove who was expected and never came, and what *left* without ever having *joined*."""
    return await work.db.run(FORGET_UNSEEN, before=before, long_before=long_before)


async def silent(work: Work, *, before: datetime, long_before: datetime) -> list[Attendance]:
    """Present ones not heard of since `before`, or since `long_before` if they have a connection."""
    return await work.db.all(SILENT, before=before, long_before=long_before)


async def waited(work: Work, *, before: datetime) -> list[Attendance]:
    """Who waits and was not heard of since."""
    return await work.db.all(WAITED, before=before)
