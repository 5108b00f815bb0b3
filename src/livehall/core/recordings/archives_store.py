"""SQL of recordings of meetings, as their maker's own server sees them."""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Integer, bindparam, func, select

from livehall.core.recordings.model import RecordingStatus, asset, recording
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import room
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import session
from livehall.kernel.db import Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Archive(msgspec.Struct, frozen=True, gc=False):
    """What of a recording its maker is told; the whole rows of a list take half more time."""

    id: Id
    organization_id: Id
    session_id: Id
    title: str
    status: RecordingStatus
    duration_ms: int
    error_code: str | None
    created_at: datetime
    deleted_at: datetime | None
    size: int  # bytes

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None

    @property
    def duration_s(self) -> int:
        return round(self.duration_ms / 1000)


def _statement(*where: ColumnElement[bool]) -> Statement[Archive]:
    return Statement(
        select(
            recording.c.id,
            recording.c.organization_id,
            recording.c.session_id,
            recording.c.title,
            recording.c.status,
            recording.c.duration_ms,
            recording.c.error_code,
            recording.c.created_at,
            recording.c.deleted_at,
            func.coalesce(asset.c.size, 0).cast(BigInteger),
        )
        .join(room, room.c.id == recording.c.room_id)
        .join(session, session.c.id == recording.c.session_id)
        .outerjoin(asset, asset.c.recording_id == recording.c.id)
        .where(
            recording.c.organization_id == rooms.ORGANIZATION,
            room.c.kind == "meeting",
            rooms.ALIVE,
            sessions.ALIVE,
            rooms.SCOPE,
            rooms.IS_MINE,
            *where,
        )
        .order_by(recording.c.id.desc())
        .limit(bindparam("limit", type_=Integer)),
        Archive,
    )


ALL = _statement(recording.c.deleted_at.is_(None), recording.c.id < bindparam("before", type_=Key))
ONE = _statement(recording.c.id == bindparam("recording_id", type_=Key))


async def before(work: Work, recording_id: Id, limit: int) -> list[Archive]:
    """Those that were made before this one, the newest first."""
    return await work.db.all(ALL, before=recording_id, limit=limit, **rooms.visible_to(work.actor))


async def find(work: Work, recording_id: Id) -> Archive | None:
    """One of them, also when it is deleted."""
    return await work.db.one(ONE, recording_id=recording_id, limit=1, **rooms.visible_to(work.actor))
