"""Putting somebody out: their presence ends, and their place before the door."""

from collections.abc import Sequence

from livehall.core.audience import store, turning_away_store
from livehall.core.audience.events import VisitorRemoved, WaitingLeft
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


async def turn_away(work: Work, session: Session, account_id: Id) -> bool:
    """End what somebody has open who may not be there any more; what they were given opens nothing.

    They may come in anew, as soon as they may. False, when there was nothing. The session is held.
    Emits: AttendanceLeft, WaitingLeft, VisitorRemoved.
    """
    rows = await store.open_of(work, session.id, account_id)
    for row in rows:
        if row.state == "present":
            await close(work, session, row, work.now, "removed")
        elif row.state == "waiting":
            await store.remove(work, row.id)
            work.emit(told(WaitingLeft, session, row))
    if not await turning_away_store.mark(work, session.id, account_id):
        return False
    work.emit(
        VisitorRemoved(
            organization_id=session.organization_id,
            session_id=session.id,
            room_id=session.room_id,
            media_room=session.media_room,
            account_id=account_id,
            identities=sorted({row.identity for row in rows if row.delivery == "webrtc"}),
            attendance_ids=[row.id for row in rows],
        )
    )
    return True
