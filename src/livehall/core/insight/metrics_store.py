"""SQL of the figures of sessions: a constant number of statements for any number of sessions.

Definitions: `domain`, Figures. Who monitors is in none of them. What counts on air is cut to it; a person's
time is the union of their intervals (I13), with gaps of up to 30 s filled (C15).
"""

from datetime import datetime

import msgspec
from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    distinct,
    exists,
    func,
    or_,
    select,
    update,
)

from livehall.core.audience.model import attendance
from livehall.core.insight.store import earlier, later, union
from livehall.core.invitees.store import WHO
from livehall.core.messages.model import message
from livehall.core.participants.model import participant
from livehall.core.polls.model import poll, poll_vote
from livehall.core.recordings.model import recording
from livehall.core.sessions.model import IS_OPEN, session
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

LEAST_REPLAY_MS = 5000  # of media, in one go: a replay view
AUDIENCE = ("viewer", "speaker")
NOW = bindparam("now", type_=Instant)

COUNTED = attendance.c.role != "monitor"
WAS_THERE: ColumnElement[bool] = and_(attendance.c.source == "live", attendance.c.joined_at.is_not(None))
WATCHED: ColumnElement[bool] = and_(
    attendance.c.source == "replay", attendance.c.watched_ms >= LEAST_REPLAY_MS
)

PEOPLE = Statement(
    select(
        attendance.c.session_id,
        func.count(distinct(case((WAS_THERE, attendance.c.visitor_key)))),
        func.count(distinct(case((WATCHED, attendance.c.visitor_key)))),
    )
    .where(any_of(attendance.c.session_id, "session_ids"), COUNTED)
    .group_by(attendance.c.session_id),
    lambda *row: row,
)
"""(session, attendees, replay views)"""

INTERVALS = (
    select(
        attendance.c.id.label("id"),
        attendance.c.session_id.label("session_id"),
        attendance.c.visitor_key.label("visitor_key"),
        later(attendance.c.joined_at, session.c.started_at).label("start"),
        earlier(func.coalesce(attendance.c.left_at, NOW), func.coalesce(session.c.ended_at, NOW)).label(
            "end"
        ),
    )
    .select_from(session.join(attendance, attendance.c.session_id == session.c.id))
    .where(
        any_of(session.c.id, "session_ids"),
        session.c.started_at.is_not(None),
        attendance.c.source == "live",
        attendance.c.joined_at.is_not(None),
        COUNTED,
    )
    .subquery()
)
ORDERED, ADDED = union(INTERVALS)
SECONDS = Statement(
    select(ORDERED.c.session_id, func.sum(ADDED).cast(Float)).group_by(ORDERED.c.session_id),
    lambda *row: row,
)
"""(session, seconds of everybody together)"""

narrower = participant.alias("narrower")
IN_SCOPE: ColumnElement[bool] = or_(  # the narrowest scope wins, wider ones are inherited
    participant.c.scope_id == session.c.id,
    and_(
        participant.c.scope_id == session.c.room_id,
        ~exists().where(
            narrower.c.scope_id == session.c.id,
            narrower.c.deleted_at.is_(None),
            or_(
                narrower.c.account_id == participant.c.account_id,
                narrower.c.email == participant.c.email,
            ),
        ),
    ),
)
OVER = session.c.ended_at
SETTLED = func.coalesce(participant.c.settled_at, participant.c.registered_at, participant.c.created_at)
REGISTRATION = func.coalesce(participant.c.registration, "")
HAS_REGISTERED: ColumnElement[bool] = and_(  # once it is over: who had when it ended
    or_(
        OVER.is_(None),
        func.coalesce(participant.c.registered_at, participant.c.invited_at, participant.c.created_at)
        <= OVER,
    ),
    or_(
        and_(REGISTRATION == "approved", or_(OVER.is_(None), SETTLED <= OVER)),
        and_(REGISTRATION == "cancelled", OVER.is_not(None), SETTLED > OVER),
        func.coalesce(participant.c.rsvp, "") == "accepted",
    ),
)
CAME = exists().where(
    attendance.c.session_id == session.c.id, attendance.c.account_id == WHO, WAS_THERE, COUNTED
)


def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)


STANDING = Statement(
    select(
        session.c.id,
        number(and_(participant.c.invited_at.is_not(None), participant.c.role.in_(AUDIENCE))),
        number(HAS_REGISTERED),
        number(and_(HAS_REGISTERED, CAME)),
    )
    .select_from(
        session.join(
            participant,
            or_(participant.c.scope_id == session.c.id, participant.c.scope_id == session.c.room_id),
        )
    )
    .where(any_of(session.c.id, "session_ids"), IN_SCOPE, participant.c.deleted_at.is_(None))
    .group_by(session.c.id),
    lambda *row: row,
)
"""(session, invited, registrants, those of them who came)"""

STATUSES = Statement(
    select(session.c.id, session.c.status).where(any_of(session.c.id, "session_ids")), lambda *row: row
)

SESSION_ID = bindparam("session_id", type_=Key)


def counted(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(table)
        .where(table.c.session_id == SESSION_ID, *conditions)
        .scalar_subquery()
    )


STANDS = message.c.deleted_at.is_(None)
SAID = Statement(
    select(
        counted(message, STANDS, message.c.kind == "chat"),
        counted(message, STANDS, message.c.kind == "question"),
        counted(message, STANDS, message.c.state == "answered"),
        counted(poll, poll.c.status != "draft"),
        select(func.count())
        .select_from(poll_vote.join(poll, poll_vote.c.poll_id == poll.c.id))
        .where(poll.c.session_id == SESSION_ID)
        .scalar_subquery(),
        counted(recording, recording.c.deleted_at.is_(None)),
    ),
    lambda *row: Said(**dict(zip(Said.__struct_fields__, row, strict=True))),
)

