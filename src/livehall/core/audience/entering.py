"""Entering a room: the session that is on, or, in a meeting's room, one that begins with this entry."""

import msgspec

from livehall.core.audience.scene import scene_of
from livehall.core.audience.steps import Join, Joined, join, visitor_in
from livehall.core.ports.media import MediaRooms
from livehall.core.ports.sealing import Sealing
from livehall.core.rooms import store as rooms
from livehall.core.sessions import meetings, meetings_store, ops, plans
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.rules import check_may_enter
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work


async def enter(
    desk: Desk, media: MediaRooms, sealing: Sealing, actor: Actor, room_id: Id, cmd: Join
) -> Joined:
    """Come into a room; `cmd` says how, its session is the room's.

    Raises: RoomNotFound, and what `join` raises; InvalidState, when nothing is on in a room of broadcasts.
    Emits: SessionCreated, SessionStarted, SessionWentLive, and what `join` emits.
    """
    async with desk.read(actor) as read:
        session_id = (await rooms.visible(read, room_id)).active_session_id
    if session_id is None:
        async with desk.work(actor) as work:
            session_id = (await _begin(work, sealing, room_id, cmd)).id
    return await join(desk, media, sealing, actor, msgspec.structs.replace(cmd, session_id=session_id))


async def _begin(work: Work, sealing: Sealing, room_id: Id, cmd: Join) -> Session:
    """The room's next session if it is due, else a new one; for whoever may enter it."""
    await rooms.visible(work, room_id)
    room = await rooms.hold(work, room_id)
    if room.active_session_id is not None:  # another was faster
        return await sessions.get(work, room.active_session_id)
    if not room.is_meeting:
        raise InvalidState("Nothing is on in this room.")
    session = await meetings_store.next_in(work, room.id)
    if session is None or not meetings.is_due(session, work.now):
        wanted = ops.CreateSession(room_id=room.id, title=room.title)
        session = await ops.add(work, room, wanted, None, await plans.limits_for(work, room.organization_id))
    session = await meetings.begin(work, session, room)
    at = await scene_of(work, session)
    check_may_enter(session, room, at.standing, await visitor_in(work, sealing, at, cmd))
    return session
