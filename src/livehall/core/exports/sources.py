"""What an export is made of, and who may read it: asked when it is wanted, made, and fetched."""

import msgspec

from livehall.core.audience.scene import scene
from livehall.core.exports.fields import Kind
from livehall.core.exports.model import Export
from livehall.core.people import store as people
from livehall.core.people.rules import POWER, administered
from livehall.core.registrations import places
from livehall.kernel.actor import Actor, Role
from livehall.kernel.faults import Forbidden, invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """`with_addresses`: the actor may know those of people in it."""

    organization_id: Id
    room_id: Id | None
    session_id: Id | None
    with_addresses: bool


async def source(work: Work, kind: Kind, room_id: Id | None, session_id: Id | None) -> Source:
    """For who runs the session; of registrations, for who handles those of the room; of the audit log, for
    who administers the organization.

    Raises: SessionNotFound, RoomNotFound, Banned, Forbidden, Invalid.
    """
    if kind == "audit":
        if room_id is not None or session_id is not None:
            raise invalid("kind", "The audit log is of the organization: name no session and no room.")
        organization_id = administered(work.actor)
        return Source(organization_id=organization_id, room_id=None, session_id=None, with_addresses=True)
    if (room_id is None) == (session_id is None):
        raise invalid("session_id", "Name a session, or for registrations a room.", rule="exclusive")
    if kind == "registrations":
        place = await places.own(work, room_id, session_id)
        return Source(
            organization_id=place.room.organization_id,
            room_id=place.room.id,
            session_id=session_id,
            with_addresses=True,
        )
    if session_id is None:
        raise invalid("room_id", "Only registrations are taken out of a whole room; name a session.")
    at = await scene(work, session_id)
    at.check("session.run")
    return Source(
        organization_id=at.session.organization_id,
        room_id=at.session.room_id,
        session_id=session_id,
        with_addresses=at.standing.is_owner and kind != "report",
    )


async def check(work: Work, row: Export) -> None:
    """Whether the actor may read now what is in the file.

    Raises: SessionNotFound, RoomNotFound, Banned, Forbidden.
    """
    room_id = row.room_id if row.session_id is None else None
    found = await source(work, row.kind, room_id, row.session_id)
    if row.with_addresses and not found.with_addresses:
        raise Forbidden("The file holds addresses, which you may not see any more.")


async def maker_of(work: Work, row: Export) -> Actor:
    """Who wanted it, as they are now, and in no higher role than then."""
    person = await people.person(work, row.account_id, row.organization_id)
    if person is None or not person.is_active:
        return Actor(kind="account", id=row.account_id, is_guest=True)
    role: Role = min(person.role, row.role, key=POWER.__getitem__)
    return Actor(
        kind="account",
        id=person.id,
        organization_id=person.organization_id,
        role=role,
        is_guest=person.is_guest,
        name=person.name,
    )
