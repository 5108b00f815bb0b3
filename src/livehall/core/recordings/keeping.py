"""A finished file goes from the media server's folder into the storage, and its recording is ready."""

from datetime import timedelta
from pathlib import Path

import structlog

from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.recordings import rows, store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)

FILE_MISSING = "file_missing"
LEFT = timedelta(minutes=1)  # a file that waits longer is looked after here, whatever became of the reaction


class Keeper:
    """Each call is harmless when repeated, and while another does the same."""

    def __init__(self, desk: Desk, storage: Storage, folder: Path) -> None:
        """`folder`: where the media server writes its outputs."""
        self._desk, self._storage, self._folder = desk, storage, folder

    async def keep(self, egress_id: Id, recording_id: Id) -> None:
        """Raises: StorageUnavailable; the recording is left as it is. Emits: RecordingChanged."""
        async with self._desk.read(SYSTEM) as read:
            row = await store.get_egress(read, egress_id)
            asset = await store.asset_of(read, recording_id)
        if row is None or asset is None or asset.state != "pending":
            return
        try:
            stored = await self._storage.take(self._folder / row.path, asset.storage_key)
        except FileNotFoundError:
            log.error("a recorded file is missing", recording_id=recording_id)
            stored = None
        async with self._desk.work(SYSTEM, origin="job") as work:
            asset = await store.asset_of(work, recording_id)
            if asset is None or asset.state != "pending":  # another was faster
                return
            size = stored.size if stored else 0
            await store.set_asset(work, asset, state="ready" if stored else "failed", size=size)
            recording = await store.get(work, recording_id)
            if recording is None:
                return
            attempts = recording.attempts + 1
            if stored is None:
                await rows.move(work, recording, "failed", error_code=FILE_MISSING, attempts=attempts)
            else:
                await rows.move(work, recording, "ready", size=size, attempts=attempts)

    async def keep_left(self) -> None:
        """What a storage that was away for long has left behind; call it every few seconds.

        What cannot be done now is left to the next round. Raises: DatabaseUnavailable.
        Emits: RecordingChanged.
        """
        async with self._desk.read(SYSTEM) as read:
            left = await store.left_behind(read, before=read.now - LEFT)
        for row in left:
            if row.recording_id is None:
                continue
            try:
                await self.keep(row.id, row.recording_id)
            except (StorageUnavailable, OSError) as fault:
                log.warning("a file could not be kept", recording_id=row.recording_id, error=repr(fault))
