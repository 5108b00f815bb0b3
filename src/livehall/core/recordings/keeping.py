"""A finished file goes from the media server's folder into the storage, and its recording is ready.

As long as the storage does not answer, the file stays where it is and the recording is in `processing`:
a round every few seconds tries again, for as long as it takes.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog

from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.recordings import left_store, ops, rows, store
from livehall.core.recordings.events import RecordingQueued
from livehall.core.recordings.faults import NotFailed, NothingLeft
from livehall.core.recordings.model import Asset, Egress, Recording
from livehall.core.recordings.ops import Shown
from livehall.core.recordings.rules import place_of
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

FILE_MISSING = "file_missing"
LEFT = timedelta(minutes=1)  # a file that waits longer is looked after here, whatever became of the reaction
SOON_S = 5.0  # as long an event's reaction waits for its file; a large one goes on without it
AT_ONCE = 2  # files under way
LATER = (StorageUnavailable, OSError)  # what another round may find mended


class Keeper:
    """Each call is harmless when repeated, and while another does the same."""

    def __init__(self, desk: Desk, storage: Storage, folder: Path) -> None:
        """`folder`: where the media server writes its outputs."""
        self._desk, self._storage, self._folder = desk, storage, folder
        self._under_way: dict[Id, asyncio.Task[None]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def keep(self, egress_id: Id | None, recording_id: Id) -> None:
        """`egress_id`: the output that wrote the file; None for a film that was handed in.

        Emits: RecordingChanged. Raises: StorageUnavailable, OSError; the recording is left as it is."""
        await asyncio.shield(self._begin(egress_id, recording_id))

    async def keep_soon(self, egress_id: Id | None, recording_id: Id) -> None:
        """The same for one who cannot wait: what takes long or fails is left to `keep_left`."""
        task = self._begin(egress_id, recording_id)
        done, _ = await asyncio.wait((task,), timeout=SOON_S)
        if not done:
            return
        fault = None if task.cancelled() else task.exception()
        if fault is not None and not isinstance(fault, LATER):
            raise fault

    async def keep_left(self) -> None:
        """What a storage that was away for long has left behind; call it every few seconds.

        What cannot be done now is left to the next round. Raises: DatabaseUnavailable.
        Emits: RecordingChanged.
        """
        async with self._desk.read(SYSTEM) as read:
            left = await left_store.left_behind(read, before=read.now - LEFT)
            films = await left_store.left_films(read, before=read.now - LEFT)
        waiting = [(row.id, row.recording_id) for row in left] + [(None, film) for film in films]
        for egress_id, recording_id in waiting:
            if recording_id is None or recording_id in self._under_way:
                continue
            await self.keep_soon(egress_id, recording_id)

    async def stop(self) -> None:
        """Files that are under way are left to the next start."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def retry(self, actor: Actor, recording_id: Id) -> Shown:
        """Process a recording that failed again, if its file is there after all.

        One that is being processed, or is ready, is the answer (C6). For administrators.
        Raises: RecordingNotFound, Forbidden, NotFailed, NothingLeft, StorageUnavailable.
        Emits: RecordingChanged, RecordingQueued.
        """
        async with self._desk.read(actor) as read:
            shown = await ops.get(read, recording_id)
            output = await store.egress_of(read, recording_id)
        if not actor.is_admin:
            raise Forbidden
        if shown.recording.status in ("processing", "ready"):
            return shown
        if shown.recording.status != "failed":
            raise NotFailed
        size = await self._size(_path(output, shown.recording), shown.asset)
        if size is None:
            raise NothingLeft
        async with self._desk.work(actor) as work:
            shown = await ops.get(work, recording_id)
            if shown.recording.status == "failed":
                await self._queue(work, shown.recording, shown.asset, output, size)
            return await ops.get(work, recording_id)

    def _begin(self, egress_id: Id | None, recording_id: Id) -> asyncio.Task[None]:
        task = self._under_way.get(recording_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._keep(egress_id, recording_id))
            self._under_way[recording_id] = task
            task.add_done_callback(lambda ended: self._ended(recording_id, ended))
        return task

    def _ended(self, recording_id: Id, task: asyncio.Task[None]) -> None:
        del self._under_way[recording_id]
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            log.warning("a file could not be kept", recording_id=recording_id, error=repr(fault))

    async def _keep(self, egress_id: Id | None, recording_id: Id) -> None:
        async with self._gate:
            async with self._desk.read(SYSTEM) as read:
                row = await store.get_egress(read, egress_id) if egress_id is not None else None
                recording = await store.get(read, recording_id)
                asset = await store.asset_of(read, recording_id)
            if recording is None or asset is None or asset.state != "pending":
                return
            place = _path(row, recording)
            if place is None:
                return
            path = self._folder / place
            try:
                stored = await self._storage.take(path, asset.storage_key)
            except FileNotFoundError:
                log.error("a recorded file is missing", recording_id=recording_id)
                stored = None
            has_thumbnail = stored is not None and await self._keep_thumbnail(path, asset)
        async with self._desk.work(SYSTEM, origin="job") as work:
            await _note(work, recording_id, stored.size if stored else None, has_thumbnail=has_thumbnail)

    async def _keep_thumbnail(self, path: Path, asset: Asset) -> bool:
        """The picture that our media server lays beside a file; others have none."""
        try:
            await self._storage.take(path.with_name(f"{path.name}.jpeg"), asset.thumbnail_key)
        except FileNotFoundError:
            return False
        return True

    async def _size(self, place: str | None, asset: Asset | None) -> int | None:
        """Of what is left of a recording, in the media server's folder or in the storage."""
        path = self._folder / place if place is not None else None
        if path is not None and await asyncio.to_thread(path.is_file):
            return (await asyncio.to_thread(path.stat)).st_size
        stored = await self._storage.find(asset.storage_key) if asset is not None else None
        return stored.size if stored is not None else None

    async def _queue(
        self, work: Work, recording: Recording, asset: Asset | None, output: Egress | None, size: int
    ) -> None:
        if asset is None:
            await store.add_asset(work, await rows.file_of(work, recording, size))
        else:
            await store.set_asset(work, asset, state="pending", size=size)
        times: dict[str, object] = {}
        if not recording.duration_ms and recording.started_at and recording.ended_at:
            length = recording.ended_at - recording.started_at
            times["duration_ms"] = round(length.total_seconds() * 1000)
        await rows.move(work, recording, "processing", size=size, error_code=None, **times)
        work.emit(
            RecordingQueued(
                organization_id=recording.organization_id,
                recording_id=recording.id,
                session_id=recording.session_id,
                room_id=recording.room_id,
                egress_id=output.id if output is not None else None,
            )
        )


def _path(output: Egress | None, recording: Recording) -> str | None:
    """Where the file of a recording waits, within the media server's folder; None: nobody knows."""
    if recording.source == "upload":
        return place_of(recording.id)
    return output.path if output is not None else None


async def _note(work: Work, recording_id: Id, size: int | None, *, has_thumbnail: bool) -> None:
    """What became of a file: `size` in bytes in the storage, or None when there was none."""
    recording = await store.hold(work, recording_id)  # who publishes it meanwhile comes before or after
    asset = await store.asset_of(work, recording_id)
    if asset is None or asset.state != "pending" or recording is None:  # another was faster
        return
    attempts = recording.attempts + 1
    if size is None:
        await store.set_asset(work, asset, state="failed", size=0)
        await rows.move(work, recording, "failed", error_code=FILE_MISSING, attempts=attempts)
    else:
        await store.set_asset(work, asset, state="ready", size=size, has_thumbnail=has_thumbnail)
        await rows.move(work, recording, "ready", size=size, attempts=attempts)
