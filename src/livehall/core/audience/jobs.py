"""What time alone does to attendance, and what lost reports would have done."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from livehall.core.audience import reports, store, sweeping
from livehall.core.audience.events import WaitingLeft
from livehall.core.audience.model import Attendance
from livehall.core.audience.rows import close, tell_joined, told
from livehall.core.ports.media import MediaRooms, MediaUnavailable, Presence
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.jobs import end_each
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import settings_of
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

SILENT = timedelta(seconds=90)  # not heard of for so long: gone (realtime.md §5)
ABANDONED = timedelta(minutes=10)  # so long nobody could ask the media server about a connection
UNSEEN = timedelta(seconds=60)  # C12
LATE_REPORT = timedelta(hours=1)  # how long a *left* waits for its *joined*
REPORTS_FIRST = timedelta(seconds=5)  # a connection that is younger is left to its report
ABSENT = timedelta(seconds=8)  # so is the end of one that the last round has seen: rounds are 5 s apart
GOODBYE = timedelta(seconds=10)  # a connection that is being removed is gone by then
COUNT_S = 3.0  # seconds between two counts


async def sweep(desk: Desk) -> None:
    """Close who was not heard of, at the time last heard (C14); forget who was never seen (C12).

    Connections belong to `reconcile_presence`, which asks the media server: after an outage of ours they
    are silent and connected all the same. Only what it could not ask about for `ABANDONED` is closed here.

    Call it every few seconds. Raises: DatabaseUnavailable. Emits: AttendanceLeft, WaitingLeft.
    """
    async with desk.work(SYSTEM, origin="job") as work:
        await sweeping.forget_unseen(work, before=work.now - UNSEEN, long_before=work.now - LATE_REPORT)
        for row in await sweeping.silent(work, before=work.now - SILENT, long_before=work.now - ABANDONED):
            session = await sessions.ever(work, row.session_id)
            await close(work, session, row, row.last_seen_at, "vanished")
        for row in await sweeping.waited(work, before=work.now - SILENT):
            await store.remove(work, row.id)
            work.emit(told(WaitingLeft, await sessions.ever(work, row.session_id), row))


async def end_empty_meetings(desk: Desk) -> None:
    """End meetings that nobody is in any more; call it every few seconds.

    Raises: DatabaseUnavailable. Emits: SessionEnded with reason `idle`.
    """

    async def is_empty(work: Work, session: Session) -> bool:
        return session.id in await sweeping.empty_meetings(work)  # somebody may have come meanwhile

    async with desk.read(SYSTEM) as read:
        found = await sweeping.empty_meetings(read)
    await end_each(desk, found, is_empty, "idle", "an empty meeting was ended")


async def reconcile_presence(desk: Desk, media: MediaRooms) -> None:
    """Compare who is connected with who is present; do what reports that were lost would have done.

    A media server that was killed reports nothing: those whose connection it has not known for two rounds
    are closed at their last sign of life, and come back with other connections (C15). Who was given up at
    the last sign of life more than `GOODBYE` ago and is connected was there all the time: the same
    interval goes on. Who said goodbye, was removed or reported gone left at another instant, and stays
    closed. Call it every 5 s. What cannot be done now is left to the next round.

    Emits: AttendanceJoined, AttendanceLeft, ConnectionRefused.
    """
    try:
        async with desk.read(MEDIA) as read:
            opened = await sessions.open_sessions(read)
    except DatabaseUnavailable:
        return
    for session in opened:
        if session.media_room is None:
            continue
        asked_at = desk.clock()
        try:
            present = await media.present(session.media_room) or ()
            async with desk.work(MEDIA, origin="job") as work:
                await _compare(work, session, session.media_room, present, asked_at)
        except (MediaUnavailable, DatabaseUnavailable, SessionNotFound) as fault:
            log.warning("presence could not be compared", session_id=session.id, fault=fault.code)


async def _compare(
    work: Work, session: Session, media_room: str, present: tuple[Presence, ...], asked_at: datetime
) -> None:
    connected = {each.sid: each for each in present}
    rows = {row.connection_id: row for row in await store.connected_in(work, session.id)}
    still = [sid for sid in rows if sid in connected]
    if still:
        await store.signs_of_life(work, session.id, still)
    for sid, row in rows.items():
        if sid not in connected and row.last_seen_at < asked_at - ABSENT:
            await close(work, session, row, row.last_seen_at, "vanished")
    for sid, each in connected.items():
        if sid in rows or asked_at - each.joined_at < REPORTS_FIRST:
            continue
        report = reports.Connection(
            room=media_room,
            sid=sid,
            identity=each.identity,
            kind=each.kind,
            at=each.joined_at,  # the list does not tell when the media stood
            name=each.name,
        )
        if await reports.refuse_banned(work, session, report):
            continue
        known = await store.by_connection(work, sid)
        if known is not None and known.left_at is not None and known.joined_at is not None:
            await _reopen(work, known, known.joined_at, asked_at - known.left_at)
            continue
        await reports.joined(work, report)


async def _reopen(work: Work, row: Attendance, joined_at: datetime, left_for: timedelta) -> None:
    await sessions.keep(work, row.session_id)
    session = await sessions.get(work, row.session_id)  # it may have ended while the media server was asked
    if session.is_open and left_for > GOODBYE and await store.reopen(work, row):
        tell_joined(work, session, row, joined_at)


class ViewerCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many watch, for `viewers.count`: counted from rows (I12), never stored in the journal.

    `is_public`: whether the audience may know; else it is for the staff.
    """

    organization_id: Id
    session_id: Id
    room_id: Id
    count: int
    peak: int
    revision: int
    is_public: bool


class ViewerCounts:
    """Counts when asked, every `COUNT_S`, and tells only what changed."""

    def __init__(self, desk: Desk, publish: Callable[[ViewerCount], None]) -> None:
        self._desk, self._publish = desk, publish

    async def count(self) -> None:
        """One round over all live sessions: one query, and a write for each that changed.

        Raises: DatabaseUnavailable.
        """
        async with self._desk.read(SYSTEM) as read:
            changed = [each for each in await store.counts(read) if each.present != each.viewer_count]
        for each in changed:
            told = await self._note(each.session_id, each.present)
            if told is not None:
                self._publish(told)

    async def _note(self, session_id: Id, present: int) -> ViewerCount | None:
        async with self._desk.work(SYSTEM, origin="job") as work:
            try:
                session, room = await sessions.hold(work, await sessions.get(work, session_id))
            except SessionNotFound:
                return None
            if session.status != "live":
                return None
            noted = await sessions.set_viewer_count(work, session, present)
            if noted is None:
                return None
            count, peak, revision = noted
            return ViewerCount(
                organization_id=session.organization_id,
                session_id=session.id,
                room_id=session.room_id,
                count=count,
                peak=peak,
                revision=revision,
                is_public=settings_of(session, room).preset.viewer_count_visible,
            )
