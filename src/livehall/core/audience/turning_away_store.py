"""SQL of those who lost their right to be there."""

from sqlalchemy import Text, bindparam, func, update

from livehall.core.audience.model import attendance
from livehall.kernel.db import Command, Instant, Key
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

MARK = Command(
    update(attendance)
    .where(
        attendance.c.session_id == bindparam("session_id", type_=Key),
        attendance.c.visitor_key == bindparam("visitor_key", type_=Text),
        attendance.c.source == "live",
        attendance.c.state.in_(("expected", "left")),
        attendance.c.turned_away.is_(False),
    )
    .values(
        turned_away=True,
        state="left",
        left_at=func.coalesce(attendance.c.left_at, bindparam("now", type_=Instant)),
    )
)


async def mark(work: Work, session_id: Id, account_id: Id) -> int:
    """All of a person that is over or has not begun; how many."""
    return await work.db.run(MARK, session_id=session_id, visitor_key=account_id, now=work.now)
