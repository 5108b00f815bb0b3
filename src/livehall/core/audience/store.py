"""SQL of attendance."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import (
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from livehall.core.audience.model import UNCOUNTED, Attendance, Delivery, Source, attendance
from livehall.core.sessions.model import IS_OPEN, session
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

SESSION = attendance.c.session_id == bindparam("session_id", type_=Key)
VISITOR = attendance.c.visitor_key == bindparam("visitor_key", type_=Text)
LIVE = attendance.c.source == "live"
PRESENT = attendance.c.state == "present"
COUNTED = attendance.c.role.not_in(UNCOUNTED)
WAITING = attendance.c.state == "waiting"
SEEN = attendance.c.joined_at.is_not(None)
ROW = attendance.c.id == bindparam("row", type_=Key)

ADD = Command(insert(attendance).values({c.name: bindparam(c.name, type_=c.type) for c in attendance.c}))
BY_ID = Statement(select(attendance).where(ROW), Attendance)
BY_IDS = Statement(select(attendance).where(any_of(attendance.c.id, "rows")), Attendance)
BY_CONNECTION = Statement(
    select(attendance)
    .where(attendance.c.connection_id == bindparam("connection_id", type_=Text))
    .with_for_update(),
    Attendance,
)
BY_IDENTITY = Statement(
    select(attendance)
    .where(SESSION, attendance.c.identity == bindparam("identity", type_=Text))
    .order_by(attendance.c.id.desc())
    .limit(1)
    .with_for_update(),
    Attendance,
)
OPEN_OF = Statement(
    select(attendance)
    .where(SESSION, VISITOR, LIVE, attendance.c.state.in_(("expected", "waiting", "present")))
    .order_by(attendance.c.id)
    .with_for_update(),
    Attendance,
)
ADMITTED_AS_CLAUSE = (
    select(attendance.c.display_name)
    .where(SESSION, VISITOR, LIVE, attendance.c.state.in_(("expected", "present", "left")))
    .where(attendance.c.turned_away.is_(False))
    .order_by(attendance.c.id.desc())
    .limit(1)
)
ADMITTED_AS = Statement(ADMITTED_AS_CLAUSE, str)
STATES_OF = Statement(select(attendance.c.state).where(SESSION, VISITOR, LIVE).distinct(), str)
TO_EXPEL = Statement(
    select(attendance)
    .where(
        SESSION,
        LIVE,
        attendance.c.state.in_(("waiting", "present")),
        or_(
            attendance.c.account_id == bindparam("account_id", type_=Key),
            and_(any_of(attendance.c.device_key, "device_keys"), COUNTED),
        ),
    )
    .order_by(attendance.c.id)
    .with_for_update(),
    Attendance,
)
TRACES_OF = Statement(
    select(attendance.c.device_key, attendance.c.display_name)
    .where(SESSION, attendance.c.account_id == bindparam("account_id", type_=Key))
    .order_by(attendance.c.id.desc()),
    lambda *row: row,
)
PRESENT_IN = Statement(
    select(attendance).where(SESSION, LIVE, PRESENT).order_by(attendance.c.joined_at, attendance.c.id),
    Attendance,
)
CONNECTED_IN = Statement(
    select(attendance)
    .where(SESSION, LIVE, PRESENT, attendance.c.connection_id.is_not(None))
    .order_by(attendance.c.joined_at, attendance.c.id),
    Attendance,
)
ALL_SEEN = Statement(
    select(attendance).where(SESSION, SEEN).order_by(attendance.c.joined_at, attendance.c.id), Attendance
)
PEOPLE_SEEN = Statement(
    select(attendance.c.source + literal(" ") + attendance.c.visitor_key)
    .where(SESSION, SEEN, attendance.c.role != "monitor")
    .group_by(attendance.c.source, attendance.c.visitor_key)
    .order_by(func.min(attendance.c.joined_at), attendance.c.source, attendance.c.visitor_key),
    str,
)
SEEN_OF = Statement(
    select(attendance)
    .where(SESSION, SEEN, any_of(attendance.c.visitor_key, "visitor_keys"))
    .order_by(attendance.c.joined_at, attendance.c.id),
    Attendance,
)
DIRECT = Statement(
    select(func.count(attendance.c.visitor_key.distinct())).where(
        SESSION,
        LIVE,
        COUNTED,
        attendance.c.delivery == "webrtc",
        attendance.c.state.in_(("expected", "present")),
    ),
    int,
)


class Count(msgspec.Struct, frozen=True):
    """What the session's row says, and how many there are."""

    session_id: Id
    organization_id: Id
    room_id: Id
    viewer_count: int
    max_viewers: int
    present: int


