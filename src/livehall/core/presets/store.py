"""SQL of presets."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    column,
    func,
    insert,
    or_,
    select,
    table,
    update,
)

from livehall.core.people.model import account
from livehall.core.presets.faults import PresetNotFound
from livehall.core.presets.model import Preset, preset
from livehall.kernel.actor import Actor
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, revise
from livehall.kernel.faults import NotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

PRESET_ID = bindparam("preset_id", type_=Key)
OWNER = bindparam("owner_id", type_=Key)
LIBRARY = bindparam("library_id", type_=Key)
ALIVE = preset.c.deleted_at.is_(None)
OF_ORGANIZATION = preset.c.organization_id == bindparam("organization_id", type_=Key)
IN_LIBRARY: ColumnElement[bool] = or_(LIBRARY.is_(None), preset.c.library_id == LIBRARY)
SHOWN = and_(
    ALIVE,
    OF_ORGANIZATION,
    or_(
        preset.c.owner_id == bindparam("account_id", type_=Key),
        preset.c.library_id.is_not(None),  # on a shelf: for every host of the organization
        bindparam("is_admin", type_=Boolean),
    ),
)
VISIBLE = and_(SHOWN, IN_LIBRARY)
USABLE = and_(SHOWN, or_(preset.c.library_id.is_(None), preset.c.library_id == LIBRARY))
"""For a room of that library: personal ones serve in every library of their owner."""
MINE = and_(ALIVE, OF_ORGANIZATION, preset.c.owner_id == bindparam("account_id", type_=Key))
ON_SHELF = and_(ALIVE, OF_ORGANIZATION, preset.c.library_id == LIBRARY)
SAME_SCOPE = and_(
    ALIVE,
    OF_ORGANIZATION,
    preset.c.owner_id == OWNER,
    or_(preset.c.library_id == LIBRARY, and_(preset.c.library_id.is_(None), LIBRARY.is_(None))),
)
LIMIT, OFFSET = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)

BY_ID = Statement(select(preset).where(preset.c.id == PRESET_ID, VISIBLE), Preset)
FOR_ROOM = Statement(select(preset).where(preset.c.id == PRESET_ID, USABLE), Preset)
LOCKED = Statement(select(preset).where(preset.c.id == PRESET_ID, VISIBLE).with_for_update(), Preset)
OWNER_HELD = Statement(select(account.c.id).where(account.c.id == OWNER).with_for_update(), str)
SHELF = table("library", column("id", Key), column("deleted_at", Instant))  # of a slice above this one
SHELF_KEPT = Statement(
    select(SHELF.c.id)
    .where(SHELF.c.id == LIBRARY, SHELF.c.deleted_at.is_(None))
    .with_for_update(read=True, key_share=True),
    str,
)
BY_IDS = Statement(select(preset).where(any_of(preset.c.id, "preset_ids")), Preset)
ORDERED = (preset.c.name, preset.c.id)
PAGE_MINE = Statement(select(preset).where(MINE).order_by(*ORDERED).limit(LIMIT).offset(OFFSET), Preset)
PAGE_ON_SHELF = Statement(
    select(preset).where(ON_SHELF).order_by(*ORDERED).limit(LIMIT).offset(OFFSET), Preset
)
COUNT_MINE = Statement(select(func.count()).select_from(preset).where(MINE), int)
COUNT_ON_SHELF = Statement(select(func.count()).select_from(preset).where(ON_SHELF), int)
COUNT_ALL = Statement(select(func.count()).select_from(preset).where(ALIVE, OF_ORGANIZATION), int)
COUNT_SCOPE = Statement(select(func.count()).select_from(preset).where(SAME_SCOPE), int)
OLDEST = Statement(
    select(preset).where(SAME_SCOPE).order_by(preset.c.created_at, preset.c.id).limit(1), Preset
)
DEFAULT = Statement(  # the library's of this owner before the personal one
    select(preset)
    .where(
        ALIVE,
        OF_ORGANIZATION,
        preset.c.owner_id == OWNER,
        preset.c.is_default,
        or_(preset.c.library_id == LIBRARY, preset.c.library_id.is_(None)),
    )
    .order_by(preset.c.library_id.is_(None))
    .limit(1),
    Preset,
)
ADD = Command(insert(preset).values({c.name: bindparam(c.name, type_=c.type) for c in preset.c}))
CLEAR_DEFAULT = Command(
    update(preset)
    .where(SAME_SCOPE, preset.c.is_default)
    .values(
        is_default=False,
        revision=preset.c.revision + 1,
        updated_at=bindparam("moment", type_=Instant),
    )
)


async def visible(work: Work, preset_id: Id) -> Preset:
    """The preset, if the actor may see it. Raises: PresetNotFound."""
    found = await work.db.one(BY_ID, preset_id=preset_id, **_seen_by(work.actor))
    if found is None:
        raise PresetNotFound
    return found


async def usable(work: Work, preset_id: Id, library_id: Id) -> Preset:
    """The preset, if the actor may choose it in this library. Raises: PresetNotFound."""
    values = {**_seen_by(work.actor), "library_id": library_id}
    found = await work.db.one(FOR_ROOM, preset_id=preset_id, **values)
    if found is None:
        raise PresetNotFound
    return found


async def hold(work: Work, preset_id: Id) -> Preset:
    """The same, held until the work ends. Raises: PresetNotFound."""
    found = await work.db.one(LOCKED, preset_id=preset_id, **_seen_by(work.actor))
    if found is None:
        raise PresetNotFound
    return found


async def hold_owner(work: Work, account_id: Id) -> None:
    """One change at a time to the presets of an owner: which is the default depends on all of them."""
    await work.db.one(OWNER_HELD, owner_id=account_id)


async def keep_shelf(work: Work, library_id: Id) -> None:
    """A library in which a preset is put is not removed before the work ends. Raises: NotFound."""
    if await work.db.one(SHELF_KEPT, library_id=library_id) is None:
        raise NotFound


async def by_ids(work: Work, preset_ids: set[Id]) -> dict[Id, Preset]:
    """Also those that are gone: what a session that is over went by is still shown."""
    if not preset_ids:
        return {}
    return {each.id: each for each in await work.db.all(BY_IDS, preset_ids=sorted(preset_ids))}


async def default_of(work: Work, organization_id: Id, owner_id: Id, library_id: Id | None) -> Preset | None:
    """The owner's default in a library, else the personal one."""
    return await work.db.one(
        DEFAULT, organization_id=organization_id, owner_id=owner_id, library_id=library_id
    )


