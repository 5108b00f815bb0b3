"""SQL of files that wait for their place in the storage."""

from datetime import datetime

from sqlalchemy import bindparam, select

from livehall.core.recordings.model import OPEN, Egress, asset, egress, recording
from livehall.core.recordings.store import KEPT
from livehall.kernel.db import Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

LEFT_BEHIND = Statement(
    select(egress)
    .join(recording, recording.c.id == egress.c.recording_id)
    .join(asset, asset.c.recording_id == recording.c.id)
    .where(
        KEPT,
        recording.c.status == "processing",
        egress.c.status.not_in(OPEN),
        asset.c.state == "pending",
        asset.c.created_at < bindparam("before", type_=Instant),
    )
    .order_by(asset.c.created_at),
    Egress,
)
LEFT_FILMS = Statement(
    select(recording.c.id)
    .join(asset, asset.c.recording_id == recording.c.id)
    .where(
        KEPT,
        recording.c.status == "processing",
        recording.c.source == "upload",
        asset.c.state == "pending",
        asset.c.created_at < bindparam("before", type_=Instant),
    )
    .order_by(asset.c.created_at),
    str,
)

KEPT_FILE = Statement(
    select(recording.c.id).where(
        recording.c.id == bindparam("recording_id", type_=Key), recording.c.purged_at.is_(None)
    ),
    str,
)


async def left_behind(work: Work, before: datetime) -> list[Egress]:
    """Whole outputs whose file has been waiting for its place in the storage since `before`, oldest first."""
    return await work.db.all(LEFT_BEHIND, before=before)


async def left_films(work: Work, before: datetime) -> list[Id]:
    """Recordings that were handed in and whose file has been waiting since `before`, oldest first."""
    return await work.db.all(LEFT_FILMS, before=before)


async def is_kept(work: Work, recording_id: Id) -> bool:
    """Whether there is such a recording, or was: what is deleted keeps its file for a while."""
    return await work.db.one(KEPT_FILE, recording_id=recording_id) is not None
