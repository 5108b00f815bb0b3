"""SQL of rooms."""

from functools import lru_cache
from typing import Literal

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Text,
    TextClause,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from livehall.core.participants import store as participants
from livehall.core.participants.model import participant
from livehall.core.people import groups_store as groups
from livehall.core.people.groups_model import group_link
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.rooms.model import Library, Room, library, room
from livehall.kernel.actor import Actor
from livehall.kernel.db import Command, Duplicate, Key, Statement, any_of, filled, new_row, revise
from livehall.kernel.ids import Id, new_id
from livehall.kernel.letters import WORDS, pattern
from livehall.kernel.phrases import holding, narrowed
from livehall.kernel.totals import total_of
from livehall.kernel.work import Work

Sort = Literal["created_at", "-created_at", "title", "-title"]

ORGANIZATION = bindparam("organization_id", type_=Key)
ACCOUNT = bindparam("account_id", type_=Key)
IS_ADMIN: ColumnElement[bool] = bindparam("is_admin", type_=Boolean)

ALIVE = room.c.deleted_at.is_(None)
SCOPE: ColumnElement[bool] = or_(  # a call within one library reaches no other
    bindparam("scope", type_=Key).is_(None), room.c.library_id == bindparam("scope", type_=Key)
)
IS_MINE = and_(room.c.organization_id == ORGANIZATION, or_(room.c.host_id == ACCOUNT, IS_ADMIN))
IS_IN_ROOM = and_(participant.c.room_id == room.c.id, participants.COUNTS, participants.ALIVE)
VISIBLE: ColumnElement[bool] = and_(
    ALIVE,
    SCOPE,
    or_(
        room.c.visibility.in_(("public", "unlisted")),
        and_(room.c.visibility == "members", room.c.organization_id == ORGANIZATION),
        IS_MINE,
        exists().where(IS_IN_ROOM, participants.BY_ACCOUNT),
        exists().where(IS_IN_ROOM, participants.BY_ADDRESS),
        and_(
            room.c.visibility == "private",
            exists().where(
                groups.MINE,
                or_(group_link.c.room_id == room.c.id, group_link.c.library_id == room.c.library_id),
            ),
        ),
    ),
)
"""What an actor may see who knows the id; bound by `visible_to`."""
# Nearly every room is one that lists show. Without statistics, which nobody gathers on SQLite, an index of
# visibility looks like the way to few of them, and all would be sorted for one page: it is kept out of sight.
VISIBILITY = room.c.visibility.concat("")
LISTED: ColumnElement[bool] = and_(
    ALIVE,
    SCOPE,
    or_(
        VISIBILITY == "public",
        and_(VISIBILITY == "members", room.c.organization_id == ORGANIZATION),
    ),
)
IN_NEWEST = text("room.visibility in ('public','members')")
"""Word by word what `room_newest` holds: of all that are listed nothing new, but read in their order."""

BY_ID = Statement(select(room).where(room.c.id == bindparam("room_id", type_=Key), VISIBLE), Room)
BY_IDS = Statement(select(room).where(any_of(room.c.id, "room_ids")), Room)
OWN = Statement(
    select(room).where(
        room.c.id == bindparam("room_id", type_=Key), room.c.organization_id == ORGANIZATION, ALIVE, SCOPE
    ),
    Room,
)
OWN_KEPT = Statement(
    select(room)
    .where(room.c.id == bindparam("room_id", type_=Key), room.c.organization_id == ORGANIZATION, ALIVE, SCOPE)
    .with_for_update(read=True, key_share=True),
    Room,
)
LOCKED = Statement(
    select(room).where(room.c.id == bindparam("room_id", type_=Key), ALIVE).with_for_update(), Room
)
COUNT_ALL = Statement(
    select(func.count()).select_from(room).where(room.c.organization_id == ORGANIZATION, ALIVE), int
)
SET_ACTIVE = Command(
    update(room)
    .where(room.c.id == bindparam("which", type_=Key))
    .values(
        active_session_id=bindparam("active_session_id", type_=Key),
        is_live=bindparam("is_live", type_=Boolean),
    )
)
FORGET_PRESET = Command(
    update(room)
    .where(room.c.default_preset_id == bindparam("preset_id", type_=Key))
    .values(default_preset_id=None, revision=room.c.revision + 1)
)
DEFAULT_LIBRARY = Statement(
    select(library).where(
        library.c.organization_id == ORGANIZATION, library.c.is_default, library.c.deleted_at.is_(None)
    ),
    Library,
)
LIBRARY = Statement(
    select(library)
    .where(
        library.c.id == bindparam("library_id", type_=Key),
        library.c.organization_id == ORGANIZATION,
        library.c.deleted_at.is_(None),
    )
    .with_for_update(read=True, key_share=True),
    Library,
)
HOLDING = holding("room", "title", "description")
ADD_LIBRARY = Command(insert(library).values({c.name: bindparam(c.name, type_=c.type) for c in library.c}))


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which rooms of a list. `mine`: those that the actor owns, whatever their visibility."""

    mine: bool = False
    search: str = ""
    library_id: Id | None = None
    live: bool | None = None
    sort: Sort = "-created_at"
    offset: int = 0
    limit: int = 20


class Which(msgspec.Struct, frozen=True):
    """The filters of a list, as the key of its statement."""

    mine: bool
    words: int
    in_library: bool
    by_live: bool
    narrowed: bool = False  # to ids that are known (`kernel.phrases`)


def visible_to(actor: Actor) -> dict[str, object]:
    """The values that bind `VISIBLE` and `LISTED`."""
    return {
        "organization_id": actor.member_of,
        "account_id": actor.account_id,
        "is_admin": actor.is_admin,
        "scope": actor.library_id,
    }


async def visible(work: Work, room_id: Id) -> Room:
    """The room, if the actor may see it. Raises: RoomNotFound."""
    row = await work.db.one(BY_ID, room_id=room_id, **visible_to(work.actor))
    return _found(row)


async def by_ids(work: Work, room_ids: set[Id]) -> dict[Id, Room]:
    """Several at once, in one query; the caller has decided that they may be seen."""
    if not room_ids:
        return {}
    return {each.id: each for each in await work.db.all(BY_IDS, room_ids=sorted(room_ids))}


async def own(work: Work, room_id: Id) -> Room:
    """The room, if it is of the actor's organization: what the staff's operations reach.

    Raises: RoomNotFound.
    """
    return await _own(work, OWN, room_id)


async def keep_own(work: Work, room_id: Id) -> Room:
    """The same, for something that is put there: it is not removed before the work ends.

    Raises: RoomNotFound.
    """
    return await _own(work, OWN_KEPT, room_id)


async def _own(work: Work, statement: Statement[Room], room_id: Id) -> Room:
    actor = work.actor
    row = await work.db.one(
        statement, room_id=room_id, organization_id=actor.organization_id, scope=actor.library_id
    )
    return _found(row)


async def count_all(work: Work, organization_id: Id) -> int:
    """How many rooms an organization has."""
    return await work.db.one(COUNT_ALL, organization_id=organization_id) or 0


async def hold(work: Work, room_id: Id) -> Room:
    """The row, held until the work ends. Always taken before a session of the room.

    Raises: RoomNotFound.
    """
    row = await work.db.one(LOCKED, room_id=room_id)
    return _found(row)


async def add(work: Work, row: Room) -> None:
    values = filled(row)
    await work.db.run(new_row(room, values), **values)


async def change(work: Work, room_id: Id, columns: dict[str, object]) -> Room:
    """Set columns, raise the revision."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(room, Room, values), which=room_id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def set_active(work: Work, room_id: Id, session_id: Id | None, *, is_live: bool) -> None:
    """Note what is on in the room. No edit: the revision stays."""
    await work.db.run(SET_ACTIVE, which=room_id, active_session_id=session_id, is_live=is_live)


