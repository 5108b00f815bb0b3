"""Use cases of rooms."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import groups_store as groups
from livehall.core.people import plans
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.ports.sealing import Sealing
from livehall.core.presets import store as presets
from livehall.core.presets.faults import PresetNotFound
from livehall.core.presets.following import follows
from livehall.core.presets.model import Preset
from livehall.core.rooms import fields, removing, rules, store
from livehall.core.rooms.events import RoomCreated, RoomDeleted, RoomFacts, RoomUpdated
from livehall.core.rooms.model import Entry, Room, RoomKind, Visibility
from livehall.core.rooms.shelves import shelf_of
from livehall.core.rooms.store import Query as Query
from livehall.kernel.faults import Forbidden, check_revision, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class CreateRoom(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str | None = None
    visibility: Visibility = "public"
    password: str | None = None
    waiting_room: bool = False
    analytics: dict[str, Any] = {}
    library_id: Id | None = None  # None: the organization's default library (C9)
    default_preset_id: Id | None = None
    kind: RoomKind = "broadcast"
    e2ee: bool = False
    entry: Entry | None = None  # who may enter, where that is fewer than may see it
    host_id: Id | None = None  # None: the actor; administrators may name another member
    max_direct_viewers: int = fields.MAX_DIRECT_VIEWERS


class UpdateRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    title: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    password: str | UnsetType | None = UNSET
    waiting_room: bool | UnsetType = UNSET
    analytics: dict[str, Any] | UnsetType = UNSET
    library_id: Id | UnsetType = UNSET
    default_preset_id: Id | UnsetType | None = UNSET
    entry: Entry | UnsetType | None = UNSET
    max_direct_viewers: int | UnsetType = UNSET


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A room as the actor may see it: `active_session_id` is shown to the audience only while live."""

    room: Room
    host: Person | None
    active_session_id: Id | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    rooms: list[Shown]
    total: int


async def create(work: Work, sealing: Sealing, cmd: CreateRoom) -> Shown:
    """Open a room owned by the actor.

    Raises: Forbidden, QuotaExceeded, Invalid. Emits: RoomCreated.
    """
    actor = work.actor
    rules.check_may_host(actor)
    assert actor.account_id is not None
    assert actor.organization_id is not None
    quotas = await plans.quotas_held(work, actor.organization_id)
    if quotas.rooms is not None:
        plans.check(quotas.rooms, await store.count_all(work, actor.organization_id), "rooms")
    library_id = await _library(work, actor.organization_id, cmd.library_id)
    await _check_preset(work, cmd.default_preset_id, library_id)
    return (await show(work, [await add(work, sealing, cmd, library_id)]))[0]


async def add(work: Work, sealing: Sealing | None, cmd: CreateRoom, library_id: Id) -> Room:
    """The row and its event; that the actor may have it was checked. Without `sealing` no password is kept.

    Raises: Invalid. Emits: RoomCreated.
    """
    actor, room_id = work.actor, new_id()
    assert actor.account_id is not None
    assert actor.organization_id is not None
    is_meeting = cmd.kind == "meeting"
    row = Room(
        id=room_id,
        organization_id=actor.organization_id,
        library_id=library_id,
        host_id=await _host(work, actor.organization_id, cmd.host_id or actor.account_id),
        slug=rules.new_code() if is_meeting else rules.new_slug(),
        title=rules.clean_title(cmd.title),
        description=cmd.description,
        visibility=cmd.visibility,
        default_preset_id=cmd.default_preset_id,
        password_enc=_sealed(sealing, room_id, cmd.password) if sealing else None,
        waiting_room=cmd.waiting_room,
        analytics=cmd.analytics,
        registration={"mode": "none"},
        idle_limit_s=fields.IDLE_LIMIT_S,
        max_direct_viewers=cmd.max_direct_viewers,
        active_session_id=None,
        is_live=False,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        kind=cmd.kind,
        e2ee=cmd.e2ee,
        entry=cmd.entry,
    )
    await store.add(work, row)
    work.emit(RoomCreated(organization_id=row.organization_id, room_id=row.id, room=RoomFacts.of(row)))
    return row


async def get(work: Work, room_id: Id) -> Shown:
    """Raises: RoomNotFound."""
    return (await show(work, [await store.visible(work, room_id)]))[0]


async def organization_of(work: Work, room_id: Id) -> Id:
    """Whose it is, for somebody who may see the room. Raises: RoomNotFound."""
    return (await store.visible(work, room_id)).organization_id


async def page(work: Work, query: Query) -> Page:
    """The rooms that anybody may find, or the actor's own (`query.mine`).

    Raises: Forbidden, for own rooms of somebody who cannot have any.
    """
    if query.mine:
        rules.check_may_host(work.actor)
    rows, total = await store.page(work, query)
    return Page(rooms=await show(work, rows), total=total)