DUE = Statement(
    select(session.c.id, session.c.figures_due_at)
    .where(session.c.figures_due_at.is_not(None))
    .order_by(session.c.figures_due_at)
    .limit(bindparam("limit", type_=Integer)),
    lambda *row: row,
)
MARK = Command(  # also one that is due already: what is computed just now may not hold this yet
    update(session).where(session.c.id == bindparam("which", type_=Key)).values(figures_due_at=NOW)
)
MARK_ROOM = Command(
    update(session)
    .where(
        session.c.room_id == bindparam("where", type_=Key),
        session.c.deleted_at.is_(None),
    )
    .values(figures_due_at=NOW)
)
WATCHING = (
    select(attendance.c.session_id)
    .where(attendance.c.source == "replay", attendance.c.state == "present")
    .distinct()
)
MARK_RUNNING = Command(  # what no event tells: time goes by, players beat
    update(session)
    .where(
        session.c.figures_due_at.is_(None),
        or_(
            and_(IS_OPEN, session.c.deleted_at.is_(None)),
            session.c.id.in_(WATCHING),
        ),
    )
    .values(figures_due_at=NOW)
)
HAS_REPLAY: ColumnElement[bool] = or_(
    session.c.replay_url.is_not(None),
    exists().where(
        recording.c.session_id == session.c.id,
        recording.c.status == "ready",
        recording.c.visibility == "public",
        recording.c.deleted_at.is_(None),
    ),
)
KEEP = Command(
    update(session)
    .where(session.c.id == bindparam("which", type_=Key))
    .values(
        figures_due_at=case(
            (session.c.figures_due_at == bindparam("since", type_=Instant), None),
            else_=session.c.figures_due_at,
        ),
        invited=bindparam("invited_", type_=Integer),
        registrants=bindparam("registrants_", type_=Integer),
        attendees=bindparam("attendees_", type_=Integer),
        no_shows=bindparam("no_shows_", type_=Integer),
        attendance_rate=bindparam("rate_", type_=Integer),
        average_view_s=bindparam("average_", type_=Integer),
        replay_views=bindparam("replays_", type_=Integer),
        has_replay=HAS_REPLAY,
    )
)


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one session. `attendance_rate`: percent; `average_view_s`: of attendees."""

    invited: int = 0
    registrants: int = 0
    attendees: int = 0
    no_shows: int = 0
    attendance_rate: int = 0
    average_view_s: int = 0
    replay_views: int = 0


async def metrics(work: Work, session_ids: list[Id]) -> dict[Id, Metrics]:
    """Of each of them, in four queries."""
    if not session_ids:
        return {}
    people = {row[0]: row[1:] for row in await work.db.all(PEOPLE, session_ids=session_ids)}
    seconds = dict(await work.db.all(SECONDS, session_ids=session_ids, now=work.now))
    standing = {row[0]: row[1:] for row in await work.db.all(STANDING, session_ids=session_ids)}
    statuses = dict(await work.db.all(STATUSES, session_ids=session_ids))
    found = {}
    for session_id in session_ids:
        attendees, replays = people.get(session_id, (0, 0))
        invited, registrants, came = standing.get(session_id, (0, 0, 0))
        found[session_id] = Metrics(
            invited=invited,
            registrants=registrants,
            attendees=attendees,
            no_shows=registrants - came if statuses.get(session_id) == "ended" else 0,
            attendance_rate=round(100 * came / registrants) if registrants else 0,
            average_view_s=round((seconds.get(session_id) or 0.0) / attendees) if attendees else 0,
            replay_views=replays,
        )
    return found


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """How much was said and done in a session."""

    chat_messages: int
    questions: int
    answered_questions: int
    polls: int
    votes: int
    recordings: int


async def said(work: Work, session_id: Id) -> Said:
    found = await work.db.one(SAID, session_id=session_id)
    assert found is not None, "an aggregate has a row"
    return found


async def due(work: Work, limit: int) -> list[tuple[Id, datetime]]:
    """Sessions whose figures may be out of date, the longest first."""
    return await work.db.all(DUE, limit=limit)


async def mark(work: Work, session_id: Id | None, room_id: Id | None) -> None:
    """The figures of a session, or of all of a room, may be out of date."""
    if session_id is not None:
        await work.db.run(MARK, which=session_id, now=work.now)
    elif room_id is not None:
        await work.db.run(MARK_ROOM, where=room_id, now=work.now)


async def mark_running(work: Work) -> None:
    """Where people are, live or at a replay."""
    await work.db.run(MARK_RUNNING, now=work.now)


async def keep(work: Work, session_id: Id, found: Metrics, since: datetime) -> None:
    """For lists; up to date, unless marked anew after `since`. The revision stays: no event tells of figures.

    In one statement: a row that is changed twice in one unit can meet one who waits to hold it, and on
    PostgreSQL both then wait for each other.
    """
    await work.db.run(
        KEEP,
        which=session_id,
        since=since,
        invited_=found.invited,
        registrants_=found.registrants,
        attendees_=found.attendees,
        no_shows_=found.no_shows,
        rate_=found.attendance_rate,
        average_=found.average_view_s,
        replays_=found.replay_views,
    )
