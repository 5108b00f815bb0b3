"""Use cases of groups: members of an organization under one name. What is opened to them: `invitees`."""

import unicodedata

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import groups_store as store
from livehall.core.people import store as people
from livehall.core.people.events import GroupChanged, GroupMembershipChanged
from livehall.core.people.faults import AlreadyExists, GroupNotFound, PersonNotFound
from livehall.core.people.groups_model import Group
from livehall.core.people.model import Person
from livehall.core.people.rules import clean_email, clean_name
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Forbidden, check_revision, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

LONGEST_EMOJI = 16  # characters: one picture may be a family of people, joined
LONGEST_ICON = 100


class CreateGroup(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    description: str | None = None
    emoji: str | None = None
    icon: str | None = None


class UpdateGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    emoji: str | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    group: Group
    members: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    groups: list[Shown]
    total: int


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    people: list[Person]
    total: int


async def page(work: Work, limit: int, offset: int) -> Page:
    """The groups of the actor's organization, by name. Raises: Forbidden."""
    rows, total = await store.page(work, _organization(work.actor), limit, offset)
    return Page(groups=await show(work, rows), total=total)


async def get(work: Work, group_id: Id) -> Shown:
    """Raises: Forbidden, GroupNotFound."""
    return (await show(work, [await find(work, group_id)]))[0]


async def find(work: Work, group_id: Id) -> Group:
    """A group of the actor's organization. Raises: Forbidden, GroupNotFound."""
    return _found(await store.get(work, group_id, _organization(work.actor)))


async def create(work: Work, cmd: CreateGroup) -> Shown:
    """Raises: Forbidden, AlreadyExists, Invalid. Emits: GroupChanged."""
    organization_id = _organization(work.actor)
    _check_may_arrange(work.actor)
    row = Group(
        id=new_id(),
        organization_id=organization_id,
        name=clean_name(cmd.name, "name", 200),
        description=cmd.description,
        emoji=_short(cmd.emoji, "emoji", LONGEST_EMOJI),
        icon=_short(cmd.icon, "icon", LONGEST_ICON),
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )
    try:
        await store.add(work, row)
    except Duplicate as error:
        raise AlreadyExists(f"A group is called {row.name} already.") from error
    _say(work, row, "made")
    return Shown(group=row, members=0)


async def update(work: Work, group_id: Id, cmd: UpdateGroup, expected_revision: int | None = None) -> Shown:
    """Raises: Forbidden, GroupNotFound, Conflict, AlreadyExists, Invalid. Emits: GroupChanged."""
    row = await _hold(work, group_id)
    check_revision(row.revision, expected_revision)
    given: dict[str, object] = {}
    if cmd.name is not UNSET:
        given["name"] = clean_name(cmd.name, "name", 200)
    if cmd.description is not UNSET:
        given["description"] = cmd.description
    if cmd.emoji is not UNSET:
        given["emoji"] = _short(cmd.emoji, "emoji", LONGEST_EMOJI)
    if cmd.icon is not UNSET:
        given["icon"] = _short(cmd.icon, "icon", LONGEST_ICON)
    columns = {name: value for name, value in given.items() if getattr(row, name) != value}
    if columns:
        try:
            row = await store.change(work, row.id, columns)
        except Duplicate as error:
            raise AlreadyExists("Another group has this name.") from error
        _say(work, row, "changed")
    return (await show(work, [row]))[0]


async def delete(work: Work, group_id: Id) -> None:
    """Remove a group; what was open to it alone is closed to its members at once.

    Raises: Forbidden, GroupNotFound. Emits: GroupChanged.
    """
    row = await _hold(work, group_id)
    await store.close(work, row.id)
    _say(work, row, "removed")


async def members(work: Work, group_id: Id, limit: int, offset: int) -> MemberPage:
    """Who is in it, in the order of their coming. Raises: Forbidden, GroupNotFound."""
    row = await find(work, group_id)
    people_, total = await store.members(work, row.id, limit, offset)
    return MemberPage(people=people_, total=total)


async def add_member(work: Work, group_id: Id, account_id: Id) -> Person:
    """Put a member of the organization into a group. Harmless when they are in it.

    Raises: Forbidden, GroupNotFound, PersonNotFound. Emits: GroupMembershipChanged.
    """
    row = await _hold(work, group_id)
    person = await people.person(work, account_id, row.organization_id)
    if person is None or person.is_guest:
        raise PersonNotFound
    if await store.add_member(work, row, person.id):
        _say_member(work, row, person.id, is_in=True)
    return person


async def add_by_address(work: Work, group_id: Id, email: str) -> Person:
    """The same for the member with an address.

    Raises: Forbidden, GroupNotFound, PersonNotFound. Emits: GroupMembershipChanged.
    """
    row = await _hold(work, group_id)
    for each in await people.memberships_of(work, clean_email(email)):
        if each.organization_id == row.organization_id and not each.is_guest:
            return await add_member(work, group_id, each.id)
    raise PersonNotFound("No member of the organization has this address.")


async def remove_member(work: Work, group_id: Id, account_id: Id) -> None:
    """Raises: Forbidden, GroupNotFound, PersonNotFound. Emits: GroupMembershipChanged."""
    row = await _hold(work, group_id)
    if not await store.remove_member(work, row.id, account_id):
        raise PersonNotFound
    _say_member(work, row, account_id, is_in=False)


async def show(work: Work, rows: list[Group]) -> list[Shown]:
    """Groups with their sizes, in one query."""
    sizes = await store.sizes(work, [row.id for row in rows])
    return [Shown(group=row, members=sizes.get(row.id, 0)) for row in rows]


async def _hold(work: Work, group_id: Id) -> Group:
    """What is not there comes before what may not be (C1). Raises: GroupNotFound, Forbidden."""
    row = _found(await store.hold(work, group_id, _organization(work.actor)))
    _check_may_arrange(work.actor)
    return row


def _organization(actor: Actor) -> Id:
    """Raises: Forbidden, for whoever is no member."""
    if actor.member_of is None or actor.session_id is not None:
        raise Forbidden("Members see the groups of their organization.")
    return actor.member_of


def _check_may_arrange(actor: Actor) -> None:
    """Raises: Forbidden."""
    if not actor.is_admin:
        raise Forbidden("Only administrators arrange groups.")


def _short(text: str | None, field: str, longest: int) -> str | None:
    """Raises: Invalid."""
    if text is None:
        return None
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        return None
    if len(text) > longest or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise invalid(field, f"Give up to {longest} readable characters.")
    return text


def _found(row: Group | None) -> Group:
    if row is None:
        raise GroupNotFound
    return row


def _say(work: Work, row: Group, what: str) -> None:
    work.emit(GroupChanged(organization_id=row.organization_id, group_id=row.id, name=row.name, what=what))


def _say_member(work: Work, row: Group, account_id: Id, *, is_in: bool) -> None:
    work.emit(
        GroupMembershipChanged(
            organization_id=row.organization_id, group_id=row.id, account_id=account_id, is_in=is_in
        )
    )
