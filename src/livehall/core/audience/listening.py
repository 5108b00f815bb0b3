"""What somebody who joined is in the session now: asked anew while they listen or watch (threat 4)."""

import msgspec

from livehall.core.audience import store
from livehall.core.audience.scene import NotJoined, scene_of
from livehall.core.rooms.model import Room
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Role, rights_of
from livehall.core.sessions.standings import is_kept_out
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener is in the session of the channel."""

    session: Session
    room: Room
    role: Role
    rights: frozenset[str]


async def seat(work: Work, session_id: Id, attendance_id: Id) -> Seat:
    """Of the actor, on the device with which they joined so.

    Raises: NotJoined (or: not let in, sent away, not open any more), SessionNotFound, Banned.
    """
    row, account_id = await store.get(work, attendance_id), work.actor.account_id
    if row is None or row.session_id != session_id or account_id is None or row.account_id != account_id:
        raise NotJoined
    if row.turned_away or row.state in ("waiting", "denied"):
        raise NotJoined
    session = await sessions.get(work, session_id)
    if not session.is_open:
        raise NotJoined
    listener = msgspec.structs.replace(work.actor, visitor_key=row.device_key)
    at = await scene_of(work, session, listener)  # not what they were when they joined
    at.check_not_banned()
    return Seat(
        session=session, room=at.room, role=at.standing.role, rights=rights_of(at.settings, at.standing)
    )


async def may_watch(work: Work, session_id: Id, attendance_id: Id) -> bool:
    """Whether who joined so may still watch. Raises: SessionNotFound."""
    row = await store.get(work, attendance_id)
    if row is None or row.session_id != session_id or row.state not in ("expected", "present"):
        return False
    return not await is_kept_out(work, session_id, row.account_id, row.device_key)
