"""SQL of streaming targets."""

from functools import lru_cache

import msgspec
from sqlalchemy import bindparam, insert, select, update

from livehall.core.recordings.faults import StreamingTargetNotFound
from livehall.core.recordings.model import StreamingTarget, streaming_target
from livehall.kernel.db import Command, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

KEPT = streaming_target.c.deleted_at.is_(None)
OF_ROOM = streaming_target.c.room_id == bindparam("room_id", type_=Key)
WHICH = streaming_target.c.id == bindparam("which", type_=Key)

ALL = Statement(
    select(streaming_target).where(OF_ROOM, KEPT).order_by(streaming_target.c.id), StreamingTarget
)
ENABLED = Statement(
    select(streaming_target)
    .where(OF_ROOM, KEPT, streaming_target.c.is_enabled)
    .order_by(streaming_target.c.id),
    StreamingTarget,
)
ONE = Statement(select(streaming_target).where(WHICH, OF_ROOM, KEPT).with_for_update(), StreamingTarget)
ANY = Statement(select(streaming_target).where(WHICH), StreamingTarget)
ADD = Command(
    insert(streaming_target).values({c.name: bindparam(c.name, type_=c.type) for c in streaming_target.c})
)


async def all_of(work: Work, room_id: Id) -> list[StreamingTarget]:
    """In the order of their making."""
    return await work.db.all(ALL, room_id=room_id)


async def enabled(work: Work, room_id: Id) -> list[StreamingTarget]:
    return await work.db.all(ENABLED, room_id=room_id)


async def get(work: Work, room_id: Id, target_id: Id) -> StreamingTarget:
    """Held. Raises: StreamingTargetNotFound."""
    found = await work.db.one(ONE, which=target_id, room_id=room_id)
    if found is None:
        raise StreamingTargetNotFound
    return found


async def any_of_id(work: Work, target_id: Id) -> StreamingTarget:
    """One that a stream names, even if it has been removed meanwhile."""
    found = await work.db.one(ANY, which=target_id)
    assert found is not None, "rows of targets stay"
    return found


async def add(work: Work, row: StreamingTarget) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def change(work: Work, row: StreamingTarget, values: dict[str, object]) -> StreamingTarget:
    """The row with other values, a higher revision, and the time of the change."""
    values = {**values, "revision": row.revision + 1, "updated_at": work.now}
    await work.db.run(_change(tuple(values)), row=row.id, **values)
    return msgspec.structs.replace(row, **values)


@lru_cache
def _change(names: tuple[str, ...]) -> Command:
    columns = streaming_target.c
    return Command(
        update(streaming_target)
        .where(columns.id == bindparam("row", type_=Key))
        .values({name: bindparam(name, type_=columns[name].type) for name in names})
    )
