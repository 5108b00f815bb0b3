"""How many the plan of an organization lets into one session at a time."""

from sqlalchemy import Text, bindparam, func, select

from livehall.core.audience.model import attendance
from livehall.core.audience.scene import Scene, person_of
from livehall.core.audience.store import COUNTED, LIVE, SESSION
from livehall.core.people.plans import check
from livehall.kernel.db import Statement
from livehall.kernel.work import Work

OTHERS = Statement(
    select(func.count(attendance.c.visitor_key.distinct())).where(
        SESSION,
        LIVE,
        COUNTED,
        attendance.c.state.in_(("expected", "present")),
        attendance.c.visitor_key != bindparam("visitor_key", type_=Text),
    ),
    int,
)


async def check_has_room(work: Work, at: Scene) -> None:
    """Whether one more may come; those who run the session always may, and who is there stays.

    Raises: QuotaExceeded.
    """
    quota = (at.session.plan_limits or {}).get("viewers")
    if quota is None or at.standing.is_staff:
        return
    others = await work.db.one(OTHERS, session_id=at.session.id, visitor_key=person_of(work.actor))
    check(quota, others or 0, "viewers at the same time")
