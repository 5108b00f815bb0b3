"""SQL of libraries."""

import msgspec
from sqlalchemy import Integer, bindparam, func, or_, select, update

from livehall.core.presets.model import preset
from livehall.core.rooms.model import Library, Room, library, room
from livehall.core.rooms.store import ADD_LIBRARY, ORGANIZATION
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, revise
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

LIBRARY = bindparam("library_id", type_=Key)
ALIVE = library.c.deleted_at.is_(None)

OF_ORGANIZATION = (ALIVE, library.c.organization_id == ORGANIZATION)
ONE = select(library).where(library.c.id == LIBRARY, *OF_ORGANIZATION)

BY_ID = Statement(ONE, Library)
LOCKED = Statement(ONE.with_for_update(), Library)
OPEN_TO = Statement(
    select(library.c.id).where(
        library.c.id == LIBRARY,
        ALIVE,
        or_(ORGANIZATION.is_(None), library.c.organization_id == ORGANIZATION),
    ),
    str,
)
PAGE = Statement(
    select(library)
    .where(*OF_ORGANIZATION)
    .order_by(library.c.is_default.desc(), library.c.name, library.c.id)
    .limit(bindparam("limit", type_=Integer))
    .offset(bindparam("offset", type_=Integer)),
    Library,
)
COUNT = Statement(select(func.count()).select_from(library).where(*OF_ORGANIZATION), int)
STANDING = (room.c.library_id == LIBRARY, room.c.deleted_at.is_(None))
ROOMS_IN = Statement(select(func.count()).select_from(room).where(*STANDING), int)
ROOMS_BY_LIBRARY = Statement(
    select(room.c.library_id, func.count())
    .where(any_of(room.c.library_id, "library_ids"), room.c.deleted_at.is_(None))
    .group_by(room.c.library_id),
    lambda *row: row,
)
PRESETS_IN = Statement(
    select(func.count())
    .select_from(preset)
    .where(preset.c.library_id == LIBRARY, preset.c.deleted_at.is_(None)),
    int,
)
MOVE = Statement(
    update(room)
    .where(*STANDING)
    .values(
        library_id=bindparam("to", type_=Key),
        revision=room.c.revision + 1,
        updated_at=bindparam("moment", type_=Instant),
    )
    .returning(*room.c),
    Room,
)
CLOSE = Command(
    update(library)
    .where(library.c.id == bindparam("which", type_=Key))
    .values(slug=bindparam("slug", type_=library.c.slug.type), deleted_at=bindparam("moment", type_=Instant))
)


async def is_open_to(work: Work, library_id: Id, organization_id: Id | None) -> bool:
    """Whether there is one; for a member, one of the own organization. None: whoever belongs to none."""
    return await work.db.one(OPEN_TO, library_id=library_id, organization_id=organization_id) is not None


async def get(work: Work, library_id: Id, organization_id: Id) -> Library | None:
    return await work.db.one(BY_ID, library_id=library_id, organization_id=organization_id)


async def hold(work: Work, library_id: Id, organization_id: Id) -> Library | None:
    """The same, held until the work ends."""
    return await work.db.one(LOCKED, library_id=library_id, organization_id=organization_id)


async def page(work: Work, organization_id: Id, limit: int, offset: int) -> tuple[list[Library], int]:
    """One page, the default library first, and the number of all."""
    rows = await work.db.all(PAGE, organization_id=organization_id, limit=limit, offset=offset)
    return rows, await work.db.one(COUNT, organization_id=organization_id) or 0


async def first(work: Work, organization_id: Id, limit: int) -> list[Library]:
    """So many of the page's order."""
    return await work.db.all(PAGE, organization_id=organization_id, limit=limit, offset=0)


async def rooms_in(work: Work, library_ids: list[Id]) -> dict[Id, int]:
    """How many rooms stand in each, in one query; those without any are left out."""
    if not library_ids:
        return {}
    return dict(await work.db.all(ROOMS_BY_LIBRARY, library_ids=library_ids))


async def contents(work: Work, library_id: Id) -> int:
    """How many rooms and presets stand there."""
    rooms = await work.db.one(ROOMS_IN, library_id=library_id) or 0
    return rooms + (await work.db.one(PRESETS_IN, library_id=library_id) or 0)


async def add(work: Work, row: Library) -> None:
    """Raises: Duplicate, when the slug is taken; the unit goes on."""
    await work.db.attempt(ADD_LIBRARY, **msgspec.structs.asdict(row))


async def change(work: Work, library_id: Id, columns: dict[str, object]) -> Library:
    """Set columns, raise the revision. Raises: Duplicate, when the slug is taken; the work must end."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(library, Library, values), which=library_id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def move_rooms(work: Work, library_id: Id, to: Id) -> list[Room]:
    """All rooms of one library into another."""
    return await work.db.all(MOVE, library_id=library_id, to=to, moment=work.now)


async def close(work: Work, library_id: Id) -> None:
    """Remove it, softly; its slug is free again."""
    await work.db.run(CLOSE, which=library_id, slug=library_id, moment=work.now)
