"""SQL of planning: whether anybody wants to be reminded of a new session at all."""

from sqlalchemy import bindparam, exists, or_, select

from livehall.core.participants.model import participant
from livehall.core.reminders.model import follow
from livehall.core.sessions.model import session
from livehall.kernel.db import Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

WANTED = Statement(
    select(session.c.id).where(
        session.c.id == bindparam("session_id", type_=Key),
        or_(
            exists().where(follow.c.room_id == session.c.room_id, follow.c.reminders.is_not(None)),
            exists().where(
                participant.c.scope_id == session.c.room_id, participant.c.registration == "approved"
            ),
            exists().where(participant.c.scope_id == session.c.id, participant.c.registration == "approved"),
        ),
    ),
    str,
)


async def is_wanted(work: Work, session_id: Id) -> bool:
    """Whether the session's room has followers who are reminded, or it or its room has registrants."""
    return await work.db.one(WANTED, session_id=session_id) is not None
