"""Making the files of exports, and removing them when their time is over.

Invariants
  - A row that is pending is made, whatever happened to the process that began: the next round takes it up.
  - Each attempt is counted before it begins, and writes under a key of its own. Who was overtaken by another
    attempt finds the count changed, and removes what it wrote.
  - Rows and file are never in memory as a whole.

Failure story: a crash leaves at most a file under the key of an attempt that nobody names; it goes when the
export expires. What fails again and again is given up after `MOST_ATTEMPTS`, with pauses that double.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from livehall.core.exports import fields, sources, store
from livehall.core.exports.fields import Reason
from livehall.core.exports.model import Export
from livehall.core.ports.exports import Sheets
from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.kernel.actor import SYSTEM
from livehall.kernel.faults import Forbidden, NotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)

EVERY_S = 1.0
AT_ONCE = 2  # files under way
SWEPT_AT_ONCE = 100


class Maker:
    """Each call is harmless when repeated, and while another does the same."""

    def __init__(self, desk: Desk, storage: Storage, folder: Path, sheets: Sheets) -> None:
        """`folder`: where files lie while they are written; on the disk of the storage, where that is one."""
        self._desk, self._storage, self._folder, self._sheets = desk, storage, folder, sheets
        self._under_way: dict[Id, asyncio.Task[None]] = {}

    async def make_due(self) -> None:
        """Begin what is due, as far as there is room; call it every second. Raises: DatabaseUnavailable."""
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return
        async with self._desk.read(SYSTEM) as read:
            due = await store.due(read, AT_ONCE + room)
        for row in [row for row in due if row.id not in self._under_way][:room]:
            task = asyncio.get_running_loop().create_task(self.make(row))
            self._under_way[row.id] = task
            task.add_done_callback(partial(self._ended, row.id))

    async def stop(self) -> None:
        """Files that are under way are left to the next start."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def make(self, row: Export) -> None:
        """One attempt. Raises: DatabaseUnavailable."""
        if row.attempts >= fields.MOST_ATTEMPTS:
            await self._end(row, None, "not_made")
            return
        pause = min(timedelta(seconds=2 ** (row.attempts + 1)), fields.LONGEST_PAUSE)
        async with self._desk.work(SYSTEM, origin="job") as work:
            if not await store.claim(work, row, work.now + pause):
                return
        row = msgspec.structs.replace(row, attempts=row.attempts + 1)
        path = self._folder / f"export-{row.id}-{row.attempts}"
        try:
            async with self._desk.read(SYSTEM) as read:
                maker = await sources.maker_of(read, row)
            async with self._desk.read(maker) as read:
                await sources.check(read, row)
            await _write(path, self._sheets.pieces(self._desk, maker, row.contents))
            size = (await self._storage.take(path, row.storage_key)).size
        except NotFound:
            await self._end(row, None, "not_found")
        except Forbidden:
            await self._end(row, None, "forbidden")
        except (StorageUnavailable, OSError) as fault:
            log.warning("an export could not be kept", export_id=row.id, error=repr(fault))
            if row.attempts >= fields.MOST_ATTEMPTS:
                await self._end(row, None, "storage_unavailable")
        else:
            if not await self._end(row, size, None):
                await self._storage.delete(row.storage_key)
        finally:
            await asyncio.to_thread(_remove, self._folder, row)

    async def sweep(self) -> None:
        """Remove those whose time is over or whose source is gone, and their files.

        What cannot be removed now is left to the next round. Raises: DatabaseUnavailable.
        """
        async with self._desk.read(SYSTEM) as read:
            found = await store.over(read, SWEPT_AT_ONCE)
        for row in found:
            try:
                for attempt in range(1, row.attempts + 1):
                    await self._storage.delete(row.key_of(attempt))
            except (StorageUnavailable, OSError) as fault:
                log.warning("an export could not be removed", export_id=row.id, error=repr(fault))
                return
            async with self._desk.work(SYSTEM, origin="job") as work:
                await store.forget(work, row.id)

    async def _end(self, row: Export, size: int | None, reason: Reason | None) -> bool:
        async with self._desk.work(SYSTEM, origin="job") as work:
            return await store.end(work, row, size, reason)

    def _ended(self, export_id: Id, task: asyncio.Task[None]) -> None:
        del self._under_way[export_id]
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            log.error("an export could not be made", export_id=export_id, error=repr(fault))


async def _write(path: Path, pieces: AsyncIterator[bytes]) -> None:
    file = await asyncio.to_thread(_opened, path)
    try:
        async for piece in pieces:
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _remove(folder: Path, row: Export) -> None:
    """What this attempt and those before have left of files that were being written."""
    for attempt in range(1, row.attempts + 1):
        (folder / f"export-{row.id}-{attempt}").unlink(missing_ok=True)
