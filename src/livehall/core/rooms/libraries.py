"""Use cases of libraries: shelves that rooms and presets stand on."""

import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import groups_store as groups
from livehall.core.people.faults import AlreadyExists
from livehall.core.people.rules import clean_name, slug_of
from livehall.core.rooms import libraries_store as store
from livehall.core.rooms.events import (
    LibraryCreated,
    LibraryDeleted,
    LibraryUpdated,
    RoomFacts,
    RoomUpdated,
)
from livehall.core.rooms.faults import LibraryInUse, LibraryNotFound
from livehall.core.rooms.model import Library
from livehall.core.rooms.shelves import shelf_of
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Forbidden, check_revision, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Desk, Work

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


class CreateLibrary(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    slug: str | None = None  # None: made of the name
    description: str | None = None


class UpdateLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    library: Library
    rooms: int  # that stand there


class Page(msgspec.Struct, frozen=True, kw_only=True):
    libraries: list[Shown]
    total: int


async def enter(desk: Desk, actor: Actor, library_id: Id) -> Actor:
    """The caller, bound to one library.

    Members reach those of their own organization; whoever belongs to none sees in any what strangers see.
    Raises: LibraryNotFound.
    """
    if actor.library_ids is not None and library_id not in actor.library_ids:
        raise LibraryNotFound
    async with desk.read(actor) as read:
        if not await store.is_open_to(read, library_id, actor.member_of):
            raise LibraryNotFound
    return msgspec.structs.replace(actor, library_id=library_id)


async def check_known(work: Work, library_ids: Sequence[Id], field: str) -> None:
    """Whether all are of the actor's organization. Raises: Invalid (C5), Forbidden."""
    for library_id in library_ids:
        if await store.get(work, library_id, _organization(work.actor)) is None:
            raise invalid(field, "There is no library with this id that you may see.")


async def page(work: Work, limit: int, offset: int) -> Page:
    """The libraries of the actor's organization, the default one first. Raises: Forbidden."""
    rows, total = await store.page(work, _organization(work.actor), limit, offset)
    return Page(libraries=await _show(work, rows), total=total)


async def get(work: Work, library_id: Id) -> Shown:
    """Raises: Forbidden, LibraryNotFound."""
    return (await _show(work, [_found(await store.get(work, library_id, _organization(work.actor)))]))[0]


async def within(work: Work, library_id: Id, organization_id: Id) -> Shown:
    """One of this organization, whoever asks. Raises: LibraryNotFound."""
    return (await _show(work, [_found(await store.get(work, library_id, organization_id))]))[0]


async def shelves(work: Work, organization_id: Id, limit: int) -> list[Library]:
    """The libraries of an organization, whoever asks, the default one first."""
    return await store.first(work, organization_id, limit)


async def create(work: Work, cmd: CreateLibrary) -> Shown:
    """Raises: Forbidden, AlreadyExists, Invalid. Emits: LibraryCreated."""
    organization_id = _organization(work.actor)
    _check_may_arrange(work.actor)
    name = clean_name(cmd.name, "name", 200)
    row = Library(
        id=new_id(),
        organization_id=organization_id,
        slug=clean_slug(slug_of(name) if cmd.slug is None else cmd.slug),
        name=name,
        description=cmd.description,
        is_default=False,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )
    try:
        await store.add(work, row)
    except Duplicate as error:
        raise AlreadyExists(f"A library has the slug {row.slug} already.") from error
    work.emit(LibraryCreated(organization_id=organization_id, library_id=row.id, name=row.name))
    return Shown(library=row, rooms=0)


async def update(
    work: Work, library_id: Id, cmd: UpdateLibrary, expected_revision: int | None = None
) -> Shown:
    """Raises: Forbidden, LibraryNotFound, Conflict, AlreadyExists, Invalid. Emits: LibraryUpdated."""
    organization_id = _organization(work.actor)
    row = _found(await store.hold(work, library_id, organization_id))
    _check_may_arrange(work.actor)
    check_revision(row.revision, expected_revision)
    given: dict[str, object] = {}
    if cmd.name is not UNSET:
        given["name"] = clean_name(cmd.name, "name", 200)
    if cmd.slug is not UNSET:
        given["slug"] = clean_slug(cmd.slug)
    if cmd.description is not UNSET:
        given["description"] = cmd.description
    columns = {name: value for name, value in given.items() if getattr(row, name) != value}
    if columns:
        try:
            row = await store.change(work, row.id, columns)
        except Duplicate as error:
            raise AlreadyExists("Another library has this slug.") from error
        work.emit(LibraryUpdated(organization_id=organization_id, library_id=row.id, name=row.name))
    return (await _show(work, [row]))[0]


async def delete(work: Work, library_id: Id, move_to: Id | None = None) -> None:
    """Remove an empty library, or first move its rooms to another one. The default one stays.

    Raises: Forbidden, LibraryNotFound, LibraryInUse, Invalid. Emits: RoomUpdated for each room that was
    moved, LibraryDeleted.
    """
    organization_id = _organization(work.actor)
    row = _found(await store.hold(work, library_id, organization_id))
    _check_may_arrange(work.actor)
    if row.is_default:
        raise LibraryInUse("The default library cannot be removed.")
    if move_to is not None:
        await _move(work, row, move_to)
    if await store.contents(work, row.id):
        raise LibraryInUse
    await store.close(work, row.id)
    await groups.unlink_all(work, row.id)
    work.emit(LibraryDeleted(organization_id=organization_id, library_id=row.id, moved_to=move_to))


async def _move(work: Work, row: Library, to: Id) -> None:
    target = await store.hold(work, to, row.organization_id) if to != row.id else None
    if target is None:
        raise invalid("move_to", "There is no other library with this id that you may see.")
    for moved in await store.move_rooms(work, row.id, target.id):
        facts, shelf_id = RoomFacts.of(moved), row.id if shelf_of(moved) else None
        work.emit(
            RoomUpdated(
                organization_id=row.organization_id, room_id=moved.id, room=facts, left_shelf_id=shelf_id
            )
        )


def clean_slug(text: str) -> str:
    """Raises: Invalid."""
    if not SLUG.fullmatch(text):
        raise invalid("slug", "Give 1 to 60 of a-z, 0-9 and hyphens, with no hyphen at the ends.")
    return text


def _organization(actor: Actor) -> Id:
    """Raises: Forbidden, for whoever is no member."""
    if actor.member_of is None or actor.session_id is not None:
        raise Forbidden("Members see the libraries of their organization.")
    return actor.member_of


def _check_may_arrange(actor: Actor) -> None:
    """Raises: Forbidden."""
    if not actor.is_admin:
        raise Forbidden("Only administrators arrange libraries.")


def _found(row: Library | None) -> Library:
    if row is None:
        raise LibraryNotFound
    return row


async def _show(work: Work, rows: list[Library]) -> list[Shown]:
    counts = await store.rooms_in(work, [row.id for row in rows])
    return [Shown(library=row, rooms=counts.get(row.id, 0)) for row in rows]
