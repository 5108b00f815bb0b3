"""Use cases of linked groups: libraries and sessions that are open to the members of a group."""

from collections.abc import Sequence

import msgspec

from livehall.core.invitees.events import GroupsLinked, GroupsUnlinked
from livehall.core.invitees.faults import GroupNotLinked
from livehall.core.invitees.fields import MOST_AT_ONCE
from livehall.core.people import groups, groups_store
from livehall.core.people.faults import GroupNotFound
from livehall.core.people.groups_model import Group, GroupLink
from livehall.core.rooms import libraries
from livehall.core.rooms import store as room_store
from livehall.core.rooms.faults import LibraryNotFound
from livehall.core.rooms.model import Library
from livehall.core.rooms.rules import check_may_host
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import rights, standings
from livehall.core.sessions import store as session_store
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session
from livehall.kernel.faults import Forbidden, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class Page(msgspec.Struct, frozen=True, kw_only=True):
    groups: list[groups.Shown]
    total: int


async def of_session(work: Work, session_id: Id, limit: int, offset: int) -> Page:
    """The groups that a session is open to, for members of its organization.

    Raises: SessionNotFound.
    """
    if work.actor.member_of is None:  # guests are strangers here (I22)
        raise SessionNotFound
    session = await session_store.own(work, session_id)
    await session_store.visible(work, session.id)
    return await _page(work, session.id, limit, offset)


async def link_to_session(
    work: Work, session_id: Id, group_ids: Sequence[Id], *, notify: bool = False
) -> None:
    """Open a session to groups; harmless where it is. One that is unknown: nothing is done.

    `notify`: with a letter to every member of those that were not linked before (`letters`).
    Raises: SessionNotFound, Forbidden, GroupNotFound, Invalid. Emits: GroupsLinked.
    """
    session = await _run(work, session_id)
    found = await _known(work, session, group_ids)
    new = [
        group.id
        for group in found
        if await groups_store.link(work, _link(work, group, room_id=session.room_id, session_id=session.id))
    ]
    if not new:
        return
    work.emit(
        GroupsLinked(
            organization_id=session.organization_id,
            group_ids=new,
            room_id=session.room_id,
            session_id=session.id,
            notify=notify,
        )
    )


async def unlink_from_session(work: Work, session_id: Id, group_id: Id) -> None:
    """Raises: SessionNotFound, Forbidden, GroupNotFound, GroupNotLinked. Emits: GroupsUnlinked."""
    session = await _run(work, session_id)
    group = await groups.find(work, group_id)
    if not await groups_store.unlink(work, group.id, session.id):
        raise GroupNotLinked
    _tell_unlinked(work, session, [group.id])


async def unlink_many_from_session(work: Work, session_id: Id, group_ids: Sequence[Id]) -> None:
    """The same for several; those that are not linked are passed over, one that is unknown undoes all.

    Raises: SessionNotFound, Forbidden, GroupNotFound, Invalid. Emits: GroupsUnlinked.
    """
    session = await _run(work, session_id)
    found = await _known(work, session, group_ids)
    gone = [group.id for group in found if await groups_store.unlink(work, group.id, session.id)]
    if gone:
        _tell_unlinked(work, session, gone)


async def of_library(work: Work, library_id: Id, limit: int, offset: int) -> Page:
    """The groups that may see the private rooms of a library. Raises: Forbidden, LibraryNotFound."""
    check_may_host(work.actor)
    library = (await libraries.get(work, library_id)).library
    return await _page(work, library.id, limit, offset)


async def link_to_library(work: Work, library_id: Id, group_id: Id) -> groups.Shown:
    """Open the private rooms of a library to a group; harmless where they are.

    Raises: Forbidden, LibraryNotFound, GroupNotFound. Emits: GroupsLinked.
    """
    library = await _arranged(work, library_id)
    shown = await groups.get(work, group_id)
    # Neither is removed meanwhile: what is removed opens nothing.
    if await room_store.find_library(work, library.id) is None:
        raise LibraryNotFound
    if not await groups_store.keep(work, {shown.group.id}, library.organization_id):
        raise GroupNotFound
    if await groups_store.link(work, _link(work, shown.group, library_id=library.id)):
        work.emit(
            GroupsLinked(
                organization_id=library.organization_id, group_ids=[shown.group.id], library_id=library.id
            )
        )
    return shown


async def unlink_from_library(work: Work, library_id: Id, group_id: Id) -> None:
    """Raises: Forbidden, LibraryNotFound, GroupNotFound, GroupNotLinked. Emits: GroupsUnlinked."""
    library = await _arranged(work, library_id)
    group = await groups.find(work, group_id)
    if not await groups_store.unlink(work, group.id, library.id):
        raise GroupNotLinked
    work.emit(
        GroupsUnlinked(organization_id=library.organization_id, group_ids=[group.id], library_id=library.id)
    )


async def _page(work: Work, scope_id: Id, limit: int, offset: int) -> Page:
    rows, total = await groups_store.linked(work, scope_id, limit, offset)
    return Page(groups=await groups.show(work, rows), total=total)


async def _arranged(work: Work, library_id: Id) -> Library:
    """Who opens a library opens private rooms of every host. Raises: Forbidden, LibraryNotFound."""
    library = (await libraries.get(work, library_id)).library
    if not work.actor.is_admin:
        raise Forbidden("Only administrators open a library to a group.")
    return library


async def _run(work: Work, session_id: Id) -> Session:
    session, room = await sessions.hold_own(work, session_id)
    standing = await standings.standing(work, session, room)
    rights.check_right(rights.settings_of(session, room), standing, "session.run")
    return session


async def _known(work: Work, session: Session, group_ids: Sequence[Id]) -> list[Group]:
    """All of them, in the caller's order. Raises: GroupNotFound, Invalid."""
    if not 1 <= len(group_ids) <= MOST_AT_ONCE:
        raise invalid("group_ids", f"Name 1 to {MOST_AT_ONCE} groups.", rule="count")
    found = await groups_store.keep(work, set(group_ids), session.organization_id)
    if missing := [each for each in group_ids if each not in found]:
        raise GroupNotFound(f"There is no group {missing[0]} that you may see.")
    return [found[each] for each in dict.fromkeys(group_ids)]


def _link(
    work: Work,
    group: Group,
    *,
    library_id: Id | None = None,
    room_id: Id | None = None,
    session_id: Id | None = None,
) -> GroupLink:
    scope_id = session_id or room_id or library_id
    assert scope_id is not None
    return GroupLink(
        id=new_id(),
        organization_id=group.organization_id,
        group_id=group.id,
        library_id=library_id,
        room_id=room_id,
        session_id=session_id,
        scope_id=scope_id,
        created_at=work.now,
    )


def _tell_unlinked(work: Work, session: Session, group_ids: list[Id]) -> None:
    work.emit(
        GroupsUnlinked(
            organization_id=session.organization_id,
            group_ids=group_ids,
            room_id=session.room_id,
            session_id=session.id,
        )
    )
