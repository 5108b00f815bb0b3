"""SQL of the waiting room: who stands before the door, and who is let in."""

import msgspec
from sqlalchemy import Integer, bindparam, func, select, update

from livehall.core.audience.model import Attendance, attendance
from livehall.core.audience.store import LIVE, ROW, SESSION, VISITOR, WAITING
from livehall.kernel.db import Command, Instant, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

WAITING_IN = Statement(
    select(attendance)
    .where(SESSION, LIVE, WAITING)
    .order_by(attendance.c.created_at, attendance.c.id)
    .offset(bindparam("offset", type_=Integer))
    .limit(bindparam("limit", type_=Integer)),
    Attendance,
)
WAITING_COUNT = Statement(select(func.count()).select_from(attendance).where(SESSION, LIVE, WAITING), int)
BEFORE_THE_DOOR = Statement(
    select(attendance)
    .where(SESSION, VISITOR, LIVE, attendance.c.state.in_(("waiting", "denied")))
    .order_by(attendance.c.created_at, attendance.c.id)
    .with_for_update(),
    Attendance,
)
ADMIT = Command(
    update(attendance)
    .where(ROW, attendance.c.state.in_(("waiting", "denied")))
    .values(
        state="expected",
        admitted_at=bindparam("now", type_=Instant),
        last_seen_at=bindparam("now", type_=Instant),
    )
)
DENY = Command(update(attendance).where(ROW, WAITING).values(state="denied"))
STILL_WAITS = Command(
    update(attendance).where(ROW, WAITING).values(last_seen_at=bindparam("now", type_=Instant))
)


async def waiting_in(
    work: Work, session_id: Id, *, offset: int = 0, limit: int
) -> tuple[list[Attendance], int]:
    """Who waits, the longest first: a page, and how many in all."""
    rows = await work.db.all(WAITING_IN, session_id=session_id, offset=offset, limit=limit)
    return rows, await work.db.one(WAITING_COUNT, session_id=session_id) or 0


async def before_the_door(work: Work, session_id: Id, visitor_key: str) -> list[Attendance]:
    """A person's rows that are waiting or denied."""
    return await work.db.all(BEFORE_THE_DOOR, session_id=session_id, visitor_key=visitor_key)


async def admit(work: Work, row: Attendance) -> Attendance | None:
    """From before the door to being expected; None, when it is not there any more."""
    if await work.db.run(ADMIT, row=row.id, now=work.now) != 1:
        return None
    return msgspec.structs.replace(row, state="expected", admitted_at=work.now, last_seen_at=work.now)


async def deny(work: Work, row: Attendance) -> bool:
    """False for one that does not wait any more."""
    return await work.db.run(DENY, row=row.id) == 1


async def still_waits(work: Work, attendance_id: Id) -> None:
    await work.db.run(STILL_WAITS, row=attendance_id, now=work.now)