async def count_all(work: Work, organization_id: Id) -> int:
    """How many presets an organization has."""
    return await work.db.one(COUNT_ALL, organization_id=organization_id) or 0


async def count_in_scope(work: Work, organization_id: Id, owner_id: Id, library_id: Id | None) -> int:
    found = await work.db.one(
        COUNT_SCOPE, organization_id=organization_id, owner_id=owner_id, library_id=library_id
    )
    return found or 0


async def oldest_in_scope(
    work: Work, organization_id: Id, owner_id: Id, library_id: Id | None
) -> Preset | None:
    return await work.db.one(
        OLDEST, organization_id=organization_id, owner_id=owner_id, library_id=library_id
    )


async def page(work: Work, limit: int, offset: int) -> tuple[list[Preset], int]:
    """The actor's own, personal or on a shelf; within a library what stands there (C9). And their number."""
    values: dict[str, object] = {"organization_id": work.actor.organization_id}
    if work.actor.library_id is None:
        values["account_id"] = work.actor.account_id
        rows = await work.db.all(PAGE_MINE, **values, limit=limit, offset=offset)
        return rows, await work.db.one(COUNT_MINE, **values) or 0
    values["library_id"] = work.actor.library_id
    rows = await work.db.all(PAGE_ON_SHELF, **values, limit=limit, offset=offset)
    return rows, await work.db.one(COUNT_ON_SHELF, **values) or 0


async def add(work: Work, row: Preset) -> None:
    """Raises: Duplicate, when the owner has one of this name there; the work must end."""
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def change(work: Work, preset_id: Id, columns: Mapping[str, object]) -> Preset:
    """Raises: Duplicate, as `add`."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(preset, Preset, values), which=preset_id, **values)
    if changed is None:
        raise PresetNotFound
    return changed


async def clear_default(work: Work, organization_id: Id, owner_id: Id, library_id: Id | None) -> None:
    await work.db.run(
        CLEAR_DEFAULT,
        organization_id=organization_id,
        owner_id=owner_id,
        library_id=library_id,
        moment=work.now,
    )


def _seen_by(actor: Actor) -> dict[str, object]:
    return {
        "organization_id": actor.member_of,
        "account_id": actor.account_id,
        "is_admin": actor.is_admin,
        "library_id": actor.library_id,
    }
