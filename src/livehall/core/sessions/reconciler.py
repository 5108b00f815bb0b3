"""Media rooms as the sessions need them, whatever reports were lost (`realtime.md` §4).

Each round compares all open sessions with the media server:
  - a start that a crash cut off between its two works is finished,
  - a session whose media room is missing (the media server was killed) gets it again,
  - the programme is what the server says, so stream state and go-live converge without reports.
Rooms that belong to no open session are closed at the end itself (`reactions`), and when somebody enters one
with an old token: the report of it comes by `close_if_over`.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from livehall.core.ports.media import MediaRooms, MediaUnavailable, Presence
from livehall.core.sessions import programme, steps, store
from livehall.core.sessions.encoders import Encoders
from livehall.core.sessions.faults import InvalidState, SessionNotFound
from livehall.core.sessions.model import Session
from livehall.kernel.actor import MEDIA
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)

CUT_OFF = timedelta(seconds=10)  # an intent older than any call's deadline has no caller any more


async def reconcile_rooms(desk: Desk, media: MediaRooms, encoders: Encoders | None = None) -> None:
    """One round. What cannot be done now is left to the next; nothing is raised."""
    try:
        async with desk.read(MEDIA) as read:
            sessions, now = await store.open_sessions(read), read.now
    except DatabaseUnavailable:
        return
    for session in sessions:
        if session.media_room is None and now - session.updated_at < CUT_OFF:
            continue
        try:
            await _reconcile(desk, media, session, encoders)
        except (MediaUnavailable, DatabaseUnavailable, SessionNotFound, InvalidState) as fault:
            log.warning(
                "a session's media room is not as it should be", session_id=session.id, code=fault.code
            )


async def close_if_over(desk: Desk, media: MediaRooms, session_id: Id) -> bool:
    """Somebody entered the room of this name: whether it belongs to no open session, and was closed.

    Raises: MediaUnavailable.
    """
    async with desk.read(MEDIA) as read:
        if session_id in await store.which_are_open(read, {session_id}):
            return False
    await media.close(session_id)
    return True


async def _reconcile(desk: Desk, media: MediaRooms, session: Session, encoders: Encoders | None) -> None:
    if session.media_room is None:
        await steps.open_media_room(desk, media, MEDIA, session.id, encoders)
        return
    present = await media.present(session.media_room)
    if present is None:
        log.info("a media room is opened again", session_id=session.id)
        await media.open(session.media_room)
        await close_if_over(desk, media, session.id)  # it may have ended while we asked
    await _note(desk, session, present or ())


async def _note(desk: Desk, session: Session, present: Sequence[Presence]) -> None:
    async with desk.read(MEDIA) as read:
        found = await programme.of_present(read, session.id, present)
    if found == session.programme and bool(found) == (session.stream_state == "active"):
        return
    async with desk.work(MEDIA, origin="job") as work:
        await programme.seen(work, session.id, found, work.now, known=session.programme)
