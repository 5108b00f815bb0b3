"""Putting somebody out who was banned: their presence ends, and their place before the door."""

from collections.abc import Sequence

from livehall.core.audience import store
from livehall.core.audience.events import WaitingLeft
from livehall.core.audience.model import Attendance
from livehall.core.audience.rows import close, told
from livehall.core.sessions.model import Session
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def expel(work: Work, session: Session, account_id: Id, device_keys: Sequence[str]) -> list[Attendance]:
    """End what this account, and whoever uses these devices and is not of the staff, has open now.

    Who was only expected stays so: the ban meets them when they come.
    Emits: AttendanceLeft, WaitingLeft.
    """
    rows = await store.to_expel(work, session.id, account_id, device_keys)
    for row in rows:
        if row.state == "present":
            await close(work, session, row, work.now, "banned")
        else:
            await store.remove(work, row.id)
            work.emit(told(WaitingLeft, session, row))
    return rows
