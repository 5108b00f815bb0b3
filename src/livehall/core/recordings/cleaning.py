"""The space that recordings take, and taking it back: files of deleted recordings go for good.

A deletion can be undone by hand for as long as `grace`. A cleanup is a row that says what it removes; the
rounds of `Cleaner` do it, object by object, so that one that was cut off goes on where it was.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from livehall.core.ports.storage import Backend, Storage, StorageUnavailable
from livehall.core.recordings import purging, store, targets
from livehall.core.recordings.events import CleanupMoved, StorageCleaned
from livehall.core.recordings.model import Cleanup
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

GRACE = timedelta(days=7)


class Clean(msgspec.Struct, frozen=True, kw_only=True):
    dry_run: bool = False
    older_than: timedelta | None = None  # since the deletion; None: the grace period


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The organization's share. Sizes are bytes."""

    backend: Backend
    has_own_target: bool  # recordings go to a place of its own
    available: int | None  # None: the store does not tell
    used: int
    recordings: int
    assets: int
    reclaimable: int
    failed_recordings: int
    last_cleanup_at: datetime | None


async def status(work: Work, storage: Storage, available: int | None) -> Status:
    """Raises: Forbidden, for others than administrators."""
    organization_id = _administrated(work)
    figures = await purging.figures(work, organization_id)
    return Status(
        backend=storage.backend,
        has_own_target=await targets.has_one(work, organization_id),
        available=available,
        used=figures.used,
        recordings=figures.recordings,
        assets=figures.assets,
        reclaimable=figures.reclaimable,
        failed_recordings=figures.failed,
        last_cleanup_at=await purging.last_cleanup_at(work, organization_id),
    )


async def running(work: Work, organization_id: Id) -> Cleanup | None:
    """The one that an organization's dashboard shows; who asks administers it."""
    return await purging.running_in(work, organization_id)


async def clean(work: Work, cmd: Clean, grace: timedelta) -> Cleanup:
    """Have deleted recordings' files removed, in the background; what is running already goes on.

    A dry run says what would go and removes nothing. Raises: Forbidden. Emits: StorageCleaned, CleanupMoved.
    """
    organization_id = _administrated(work)
    before = work.now - (grace if cmd.older_than is None else cmd.older_than)
    due = await purging.due_in(work, organization_id, before)
    row = Cleanup(
        id=new_id(),
        organization_id=organization_id,
        state="done" if cmd.dry_run else "running",
        dry_run=cmd.dry_run,
        before=before,
        deleted_objects=due.objects if cmd.dry_run else 0,
        freed=due.size if cmd.dry_run else 0,
        created_at=work.now,
        ended_at=work.now if cmd.dry_run else None,
    )
    try:
        await purging.add_cleanup(work, row)
    except Duplicate:
        running = await purging.running_in(work, organization_id)
        return running or row
    if not cmd.dry_run:
        work.emit(StorageCleaned(organization_id=organization_id, cleanup_id=row.id, before=before))
        _tell(work, row, "running")
    return row


def _tell(work: Work, row: Cleanup, state: Literal["running", "succeeded"]) -> None:
    work.emit(CleanupMoved(organization_id=row.organization_id, cleanup_id=row.id, state=state))


def _administrated(work: Work) -> Id:
    actor = work.actor
    if actor.organization_id is None or not actor.is_admin or actor.session_id is not None:
        raise Forbidden
    return actor.organization_id


class Cleaner:
    """Each call is harmless when repeated, and while another does the same."""

    def __init__(self, desk: Desk, storage: Storage, folder: Path, grace: timedelta = GRACE) -> None:
        """`folder`: where the media server writes its outputs."""
        self._desk, self._storage, self._folder, self.grace = desk, storage, folder, grace

    async def clean_running(self) -> None:
        """A round over the cleanups that run; call it every few seconds.

        A store that does not answer is asked again in the next round. Raises: DatabaseUnavailable.
        """
        async with self._desk.read(SYSTEM) as read:
            running = await purging.running(read)
        for row in running:
            try:
                await self._clean(row)
            except (StorageUnavailable, OSError) as fault:
                log.warning("a cleanup could not go on", cleanup_id=row.id, error=repr(fault))

    async def plan(self) -> None:
        """Begin a cleanup wherever something was deleted longer ago than the grace period.

        Raises: DatabaseUnavailable.
        """
        async with self._desk.work(SYSTEM, origin="job") as work:
            before = work.now - self.grace
            for organization_id in await purging.organizations_due(work, before):
                row = Cleanup(
                    id=new_id(),
                    organization_id=organization_id,
                    state="running",
                    dry_run=False,
                    before=before,
                    deleted_objects=0,
                    freed=0,
                    created_at=work.now,
                    ended_at=None,
                )
                try:
                    await purging.add_cleanup(work, row)
                except Duplicate:
                    continue
                _tell(work, row, "running")

    async def forget_ended(self, keep: timedelta) -> None:
        """Drop cleanups that are long over. Raises: DatabaseUnavailable."""
        async with self._desk.work(SYSTEM, origin="job") as work:
            await purging.forget_ended(work, work.now - keep)

    async def _clean(self, row: Cleanup) -> None:
        async with self._desk.read(SYSTEM) as read:
            due = await purging.due(read, row.organization_id, row.before)
        for recording_id in due:
            await self._purge(row, recording_id)
        async with self._desk.work(SYSTEM, origin="job") as work:
            if await purging.finish(work, row.id):
                _tell(work, row, "succeeded")
        log.info("a cleanup is done", cleanup_id=row.id, recordings=len(due))

    async def _purge(self, row: Cleanup, recording_id: Id) -> None:
        async with self._desk.read(SYSTEM) as read:
            asset = await store.asset_of(read, recording_id)
            output = await store.egress_of(read, recording_id)
        if asset is not None:
            await self._storage.delete(asset.storage_key)
            if asset.has_thumbnail:
                await self._storage.delete(asset.thumbnail_key)
        if output is not None:
            await purging.remove_outputs(self._folder, output)
        await purging.remove_film(self._folder, recording_id)
        async with self._desk.work(SYSTEM, origin="job") as work:
            await purging.purged(work, row.id, recording_id, asset)
