"""Making the files of exports, and removing them when their time is over.

Invariants
  - A row that is pending is made, whatever happened to the process that began: when its lease has passed, a
    round takes it up.
  - Who makes it holds a lease, renewed until the file is kept: nobody begins it anew, or gives it up, before.
  - Each attempt is counted before it begins, and writes under a key of its own. Who stood still for longer
    than the lease and was overtaken finds the count changed, and removes what it wrote.
  - Rows and file are never in memory as a whole.

Failure story: a crash leaves at most a file under the key of an attempt that nobody names; it goes when the
export expires. An attempt that fails gives the lease back: the next one is due after a pause, which doubles.
After `MOST_ATTEMPTS` it is given up.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from livehall.core.exports import fields, sources, store
from livehall.core.exports.events import ExportEnded
from livehall.core.exports.fields import Reason
from livehall.core.exports.model import Export
from livehall.core.ports.exports import Sheets
from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.faults import Forbidden, NotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)

EVERY_S = 1.0
RENEWED_S = 10.0  # how often a lease is, while the file is written and kept
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
        """One attempt, if it is due and nobody else makes it.

        Raises: DatabaseUnavailable. Emits: ExportEnded.
        """
        async with self._desk.work(SYSTEM, origin="job") as work:
            if not await store.claim(work, row, work.now + fields.LEASE):
                return
        tried, row = row.attempts, msgspec.structs.replace(row, attempts=row.attempts + 1)
        if tried >= fields.MOST_ATTEMPTS:  # the last was cut off
            await self._end(row, None, "not_made")
            return
        try:
            async with self._held(row):
                size = await self._kept(row)
        except NotFound:
            await self._end(row, None, "not_found")
        except Forbidden:
            await self._end(row, None, "forbidden")
        except (StorageUnavailable, OSError) as fault:
            log.warning("an export could not be kept", export_id=row.id, error=repr(fault))
            await self._failed(row, "storage_unavailable")
        except Exception:
            await self._failed(row, "not_made")
            raise
        except asyncio.CancelledError:
            await self._due_after(row, timedelta(0))
            raise
        else:
            if not await self._end(row, size, None):
                await self._storage.delete(row.storage_key)
        finally:
            await asyncio.to_thread(_remove, self._folder, row)

    async def sweep(self) -> None:
        """Remove those whose time is over or whose source is gone, and their files; none that is being made.

        What cannot be removed now is left to the next round, and the others go. Raises: DatabaseUnavailable.
        """
        async with self._desk.read(SYSTEM) as read:
            found = await store.over(read, SWEPT_AT_ONCE)
        for row in found:
            try:
                for attempt in range(1, row.attempts + 1):
                    await self._storage.delete(row.key_of(attempt))
            except (StorageUnavailable, OSError) as fault:
                log.warning("an export could not be removed", export_id=row.id, error=repr(fault))
                continue
            async with self._desk.work(SYSTEM, origin="job") as work:
                await store.forget(work, row)

    async def _kept(self, row: Export) -> int:
        """Write the file and give it to the storage; its size. Raises what reading and keeping raise."""
        path = self._folder / f"export-{row.id}-{row.attempts}"
        async with self._desk.read(SYSTEM) as read:
            maker = await sources.maker_of(read, row)
        async with self._desk.read(maker) as read:
            await sources.check(read, row)
        await _write(path, self._sheets.pieces(self._desk, maker, row.contents))
        return (await self._storage.take(path, row.storage_key)).size

    @asynccontextmanager
    async def _held(self, row: Export) -> AsyncIterator[None]:
        """The lease of this attempt is renewed for the length of a block."""
        over = asyncio.Event()
        renewing = asyncio.get_running_loop().create_task(self._renew(row, over))
        try:
            yield
        finally:
            over.set()
            await renewing

    async def _renew(self, row: Export, over: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), RENEWED_S)
                return
            try:
                await self._due_after(row, fields.LEASE)
            except DatabaseUnavailable as fault:
                log.warning("a lease of an export could not be renewed", export_id=row.id, error=repr(fault))

    async def _failed(self, row: Export, reason: Reason) -> None:
        """It is tried again after a pause, or given up."""
        if row.attempts >= fields.MOST_ATTEMPTS:
            await self._end(row, None, reason)
        else:
            await self._due_after(row, min(timedelta(seconds=2**row.attempts), fields.LONGEST_PAUSE))

    async def _due_after(self, row: Export, pause: timedelta) -> None:
        async with self._desk.work(SYSTEM, origin="job") as work:
            await store.put_off(work, row, work.now + pause)

    async def _end(self, row: Export, size: int | None, reason: Reason | None) -> bool:
        """Whether it was still this attempt's. Emits: ExportEnded."""
        async with self._desk.work(SYSTEM, origin="job") as work:
            if not await store.end(work, row, size, reason):
                return False
            work.emit(
                ExportEnded(
                    organization_id=row.organization_id,
                    export_id=row.id,
                    room_id=row.room_id,
                    session_id=row.session_id,
                    made_by=row.made_by,
                    account_id=row.account_id,
                    kind=row.kind,
                    format=row.format,
                    size=size,
                    reason=reason,
                )
            )
        return True

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
