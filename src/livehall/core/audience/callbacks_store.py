"""SQL of what a customer's own media vendor tells of the guests of a meeting."""

from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, case, cast, func, select, update

from livehall.core.audience.model import Attendance, attendance
from livehall.core.audience.store import LIVE, ROW, SEEN, SESSION, VISITOR
from livehall.core.sessions import meetings_store as meetings
from livehall.core.sessions.model import session
from livehall.kernel.db import Command, Instant, Json, Statement, gathered, rows_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One interval of somebody who was there."""

    id: Id
    visitor_key: str
    state: str
    created_at: datetime
    changed_at: datetime | None  # when it ended, or was heard of last; None: not since it began
    callback: str | None  # JSON, as it is stored


OF_GUEST = Statement(
    select(attendance)
    .where(SESSION, VISITOR, LIVE, attendance.c.callback.is_not(None))
    .order_by(attendance.c.id.desc())
    .limit(1)
    .with_for_update(),
    Attendance,
)
COUNT = Statement(
    select(func.count()).select_from(attendance).where(SESSION, attendance.c.callback.is_not(None)), int
)
NOTE = Command(
    update(attendance)
    .where(ROW)
    .values(callback=bindparam("payload", type_=Json), last_seen_at=bindparam("now", type_=Instant))
)
LEFT_AT, SEEN_AT = attendance.c.left_at, attendance.c.last_seen_at
CHANGED = case((SEEN_AT > LEFT_AT, SEEN_AT), else_=func.coalesce(LEFT_AT, SEEN_AT))  # the later one (L36)
ALL = gathered(
    attendance.c.id,
    attendance.c.visitor_key,
    attendance.c.state,
    attendance.c.created_at,
    case((attendance.c.created_at < CHANGED, CHANGED)),
    cast(attendance.c.callback, Text),
)
read_all = rows_of(Seen)


def _meeting(session_id: Id, rows: str) -> tuple[Id, list[Seen]]:
    return session_id, sorted(read_all(rows), key=attrgetter("id"))


OF_MEETING = meetings.linked(
    _meeting,
    session.c.id,
    select(ALL).where(attendance.c.session_id == session.c.id, LIVE, SEEN).scalar_subquery(),
)


async def seen(work: Work, link: str) -> tuple[Id, list[Seen]]:
    """The meeting behind a link, and every interval of those who were there live, in the order of coming.

    Raises: SessionNotFound.
    """
    return await meetings.by(work, OF_MEETING, link)


async def last_of(work: Work, session_id: Id, visitor_key: str) -> Attendance | None:
    """The last row that callbacks have made for somebody, held until the work ends."""
    return await work.db.one(OF_GUEST, session_id=session_id, visitor_key=visitor_key)


async def count(work: Work, session_id: Id) -> int:
    """How many rows callbacks have made in a meeting."""
    return await work.db.one(COUNT, session_id=session_id) or 0


async def note(work: Work, attendance_id: Id, payload: dict[str, Any]) -> None:
    """What was told last of an interval."""
    await work.db.run(NOTE, row=attendance_id, payload=payload, now=work.now)