async def update(
    work: Work, sealing: Sealing, room_id: Id, cmd: UpdateRoom, expected_revision: int | None = None
) -> Shown:
    """Change a room. Without a change nothing is told.

    Raises: RoomNotFound, Forbidden, Conflict, Invalid. Emits: RoomUpdated.
    """
    room = await _hold(work, room_id)
    rules.check_may_edit(work.actor, room)
    check_revision(room.revision, expected_revision)
    columns = await _changes(work, sealing, room, cmd)
    if columns:
        shelf_id = shelf_of(room)
        room = await store.change(work, room.id, columns)
        work.emit(
            RoomUpdated(
                organization_id=room.organization_id,
                room_id=room.id,
                room=RoomFacts.of(room),
                left_shelf_id=shelf_id if shelf_id != shelf_of(room) else None,
            )
        )
    return (await show(work, [room]))[0]


async def delete(work: Work, room_id: Id) -> None:
    """Remove a room, softly: what hangs on it is out of sight with it (`removing`).

    Raises: RoomNotFound, Forbidden, RoomInUse. Emits: RoomDeleted.
    """
    room = await _hold(work, room_id)
    rules.check_may_edit(work.actor, room)
    rules.check_may_delete(room)
    await removing.remove_all(work, await store.change(work, room.id, {"deleted_at": work.now}))
    await groups.unlink_all(work, room.id)
    work.emit(
        RoomDeleted(
            organization_id=room.organization_id,
            room_id=room.id,
            library_id=room.library_id,
            left_shelf_id=shelf_of(room),
        )
    )


def knows_password(sealing: Sealing, room: Room, given: str | None) -> bool:
    """Whether `given` opens the room; compared in constant time. True when it has no password."""
    if room.password_enc is None:
        return True
    return given is not None and rules.same(
        given, sealing.unseal(room.password_enc, purpose=rules.password_purpose(room.id))
    )


async def show(work: Work, rooms: list[Room]) -> list[Shown]:
    """Rooms with their hosts, in one query for each organization that they are of."""
    actor, hosts = work.actor, {}
    for organization_id in {room.organization_id for room in rooms}:
        ids = {room.host_id for room in rooms if room.organization_id == organization_id}
        hosts.update(await people.people(work, ids, organization_id))
    shown = []
    for room in rooms:
        is_staff = actor.organization_id == room.organization_id and (
            actor.is_admin or actor.account_id == room.host_id
        )
        active = room.active_session_id if room.is_live or is_staff else None
        shown.append(Shown(room=room, host=hosts.get(room.host_id), active_session_id=active))
    return shown


async def _host(work: Work, organization_id: Id, account_id: Id) -> Id:
    """Whose room it will be. Raises: Forbidden, Invalid."""
    if account_id == work.actor.account_id:
        return account_id
    if not work.actor.is_admin:
        raise Forbidden("Only administrators make rooms for others.")
    person = await people.person(work, account_id, organization_id)
    if person is None or person.is_guest or not person.is_active:
        raise invalid("host_id", "There is no member with this id that you may see.")
    return person.id


async def _hold(work: Work, room_id: Id) -> Room:
    """The room of the actor's organization, held for a change; of another one it is as unknown (I22)."""
    await store.own(work, room_id)
    return await store.hold(work, room_id)


async def _changes(work: Work, sealing: Sealing, room: Room, cmd: UpdateRoom) -> dict[str, object]:
    given = {
        field.name: value
        for field in msgspec.structs.fields(cmd)
        if (value := getattr(cmd, field.name)) is not UNSET
    }
    columns: dict[str, object] = {}
    if "password" in given:
        columns["password_enc"] = _sealed(sealing, room.id, given.pop("password"))
    if "title" in given:
        given["title"] = rules.clean_title(given["title"])
    if "library_id" in given:
        given["library_id"] = await _library(work, room.organization_id, given["library_id"])
    await _check_preset(work, given.get("default_preset_id"), given.get("library_id", room.library_id))
    columns.update({name: value for name, value in given.items() if getattr(room, name) != value})
    return columns


async def _library(work: Work, organization_id: Id, library_id: Id | None) -> Id:
    """Where a room stands: the named library, that of the call, the default one. Raises: Invalid (C5)."""
    within = work.actor.library_id
    if within is not None and library_id not in (None, within):
        raise invalid("library_id", "There is no library with this id that you may see.")
    library_id = library_id or within
    if library_id is None:
        return (await store.default_library(work, organization_id)).id
    found = await store.find_library(work, library_id)
    if found is None:
        raise invalid("library_id", "There is no library with this id that you may see.")
    return found.id


async def _check_preset(work: Work, preset_id: Id | None, library_id: Id) -> None:
    """Raises: Invalid (C5)."""
    if preset_id is None:
        return
    try:
        await presets.usable(work, preset_id, library_id)
    except PresetNotFound as error:
        raise invalid("default_preset_id", "There is no preset with this id that you may see.") from error


@follows
async def forget_preset(work: Work, preset: Preset) -> None:
    """A room whose preset is removed has no default of its own."""
    if preset.deleted_at is not None:
        await store.forget_preset(work, preset.id)


def _sealed(sealing: Sealing, room_id: Id, password: str | None) -> bytes | None:
    """An empty password is none."""
    return sealing.seal(password, purpose=rules.password_purpose(room_id)) if password else None
