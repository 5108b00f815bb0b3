"""Who somebody is in a session: the room's host, an administrator, what they were appointed to, on stage.

What a standing may do is in `rights`. Asked of the database each time: nothing that was signed or cached
says who somebody is now (threat 4).
"""

from collections.abc import Mapping, Sequence

from livehall.core.participants import store as participants
from livehall.core.participants.model import ParticipantRole
from livehall.core.rooms.model import Room
from livehall.core.sessions import places
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Standing, standing_of
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def standing(work: Work, session: Session, room: Room, actor: Actor | None = None) -> Standing:
    """The actor's standing (the work's own, unless another is given)."""
    return (await standings(work, [session], {room.id: room}, actor))[session.id]


async def standings(
    work: Work, sessions: Sequence[Session], rooms: Mapping[Id, Room], actor: Actor | None = None
) -> dict[Id, Standing]:
    """For each of many sessions, in at most two queries. Hosts and administrators need none."""
    actor = actor or work.actor
    plain = {each.id: standing_of(actor, rooms[each.room_id]) for each in sessions}
    others = {each.id for each in sessions if not plain[each.id].is_owner}
    if actor.account_id is None or not others:
        return plain
    scopes = others | {each.room_id for each in sessions if each.id in others}
    roles = await participants.roles(work, scopes, actor.account_id, actor.member_of)
    seats = await places.of_person(work, others, actor.account_id)
    for each in sessions:
        if each.id in others:
            seat = seats.get(each.id)
            plain[each.id] = standing_of(
                actor,
                rooms[each.room_id],
                _narrowest(roles, each),
                seat.place if seat else None,
            )
    return plain


def _narrowest(roles: Mapping[Id, ParticipantRole], session: Session) -> ParticipantRole | None:
    """Of the session before that of the room."""
    return roles.get(session.id) or roles.get(session.room_id)