COUNTS = Statement(
    select(
        session.c.id,
        session.c.organization_id,
        session.c.room_id,
        session.c.viewer_count,
        session.c.max_viewers,
        func.count(attendance.c.visitor_key.distinct()),
    )
    .outerjoin(attendance, and_(attendance.c.session_id == session.c.id, LIVE, PRESENT, COUNTED))
    .where(IS_OPEN, session.c.status == "live")
    .group_by(session.c.id),
    Count,
)
APPEAR = Command(
    update(attendance)
    .where(ROW, attendance.c.state == bindparam("was", type_=Text), attendance.c.connection_id.is_(None))
    .values(
        state="present",
        connection_id=bindparam("connection", type_=Text),
        joined_at=bindparam("at", type_=Instant),
        last_seen_at=bindparam("now", type_=Instant),
    )
)
FILL = Command(update(attendance).where(ROW).values(joined_at=bindparam("at", type_=Instant)))
CLOSE = Command(
    update(attendance)
    .where(ROW, PRESENT)
    .values(
        state="left",
        left_at=case(
            (attendance.c.joined_at > bindparam("at", type_=Instant), attendance.c.joined_at),
            else_=bindparam("at", type_=Instant),
        ),
    )
)
REOPEN = Command(
    update(attendance)
    .where(ROW, attendance.c.state == "left", attendance.c.left_at == attendance.c.last_seen_at)
    .values(state="present", left_at=None, last_seen_at=bindparam("now", type_=Instant))
)
CLOSE_ALL = Command(
    update(attendance)
    .where(SESSION, LIVE, PRESENT)
    .values(
        state="left",
        left_at=case(
            (attendance.c.joined_at > bindparam("at", type_=Instant), attendance.c.joined_at),
            else_=bindparam("at", type_=Instant),
        ),
    )
)
RENEW = Command(
    update(attendance)
    .where(ROW)
    .values(
        identity=bindparam("to_identity", type_=Text),
        delivery=bindparam("to_delivery", type_=Text),
        display_name=bindparam("to_name", type_=Text),
        last_seen_at=bindparam("now", type_=Instant),
    )
)
SIGN_OF_LIFE = Command(
    update(attendance).where(ROW, PRESENT).values(last_seen_at=bindparam("now", type_=Instant))
)
STILL_PRESENT = Command(
    update(attendance)
    .where(
        attendance.c.id.in_(
            select(attendance.c.id)
            .where(any_of(attendance.c.id, "rows"), PRESENT)
            .with_for_update(skip_locked=True)
        )
    )
    .values(last_seen_at=bindparam("now", type_=Instant))
)
SIGNS_OF_LIFE = Command(
    update(attendance)
    .where(SESSION, PRESENT, any_of(attendance.c.connection_id, "connections"))
    .values(last_seen_at=bindparam("now", type_=Instant))
)
DELETE = Command(delete(attendance).where(ROW))
FORGET_UNSEEN_IN = Command(
    delete(attendance).where(SESSION, LIVE, attendance.c.state.in_(("expected", "waiting")))
)


async def add(work: Work, row: Attendance) -> None:
    """Raises: Duplicate, when the connection has a row already (I10); the unit goes on."""
    await work.db.attempt(ADD, **msgspec.structs.asdict(row))


async def get(work: Work, attendance_id: Id) -> Attendance | None:
    return await work.db.one(BY_ID, row=attendance_id)


async def by_ids(work: Work, attendance_ids: Collection[Id]) -> dict[Id, Attendance]:
    """Several at once, in one query."""
    if not attendance_ids:
        return {}
    return {row.id: row for row in await work.db.all(BY_IDS, rows=sorted(attendance_ids))}


async def by_connection(work: Work, connection_id: str) -> Attendance | None:
    return await work.db.one(BY_CONNECTION, connection_id=connection_id)


async def by_identity(work: Work, session_id: Id, identity: str) -> Attendance | None:
    """The newest row that a token with this identity belongs to."""
    return await work.db.one(BY_IDENTITY, session_id=session_id, identity=identity)


async def open_of(work: Work, session_id: Id, visitor_key: str) -> list[Attendance]:
    """A person's rows that are expected, waiting or present."""
    return await work.db.all(OPEN_OF, session_id=session_id, visitor_key=visitor_key)


async def admitted_as(work: Work, session_id: Id, visitor_key: str) -> str | None:
    """The name under which a person was let in last; None for one who never was."""
    return await work.db.one(ADMITTED_AS, session_id=session_id, visitor_key=visitor_key)


async def states_of(work: Work, session_id: Id, visitor_key: str) -> set[str]:
    """The states of all rows of a person."""
    return set(await work.db.all(STATES_OF, session_id=session_id, visitor_key=visitor_key))