async def page(work: Work, query: Query) -> tuple[list[Room], int]:
    """One page and the number of all, in two queries at most."""
    searched = query.search.split()[:WORDS]
    words = [pattern(word) for word in searched]
    values: dict[str, object] = {
        **visible_to(work.actor),
        **{f"word{number}": word for number, word in enumerate(words)},
        "library_id": query.library_id,
        "live": query.live,
    }
    # Of several words each may stand in the title or in the description: the longest tells most.
    found = await narrowed(work, HOLDING, sorted(searched, key=len)[-1:])
    if found is not None:
        values["found"] = found
    which = Which(
        query.mine, len(words), query.library_id is not None, query.live is not None, found is not None
    )
    rows = await work.db.all(_page(which, query.sort), **values, limit=query.limit, offset=query.offset)
    total = await total_of(
        work, _count(which), values, shown=len(rows), offset=query.offset, limit=query.limit
    )
    return rows, total


async def default_library(work: Work, organization_id: Id) -> Library:
    """The organization's default library; made with its first room."""
    found = await work.db.one(DEFAULT_LIBRARY, organization_id=organization_id)
    if found is not None:
        return found
    row = Library(
        id=new_id(),
        organization_id=organization_id,
        slug="default",
        name="Library",
        description=None,
        is_default=True,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )
    try:
        await work.db.attempt(ADD_LIBRARY, **msgspec.structs.asdict(row))
    except Duplicate:  # another work was faster
        found = await work.db.one(DEFAULT_LIBRARY, organization_id=organization_id)
        assert found is not None, "the one that was faster has committed"
        return found
    return row


async def find_library(work: Work, library_id: Id) -> Library | None:
    """For something that is put there: it is not removed before the work ends."""
    return await work.db.one(LIBRARY, library_id=library_id, organization_id=work.actor.organization_id)


async def forget_preset(work: Work, preset_id: Id) -> None:
    """Rooms that went by it have no default of their own."""
    await work.db.run(FORGET_PRESET, preset_id=preset_id)


def _found(row: Room | None) -> Room:
    if row is None:
        raise RoomNotFound
    return row


@lru_cache(maxsize=256)
def _page(which: Which, sort: Sort) -> Statement[Room]:
    column = room.c.title if sort.endswith("title") else room.c.created_at
    order = (column.desc(), room.c.id.desc()) if sort.startswith("-") else (column, room.c.id)
    filters = _filters(which)
    if column is room.c.created_at and not which.mine:
        filters.append(IN_NEWEST)
    return Statement(
        select(room)
        .where(*filters)
        .order_by(*order)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Room,
    )


@lru_cache(maxsize=64)
def _count(which: Which) -> Statement[int]:
    return Statement(select(func.count()).select_from(room).where(*_filters(which)), int)


def _filters(which: Which) -> list[ColumnElement[bool] | TextClause]:
    found: list[ColumnElement[bool] | TextClause] = [LISTED]
    if which.mine:
        found = [ALIVE, SCOPE, room.c.organization_id == ORGANIZATION, room.c.host_id == ACCOUNT]
    for number in range(which.words):
        word = bindparam(f"word{number}", type_=Text)
        found.append(or_(room.c.title.ilike(word, escape="\\"), room.c.description.ilike(word, escape="\\")))
    if which.narrowed:
        found.append(any_of(room.c.id, "found"))
    if which.in_library:
        found.append(room.c.library_id == bindparam("library_id", type_=Key))
    if which.by_live:
        found.append(room.c.is_live == bindparam("live", type_=Boolean))
    return found
