"""SQL of cleanups, and what the media server may have left of an output."""

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from livehall.core.recordings.model import Asset, Cleanup, Egress, asset, cleanup, recording
from livehall.core.recordings.rules import place_of
from livehall.kernel.db import Command, Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

ORGANIZATION_ID = bindparam("organization_id", type_=Key)
CLEANUP_ID = bindparam("cleanup_id", type_=Key)
DUE = and_(
    recording.c.status == "deleted",
    recording.c.purged_at.is_(None),
    recording.c.deleted_at <= bindparam("before", type_=Instant),
)
RUNNING = cleanup.c.state == "running"


class Figures(msgspec.Struct, frozen=True):
    recordings: int  # not deleted
    failed: int
    assets: int
    used: int  # bytes
    reclaimable: int  # bytes


class Due(msgspec.Struct, frozen=True):
    objects: int
    size: int  # bytes


def _sum(values: ColumnElement[int]) -> ColumnElement[int]:
    """As a whole number, which PostgreSQL's sum of such is not."""
    return cast(func.coalesce(func.sum(values), 0), BigInteger)


IS_DELETED = recording.c.status == "deleted"
FIGURES = Statement(
    select(
        _sum(case((IS_DELETED, 0), else_=1)),
        _sum(case((recording.c.status == "failed", 1), else_=0)),
        func.count(asset.c.id),
        _sum(asset.c.size),
        _sum(case((IS_DELETED, asset.c.size), else_=0)),
    )
    .select_from(recording)
    .outerjoin(asset, asset.c.recording_id == recording.c.id)
    .where(recording.c.organization_id == ORGANIZATION_ID),
    Figures,
)
DUE_FIGURES = Statement(
    select(func.count(asset.c.id), _sum(asset.c.size))
    .select_from(recording)
    .join(asset, asset.c.recording_id == recording.c.id)
    .where(recording.c.organization_id == ORGANIZATION_ID, DUE),
    Due,
)
DUE_IN = Statement(
    select(recording.c.id)
    .where(recording.c.organization_id == ORGANIZATION_ID, DUE)
    .order_by(recording.c.deleted_at),
    str,
)
ORGANIZATIONS_DUE = Statement(select(recording.c.organization_id).where(DUE).distinct(), str)
later = cleanup.alias("later")
FORGET_ENDED = Command(
    delete(cleanup).where(
        cleanup.c.ended_at < bindparam("before", type_=Instant),
        or_(
            cleanup.c.dry_run,
            exists().where(
                later.c.organization_id == cleanup.c.organization_id,
                later.c.dry_run.is_(False),
                later.c.ended_at > cleanup.c.ended_at,
            ),
        ),
    )
)
LAST_ENDED = Statement(
    select(cleanup)
    .where(
        cleanup.c.organization_id == ORGANIZATION_ID,
        cleanup.c.dry_run.is_(False),
        cleanup.c.ended_at.is_not(None),
    )
    .order_by(cleanup.c.ended_at.desc())
    .limit(1),
    Cleanup,
)
ALL_RUNNING = Statement(select(cleanup).where(RUNNING).order_by(cleanup.c.id), Cleanup)
RUNNING_IN = Statement(select(cleanup).where(RUNNING, cleanup.c.organization_id == ORGANIZATION_ID), Cleanup)
ADD = Command(insert(cleanup).values({c.name: bindparam(c.name, type_=c.type) for c in cleanup.c}))
FINISH = Command(
    update(cleanup)
    .where(cleanup.c.id == CLEANUP_ID, RUNNING)
    .values(state="done", ended_at=bindparam("now", type_=Instant))
)
COUNT = Command(
    update(cleanup)
    .where(cleanup.c.id == CLEANUP_ID)
    .values(
        deleted_objects=cleanup.c.deleted_objects + 1,
        freed=cleanup.c.freed + bindparam("size", type_=cleanup.c.freed.type),
    )
)
PURGED = Command(
    update(recording)
    .where(recording.c.id == bindparam("recording_id", type_=Key), recording.c.purged_at.is_(None))
    .values(purged_at=bindparam("now", type_=Instant))
)
FORGET_ASSET = Command(delete(asset).where(asset.c.id == bindparam("asset_id", type_=Key)))


async def figures(work: Work, organization_id: Id) -> Figures:
    found = await work.db.one(FIGURES, organization_id=organization_id)
    assert found is not None  # an aggregate has a row
    return found


async def due_in(work: Work, organization_id: Id, before: datetime) -> Due:
    """How much a cleanup would remove."""
    return await work.db.one(DUE_FIGURES, organization_id=organization_id, before=before) or Due(0, 0)


async def due(work: Work, organization_id: Id, before: datetime) -> list[Id]:
    """Recordings that were deleted up to `before` and whose files may still lie there."""
    return await work.db.all(DUE_IN, organization_id=organization_id, before=before)


async def organizations_due(work: Work, before: datetime) -> list[Id]:
    return await work.db.all(ORGANIZATIONS_DUE, before=before)


async def last_cleanup_at(work: Work, organization_id: Id) -> datetime | None:
    last = await work.db.one(LAST_ENDED, organization_id=organization_id)
    return last.ended_at if last else None


async def forget_ended(work: Work, before: datetime) -> int:
    """Drop cleanups that were over before, save the last of each organization; how many."""
    return await work.db.run(FORGET_ENDED, before=before)


async def running(work: Work) -> list[Cleanup]:
    return await work.db.all(ALL_RUNNING)


async def running_in(work: Work, organization_id: Id) -> Cleanup | None:
    return await work.db.one(RUNNING_IN, organization_id=organization_id)


async def add_cleanup(work: Work, row: Cleanup) -> None:
    """Raises: Duplicate, when one of the organization is running; the unit goes on."""
    await work.db.attempt(ADD, **msgspec.structs.asdict(row))


async def finish(work: Work, cleanup_id: Id) -> bool:
    """Whether it was running until now."""
    return await work.db.run(FINISH, cleanup_id=cleanup_id, now=work.now) == 1


async def purged(work: Work, cleanup_id: Id, recording_id: Id, file: Asset | None) -> None:
    """The files of a recording are gone; whoever says so first is counted."""
    changed = await work.db.run(PURGED, recording_id=recording_id, now=work.now)
    if changed and file is not None:
        await work.db.run(FORGET_ASSET, asset_id=file.id)
        await work.db.run(COUNT, cleanup_id=cleanup_id, size=file.size)


async def remove_outputs(folder: Path, row: Egress) -> None:
    """What lies in the media server's folder of an output: a file that was never kept, and notes about it."""
    if row.path:
        await asyncio.to_thread(_remove, folder / row.path)


async def remove_film(folder: Path, recording_id: Id) -> None:
    """The same of a film that was handed in."""
    await asyncio.to_thread(_remove, folder / place_of(recording_id))


def _remove(path: Path) -> None:
    """The file, its picture, the recorder's figures of it, and what a killed recorder was writing of them."""
    beside = [f"{path.name}{end}" for end in (".json", ".jpeg")]
    for name in (path.name, f".{path.name}.part", *beside, *(f".{each}.tmp" for each in beside)):
        path.with_name(name).unlink(missing_ok=True)