async def to_expel(
    work: Work, session_id: Id, account_id: Id, device_keys: Sequence[str]
) -> list[Attendance]:
    """Who waits or is present by this account, or, staff aside, on one of these devices."""
    return await work.db.all(
        TO_EXPEL, session_id=session_id, account_id=account_id, device_keys=list(device_keys)
    )


async def traces_of(work: Work, session_id: Id, account_id: Id) -> list[tuple[str | None, str]]:
    """On which device and under which name somebody came, the last first."""
    return await work.db.all(TRACES_OF, session_id=session_id, account_id=account_id)


async def present_in(work: Work, session_id: Id) -> list[Attendance]:
    return await work.db.all(PRESENT_IN, session_id=session_id)


async def connected_in(work: Work, session_id: Id) -> list[Attendance]:
    """Those of them who have a connection to the media server."""
    return await work.db.all(CONNECTED_IN, session_id=session_id)


async def all_seen(work: Work, session_id: Id) -> list[Attendance]:
    """Every interval of the session, open ones included, by arrival."""
    return await work.db.all(ALL_SEEN, session_id=session_id)


async def people_seen(work: Work, session_id: Id) -> list[str]:
    """Everybody who was there, by arrival, live and on replay apart; `person_at` reads each."""
    return await work.db.all(PEOPLE_SEEN, session_id=session_id)


def person_at(text: str) -> tuple[str, Source]:
    """The person's key, and how they attended."""
    source, _, key = text.partition(" ")
    return key, "replay" if source == "replay" else "live"


async def seen_of(work: Work, session_id: Id, visitor_keys: list[str]) -> list[Attendance]:
    """Every interval of these people, by arrival."""
    return await work.db.all(SEEN_OF, session_id=session_id, visitor_keys=visitor_keys)


async def direct_viewers(work: Work, session_id: Id) -> int:
    """Counted people who watch, or are about to watch, by WebRTC."""
    return await work.db.one(DIRECT, session_id=session_id) or 0


async def counts(work: Work) -> list[Count]:
    """Of all live sessions, in one query."""
    return await work.db.all(COUNTS)


async def appear(work: Work, row: Attendance, connection_id: str | None, at: datetime) -> Attendance | None:
    """An expected row becomes presence; None, when it is not any more as it was read.

    Raises: Duplicate, when the connection has another row (I10); the unit goes on.
    """
    write = work.db.run if connection_id is None else work.db.attempt
    changed = await write(APPEAR, row=row.id, was=row.state, connection=connection_id, at=at, now=work.now)
    if not changed:
        return None
    return msgspec.structs.replace(
        row, state="present", connection_id=connection_id, joined_at=at, last_seen_at=work.now
    )


async def fill(work: Work, row: Attendance, joined_at: datetime) -> None:
    """The beginning of an interval whose end came first."""
    await work.db.run(FILL, row=row.id, at=joined_at)


async def close(work: Work, row: Attendance, at: datetime) -> bool:
    """End presence, not before it began. False, when it had ended already."""
    return await work.db.run(CLOSE, row=row.id, at=at) == 1


async def reopen(work: Work, row: Attendance) -> bool:
    """Presence that was given up goes on as the same interval. False for one that ended otherwise.

    Given up is who left exactly at the last sign of life; a goodbye, a report and the end of a session
    have instants of their own.
    """
    return await work.db.run(REOPEN, row=row.id, now=work.now) == 1


async def close_all(work: Work, session_id: Id, at: datetime) -> None:
    """End every presence of a session, and forget those who were never seen."""
    await work.db.run(CLOSE_ALL, session_id=session_id, at=at)
    await work.db.run(FORGET_UNSEEN_IN, session_id=session_id)


async def renew(work: Work, row: Attendance, *, identity: str, delivery: Delivery, name: str) -> Attendance:
    """The row goes on under a new token."""
    await work.db.run(
        RENEW, row=row.id, to_identity=identity, to_delivery=delivery, to_name=name, now=work.now
    )
    return msgspec.structs.replace(
        row, identity=identity, delivery=delivery, display_name=name, last_seen_at=work.now
    )


async def sign_of_life(work: Work, attendance_id: Id) -> bool:
    """Whether the row is present."""
    return await work.db.run(SIGN_OF_LIFE, row=attendance_id, now=work.now) == 1


async def still_present(work: Work, attendance_ids: Sequence[Id]) -> None:
    """A sign of life of each row that is present, but for one that somebody else holds at this moment: nobody
    is waited for, so that many rows can be taken in any order.
    """
    await work.db.run(STILL_PRESENT, rows=list(attendance_ids), now=work.now)


async def signs_of_life(work: Work, session_id: Id, connections: Sequence[str]) -> None:
    await work.db.run(SIGNS_OF_LIFE, session_id=session_id, connections=list(connections), now=work.now)


async def remove(work: Work, attendance_id: Id) -> None:
    await work.db.run(DELETE, row=attendance_id)
