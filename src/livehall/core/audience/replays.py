"""Attendance of those who watch a recording: rows with source `replay`.

A row begins as `expected` and becomes presence by the first beat, as in a live session. How much somebody
watched is media time, told by beats (realtime.md §5): pausing adds nothing, watching a part again adds it
again. Nobody in the session is told of replays. Who may watch is the recordings' question, not asked here.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import BigInteger, Text, and_, bindparam, delete, select, update

from livehall.core.audience import store
from livehall.core.audience.model import IS_UNSETTLED, Attendance, attendance
from livehall.core.audience.rows import new_row
from livehall.core.audience.scene import Scene, person_of
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command, Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

SILENT = timedelta(seconds=90)  # not heard of for so long: gone (realtime.md §5)
UNBEGUN = timedelta(hours=24)  # so long an opened player may stand before it plays
FASTEST = 4.0  # media seconds in one second: no player runs faster, so no beat says more

REPLAY = attendance.c.source == "replay"
ROW = attendance.c.id == bindparam("row", type_=Key)
OPEN_OF = Statement(
    select(attendance)
    .where(
        attendance.c.session_id == bindparam("session_id", type_=Key),
        attendance.c.visitor_key == bindparam("visitor_key", type_=Text),
        attendance.c.recording_id == bindparam("recording_id", type_=Key),
        REPLAY,
        attendance.c.state.in_(("expected", "present")),
    )
    .order_by(attendance.c.id)
    .with_for_update(),
    Attendance,
)
HELD = Statement(select(attendance).where(ROW).with_for_update(), Attendance)
WATCH = Command(
    update(attendance)
    .where(ROW)
    .values(
        state="present",
        joined_at=bindparam("joined_at", type_=Instant),
        last_seen_at=bindparam("now", type_=Instant),
        left_at=None,
        watched_ms=attendance.c.watched_ms + bindparam("watched", type_=BigInteger()),
    )
)
CLOSE_SILENT = Command(
    update(attendance)
    .where(
        and_(
            REPLAY,
            IS_UNSETTLED,
            attendance.c.state == "present",
            attendance.c.last_seen_at < bindparam("before", type_=Instant),
        )
    )
    .values(state="left", left_at=attendance.c.last_seen_at)
)


IS_UNBEGUN = and_(REPLAY, attendance.c.state == "expected")
ASK_AGAIN = Command(
    update(attendance).where(ROW, IS_UNBEGUN).values(last_seen_at=bindparam("now", type_=Instant))
)
FORGET_UNBEGUN = Command(
    delete(attendance).where(
        IS_UNSETTLED, IS_UNBEGUN, attendance.c.last_seen_at < bindparam("before", type_=Instant)
    )
)


class Stretch(msgspec.Struct, frozen=True):
    """A part of a recording that was played, in seconds from its beginning."""

    start: float
    end: float


async def expect(work: Work, at: Scene, recording_id: Id) -> Attendance:
    """The attendance under which the actor watches on this device; the same again while it is open."""
    visitor = person_of(work.actor)
    for row in await work.db.all(
        OPEN_OF, session_id=at.session.id, visitor_key=visitor, recording_id=recording_id
    ):
        if row.device_key == work.actor.visitor_key:
            await work.db.run(ASK_AGAIN, row=row.id, now=work.now)
            return row
    row = new_row(
        work,
        at.session,
        account_id=work.actor.account_id,
        visitor_key=visitor,
        device_key=work.actor.visitor_key,
        name=work.actor.name,
        role=at.standing.role,
        state="expected",
        delivery="hls",  # over HTTP, without a media connection
        identity="",
    )
    row = msgspec.structs.replace(row, source="replay", recording_id=recording_id)
    await store.add(work, row)
    return row


async def watched(work: Work, attendance_id: Id, stretches: Sequence[Stretch]) -> Attendance | None:
    """A player's beat with what it played since the last one; None when there is no such replay.

    One who was given up meanwhile has come back: the same row goes on.
    """
    row = await work.db.one(HELD, row=attendance_id)
    if row is None or row.source != "replay":
        return None
    elapsed = max((work.now - row.last_seen_at).total_seconds(), 0.0)
    seconds = min(sum(max(each.end - each.start, 0.0) for each in stretches), elapsed * FASTEST)
    milliseconds = round(seconds * 1000)
    joined_at = row.joined_at or work.now
    await work.db.run(WATCH, row=row.id, joined_at=joined_at, now=work.now, watched=milliseconds)
    return msgspec.structs.replace(
        row, state="present", joined_at=joined_at, watched_ms=row.watched_ms + milliseconds
    )


async def sweep(desk: Desk) -> None:
    """Close replays not heard of for `SILENT`, at the time last heard; forget those never begun (`UNBEGUN`).

    Raises: DatabaseUnavailable.
    """
    async with desk.work(SYSTEM, origin="job") as work:
        await work.db.run(FORGET_UNBEGUN, before=work.now - UNBEGUN)
        await work.db.run(CLOSE_SILENT, before=work.now - SILENT)


def media_seconds(rows: Sequence[Attendance]) -> int:
    """How much of the recording was watched, in whole seconds of media (`replayWatchTime`)."""
    return round(sum(row.watched_ms for row in rows) / 1000)


LEAST = timedelta(seconds=5)


def is_view(rows: Sequence[Attendance]) -> bool:
    """Whether these rows of one person make them one of `totalReplayView`."""
    return any(timedelta(milliseconds=row.watched_ms) >= LEAST for row in rows)
