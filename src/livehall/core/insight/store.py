"""SQL of figures over many sessions: one aggregate each, whatever the number of rows."""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Float, Integer, Subquery, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement

from livehall.core.audience.figures import GRACE
from livehall.core.audience.model import UNCOUNTED, attendance
from livehall.core.recordings.model import asset, recording
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import room
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Instant, Statement
from livehall.kernel.work import Work

UPCOMING = 5


class seconds_between(ColumnElement[float]):  # noqa: N801  # reads as SQL
    """How long after one instant another one is."""

    inherit_cache = False
    type = Float()

    def __init__(self, start: ColumnElement[datetime], end: ColumnElement[datetime]) -> None:
        self.start, self.end = start, end


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: seconds_between, compiler: SQLCompiler, **options: object) -> str:
    start, end = (compiler.process(each, **options) for each in (element.start, element.end))
    return f"(({end}) - ({start})) / 1000.0"  # an instant is kept in milliseconds


@compiles(seconds_between, "postgresql")
def _seconds_postgres(element: seconds_between, compiler: SQLCompiler, **options: object) -> str:
    start, end = (compiler.process(each, **options) for each in (element.start, element.end))
    return f"extract(epoch from (({end}) - ({start})))::float8"


def later(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((one >= other, one), else_=other)


def earlier(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((one <= other, one), else_=other)


def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)


SINCE, UNTIL, NOW = (bindparam(name, type_=Instant) for name in ("since", "until", "now"))
OWN = and_(rooms.ALIVE, rooms.SCOPE, rooms.IS_MINE)
"""The actor's rooms; an administrator's are those of the organization."""

IN_OWN = session.join(room, session.c.room_id == room.c.id)
LASTING = session.c.deleted_at.is_(None)
BEGINS = func.coalesce(session.c.started_at, session.c.scheduled_start_at, session.c.created_at)
IN_PERIOD = and_(BEGINS >= SINCE, BEGINS < UNTIL)
IS_LIVE = session.c.status == "live"
ON_AIR_IN_PERIOD = and_(
    session.c.started_at < UNTIL, or_(session.c.ended_at.is_(None), session.c.ended_at >= SINCE)
)

ROOMS = Statement(select(func.count()).select_from(room).where(OWN), int)


class SessionFigures(msgspec.Struct, frozen=True):
    total: int
    live: int
    scheduled: int
    ended: int
    current_viewers: int
    peak_viewers: int


def union(intervals: Subquery) -> tuple[Subquery, ColumnElement[float]]:
    """I13: intervals in order, and the seconds that each adds to what those before it cover.

    `intervals` has `id`, `session_id`, `visitor_key`, `start`, `end`; a gap of up to `GRACE` is watched, too.
    """
    ordered = (
        select(
            intervals.c.session_id,
            intervals.c.visitor_key,
            intervals.c.start,
            intervals.c.end,
            func.max(intervals.c.end)
            .over(
                partition_by=(intervals.c.session_id, intervals.c.visitor_key),
                order_by=(intervals.c.start, intervals.c.end, intervals.c.id),
                rows=(None, -1),
            )
            .label("reached"),
        )
        .where(intervals.c.end >= intervals.c.start)
        .subquery()
    )
    whole = seconds_between(ordered.c.start, ordered.c.end)
    added: ColumnElement[float] = case(
        (ordered.c.reached.is_(None), whole),
        (seconds_between(ordered.c.reached, ordered.c.start) > GRACE.total_seconds(), whole),
        (ordered.c.end > ordered.c.reached, seconds_between(ordered.c.reached, ordered.c.end)),
        else_=0.0,
    )
    return ordered, added


SESSIONS = Statement(
    select(
        counted(IN_PERIOD),
        counted(IS_LIVE),
        counted(session.c.status == "scheduled"),
        counted(and_(session.c.ended_at >= SINCE, session.c.ended_at < UNTIL)),
        func.coalesce(func.sum(case((IS_LIVE, session.c.viewer_count), else_=0)), 0).cast(Integer),
        func.coalesce(func.max(case((ON_AIR_IN_PERIOD, session.c.max_viewers), else_=0)), 0),
    )
    .select_from(IN_OWN)
    .where(OWN, LASTING),
    SessionFigures,
)
NEXT = Statement(
    select(session)
    .select_from(IN_OWN)
    .where(OWN, LASTING, session.c.status == "scheduled", session.c.scheduled_start_at >= NOW)
    .order_by(session.c.scheduled_start_at, session.c.id)
    .limit(UPCOMING),
    Session,
)

# I13, C15: the union of each person's intervals, gaps of up to 30 s filled. What an interval adds to the
# union is what lies behind the furthest end of those that began before it.
START = later(attendance.c.joined_at, later(session.c.started_at, SINCE))
END = earlier(
    func.coalesce(attendance.c.left_at, NOW), earlier(func.coalesce(session.c.ended_at, NOW), UNTIL)
)
INTERVALS = (
    select(
        attendance.c.id.label("id"),
        attendance.c.session_id.label("session_id"),
        attendance.c.visitor_key.label("visitor_key"),
        START.label("start"),
        END.label("end"),
    )
    .select_from(IN_OWN.join(attendance, attendance.c.session_id == session.c.id))
    .where(
        OWN,
        LASTING,
        ON_AIR_IN_PERIOD,
        attendance.c.source == "live",
        attendance.c.role.not_in(UNCOUNTED),
        attendance.c.joined_at < UNTIL,
    )
    .subquery()
)
ORDERED, ADDED = union(INTERVALS)


class Watched(msgspec.Struct, frozen=True):
    people: int
    seconds: float


WATCHED = Statement(
    select(func.count(ORDERED.c.visitor_key.distinct()), func.coalesce(func.sum(ADDED), 0.0)), Watched
)


class Recorded(msgspec.Struct, frozen=True):
    recordings: int
    bytes: int


KEPT = recording.c.deleted_at.is_(None)
RECORDED = Statement(
    select(
        counted(and_(recording.c.created_at >= SINCE, recording.c.created_at < UNTIL)),
        func.coalesce(func.sum(case((asset.c.state == "ready", asset.c.size), else_=0)), 0).cast(BigInteger),
    )
    .select_from(
        recording.join(room, recording.c.room_id == room.c.id).outerjoin(
            asset, asset.c.recording_id == recording.c.id
        )
    )
    .where(OWN, KEPT),
    Recorded,
)


async def count_rooms(work: Work) -> int:
    return await work.db.one(ROOMS, **rooms.visible_to(work.actor)) or 0


async def sessions(work: Work, since: datetime, until: datetime) -> SessionFigures:
    found = await work.db.one(SESSIONS, **rooms.visible_to(work.actor), since=since, until=until)
    assert found is not None, "an aggregate has a row"
    return found


async def upcoming(work: Work) -> list[Session]:
    """The next ones that are announced, soonest first."""
    return await work.db.all(NEXT, **rooms.visible_to(work.actor), now=work.now)


async def watched(work: Work, since: datetime, until: datetime) -> Watched:
    """Distinct people of the audience, and how long they watched live."""
    found = await work.db.one(WATCHED, **rooms.visible_to(work.actor), since=since, until=until, now=work.now)
    assert found is not None, "an aggregate has a row"
    return found


async def recorded(work: Work, since: datetime, until: datetime) -> Recorded:
    """Recordings made in the period; bytes of all that are kept."""
    found = await work.db.one(RECORDED, **rooms.visible_to(work.actor), since=since, until=until)
    assert found is not None, "an aggregate has a row"
    return found
