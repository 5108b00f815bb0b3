"""SQL of standings: whether anything holds of somebody in a session, asked before what that is."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ScalarSelect, exists, or_, select

from livehall.core.participants import store as participants
from livehall.core.participants.model import participant
from livehall.core.rooms import store as rooms_store
from livehall.core.rooms.model import Room, room
from livehall.core.sessions import bans, places, store
from livehall.core.sessions.model import Session, session
from livehall.kernel.actor import Actor
from livehall.kernel.db import Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

WHATEVER_HOLDS = Statement(
    # Most people are plain viewers: one question tells so, and the three that follow are not asked.
    select(
        exists(bans.AGAINST_PERSON),
        or_(exists(participants.ROLES_BY_ACCOUNT), exists(participants.ROLES_BY_ADDRESS)),
        exists(places.SEAT_OF_PERSON),
    ),
    lambda *row: row,
)
Holds = tuple[bool, bool, bool]
"""Whether any ban, any role, any seat is somebody's."""
Met = tuple[Session, Room, Holds, str | None]
ROLE_HERE = exists().where(
    participant.c.scope_id.in_((session.c.id, session.c.room_id)),
    participants.ALIVE,
    participant.c.role != "viewer",
)


def meeting(more: ScalarSelect[Any]) -> Statement[Met]:
    """For `met`: a session with its room, what holds of the actor there, and a text, in one question.

    `more` gives the text; it may be about `session_id` and the actor's `visitor_key`.
    """
    columns = store.COLUMNS

    def met(*row: Any) -> Met:
        *both, ban, role, seat, text = row
        return Session(*both[:columns]), Room(*both[columns:]), (ban, role, seat), text

    clause = (
        select(
            session,
            room,
            exists().where(bans.ban.c.session_id == session.c.id, bans.OF_PERSON, *bans.IN_FORCE),
            or_(
                ROLE_HERE.where(participants.BY_ACCOUNT),
                ROLE_HERE.where(participants.BY_ADDRESS, participant.c.account_id.is_(None)),
            ),
            exists().where(
                places.stage_member.c.session_id == session.c.id,
                places.stage_member.c.account_id == places.ACCOUNT,
                places.OPEN,
            ),
            more,
        )
        .join(room, session.c.room_id == room.c.id)
        .where(session.c.id == store.SESSION_ID, store.ALIVE, rooms_store.VISIBLE, store.BOUND)
    )
    return Statement(clause, met)


async def met(work: Work, statement: Statement[Met], session_id: Id) -> Met | None:
    """What a statement of `meeting` says of a session, if the actor may see it."""
    actor = work.actor
    return await work.db.one(
        statement,
        session_id=session_id,
        **rooms_store.visible_to(actor),
        bound_to=actor.session_id,
        device_key=actor.visitor_key,
        visitor_key=actor.account_id or actor.visitor_key,
        moment=work.now,
    )


async def whatever_holds(
    work: Work, session_ids: Collection[Id], scope_ids: Collection[Id], actor: Actor
) -> Holds:
    """In these sessions, of the actor."""
    found = await work.db.one(
        WHATEVER_HOLDS,
        session_ids=sorted(session_ids),
        scope_ids=sorted(scope_ids),
        account_id=actor.account_id,
        organization_id=actor.member_of,
        device_key=actor.visitor_key,
        moment=work.now,
    )
    assert found is not None
    return found
