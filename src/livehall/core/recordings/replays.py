"""Watching a recording: an address, and an attendance that the player's beats keep."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from livehall.core.audience import ops as audience
from livehall.core.audience import replays, store
from livehall.core.audience.faults import AttendanceNotFound
from livehall.core.audience.model import Attendance
from livehall.core.audience.replays import Stretch
from livehall.core.audience.scene import person_of
from livehall.core.recordings import ops
from livehall.core.recordings.faults import NotReady, RecordingNotFound
from livehall.core.recordings.links import Links
from livehall.core.recordings.ops import Shown
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Playback(msgspec.Struct, frozen=True, kw_only=True):
    shown: Shown
    token: str  # opens the file
    expires_at: datetime
    attendance: Attendance


async def playback(work: Work, links: Links, recording_id: Id) -> Playback:
    """What a player needs; presence begins with its first beat, and nothing counts before.

    Raises: RecordingNotFound, Banned, NotReady.
    """
    shown, at = await ops.visible(work, recording_id)
    if not shown.is_playable:
        raise NotReady
    expires_at = work.now + ops.PLAYBACK_LIFETIME
    return Playback(
        shown=shown,
        token=ops.file_token(work, links, recording_id, expires_at),
        expires_at=expires_at,
        attendance=await replays.expect(work, at, recording_id),
    )


async def beat(work: Work, attendance_id: Id, stretches: Sequence[Stretch]) -> Attendance:
    """A player's sign of life, live or replay. A replay counts what was watched as long as one may watch it.

    Raises: AttendanceNotFound, SessionNotFound, RecordingNotFound, Banned, InvalidState.
    Emits: AttendanceJoined.
    """
    row = await store.get(work, attendance_id)
    if row is None or row.source == "live" or row.recording_id is None:
        return await audience.beat(work, attendance_id)
    if row.visitor_key != person_of(work.actor):
        raise AttendanceNotFound
    shown, _ = await ops.visible(work, row.recording_id)
    if not shown.is_playable:
        raise RecordingNotFound
    return await replays.watched(work, attendance_id, stretches) or row
