"""How many the plan of an organization lets into one session at a time."""

from sqlalchemy import Text, bindparam, case, func, select

from livehall.core.audience.model import attendance
from livehall.core.audience.store import COUNTED, LIVE, SESSION
from livehall.core.people.plans import check
from livehall.core.sessions.model import Session
from livehall.kernel.db import Statement
from livehall.kernel.work import Work

IS_THEIRS = attendance.c.visitor_key == bindparam("visitor_key", type_=Text)
WITHIN = Statement(
    select(
        func.count(case((COUNTED, attendance.c.visitor_key)).distinct()),
        func.coalesce(func.max(case((IS_THEIRS, 1), else_=0)), 0),
    ).where(SESSION, LIVE, attendance.c.state.in_(("expected", "present"))),
    lambda *row: row,
)


def is_counted(session: Session) -> bool:
    """Whether its plan has a limit."""
    return (session.plan_limits or {}).get("viewers") is not None


async def check_has_room(work: Work, session: Session, visitor_key: str) -> None:
    """Whether one more of the audience may come; who is let in or there already takes no further place.

    A session that `is_counted` is held, so that two do not take the last place. Raises: QuotaExceeded.
    """
    quota = (session.plan_limits or {}).get("viewers")
    if quota is None:
        return
    within, theirs = await work.db.one(WITHIN, session_id=session.id, visitor_key=visitor_key) or (0, 0)
    if not theirs:
        check(quota, within, "viewers at the same time")
