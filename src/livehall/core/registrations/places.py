"""Where somebody registers, found and held."""

from livehall.core.registrations import rules
from livehall.core.registrations.faults import RegistrationNotFound
from livehall.core.registrations.model import Place
from livehall.core.rooms import store as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.rooms.rules import check_may_edit
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def visible(work: Work, room_id: Id | None, session_id: Id | None) -> Place:
    """Of one session, else of the room, as the actor may see it. Raises: RoomNotFound, SessionNotFound."""
    if session_id is None:
        assert room_id is not None
        return Place(room=await rooms.visible(work, room_id), session=None)
    session = await sessions.visible(work, session_id)
    room = (await rooms.by_ids(work, {session.room_id})).get(session.room_id)
    if room is None:
        raise SessionNotFound
    return Place(room=room, session=session)


async def own(work: Work, room_id: Id | None, session_id: Id | None) -> Place:
    """For one who handles registrations. Raises: RoomNotFound, SessionNotFound, Forbidden."""
    if session_id is None:
        assert room_id is not None
        room, session = await rooms.own(work, room_id), None
    else:
        session = await sessions.own(work, session_id)
        room = await rooms.own(work, session.room_id)
    check_may_edit(work.actor, room)
    return Place(room=room, session=session)


async def hold(work: Work, place: Place) -> Place:
    """The same, with the room held: whoever registers in it waits. Raises: RoomNotFound."""
    return Place(room=await rooms.hold(work, place.room.id), session=place.session)


async def of_participant(work: Work, room_id: Id, session_id: Id | None) -> Place:
    """Of somebody who registered. Raises: RegistrationNotFound, when it is gone."""
    room = (await rooms.by_ids(work, {room_id})).get(room_id)
    found = await sessions.by_ids(work, {session_id}) if session_id is not None else {}
    session = found.get(session_id) if session_id is not None else None
    if room is None or room.deleted_at is not None or (session_id is not None and session is None):
        raise RegistrationNotFound
    return Place(room=room, session=session)


def may_handle(work: Work, place: Place) -> bool:
    return rules.may_handle(work.actor, place.room)


__all__ = ["RoomNotFound", "hold", "may_handle", "of_participant", "own", "visible"]
