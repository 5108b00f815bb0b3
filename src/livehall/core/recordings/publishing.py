"""Making a recording the replay of its session, now or at a time to come, and withdrawing it."""

from collections.abc import Callable
from datetime import datetime

from livehall.core.recordings import ops, rows, rules, store
from livehall.core.recordings.model import Recording
from livehall.core.recordings.ops import Shown
from livehall.core.sessions import store as sessions
from livehall.core.sessions.rules import clean_instant
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def publish(
    work: Work, recording_id: Id, at: datetime | None, expected_revision: int | None = None
) -> Shown:
    """Let everybody watch a recording, now or from `at` on. Harmless when it is public (C6).

    A time is kept with the recording; another takes its place, and publishing now or withdrawing ends it. A
    recording that is not ready when it comes is published as soon as it is.

    Raises: RecordingNotFound, Banned, Forbidden, Conflict, Invalid (a time that has passed), NotFinished,
    NothingToPublish, AlreadyPublic. Emits: RecordingUpdated, for a change.
    """
    if at is not None:
        at = clean_instant(at, "publish_at")
    return await _change(work, recording_id, expected_revision, lambda row: rules.publish(row, at, work.now))


async def withdraw(work: Work, recording_id: Id, expected_revision: int | None = None) -> Shown:
    """Leave a recording to the staff alone, and forget a time to come. Harmless when it is so (C6).

    Raises: RecordingNotFound, Banned, Forbidden, Conflict. Emits: RecordingUpdated, for a change.
    """
    return await _change(
        work, recording_id, expected_revision, lambda row: rules.shown_to(row, "private", work.now)
    )


async def publish_due(work: Work, recording_id: Id) -> bool:
    """Publish one whose time has come; False where that was moved, withdrawn, or done meanwhile.

    Of one whose session was removed the time is forgotten. Emits: RecordingUpdated.
    """
    row = await store.hold(work, recording_id)
    if row is None or not rules.is_due(row, work.now):
        return False
    if not await sessions.by_ids(work, {row.session_id}):
        await store.change(work, row, publish_at=None)
        return False
    await rows.update(work, row, rules.shown_to(row, "public", work.now))
    return True


async def _change(
    work: Work,
    recording_id: Id,
    expected_revision: int | None,
    columns_of: Callable[[Recording], dict[str, object]],
) -> Shown:
    """For the host and administrators."""
    _, at = await ops.visible(work, recording_id)
    if not at.standing.is_owner:
        raise Forbidden
    row = await ops.held(work, recording_id)
    if expected_revision not in (None, row.revision):
        raise Conflict("The recording has changed meanwhile.")
    return await ops.show(work, at, await rows.update(work, row, columns_of(row)))
