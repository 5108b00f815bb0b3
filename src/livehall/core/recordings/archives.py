"""Recordings of meetings, as their maker's own server sees them: batch by batch, deleted ones by their id."""

from livehall.core.recordings import archives_store as store
from livehall.core.recordings.archives_store import Archive as Archive
from livehall.core.recordings.faults import RecordingNotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

BATCH = 500
NEWEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"  # behind every id


async def archives(work: Work, before: Id = NEWEST, limit: int = BATCH) -> list[Archive]:
    """Those of the actor's meetings, for administrators of the organization's; the newest first.

    At most `limit`, and those that were made before another one.
    """
    return await store.before(work, before, limit)


async def archive(work: Work, recording_id: Id) -> Archive:
    """One of them, also when it is deleted, though not with its meeting. Raises: RecordingNotFound."""
    found = await store.find(work, recording_id)
    if found is None:
        raise RecordingNotFound
    return found
