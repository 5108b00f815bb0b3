"""The waiting room: who stands before the door, letting them in, sending them away."""

from collections.abc import Callable, Sequence

import msgspec

from livehall.core.audience import store, waiting_store
from livehall.core.audience.crowd import check_has_room, is_counted
from livehall.core.audience.events import WaitingAdmitted, WaitingDenied
from livehall.core.audience.faults import AttendanceNotFound
from livehall.core.audience.model import Attendance
from livehall.core.audience.rows import told
from livehall.core.audience.scene import Scene, scene
from livehall.core.people.faults import QuotaExceeded
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

Address = Callable[[Session], str]

MOST = 10_000  # who are let in by one call


class Page(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[Attendance]  # the longest waiting first
    total: int


async def page(work: Work, session_id: Id, *, offset: int, limit: int) -> Page:
    """Who waits, for the staff. Raises: SessionNotFound, Forbidden."""
    at = await _scene(work, session_id)
    rows, total = await waiting_store.waiting_in(work, at.session.id, offset=offset, limit=limit)
    return Page(rows=rows, total=total)


async def queue(work: Work, session_id: Id, limit: int) -> list[Attendance]:
    """So many of the same, for somebody who is known to be of the staff."""
    rows, _ = await waiting_store.waiting_in(work, session_id, offset=0, limit=limit)
    return rows


async def admit(work: Work, session_id: Id, attendance_id: Id, address: Address) -> Attendance:
    """Let somebody in, on all their devices, until the session ends; also one who was sent away before.

    Called again it changes nothing. `address`: where they come in.
    Raises: SessionNotFound, AttendanceNotFound, Forbidden, QuotaExceeded. Emits: WaitingAdmitted.
    """
    at = await _counted(work, session_id)
    row = await _row(work, session_id, attendance_id)
    if row.state in ("waiting", "denied"):
        await check_has_room(work, at.session, row.visitor_key)
    admitted = await _let_in(work, at.session, await _devices(work, row), address)
    return next((each for each in admitted if each.id == row.id), row)


async def admit_all(work: Work, session_id: Id, address: Address) -> list[Attendance]:
    """Let in everybody who waits, the longest waiting first; those the plan has no room for wait on.

    Raises: SessionNotFound, Forbidden, QuotaExceeded (there is room for none).
    Emits: WaitingAdmitted, for each.
    """
    at = await _counted(work, session_id)
    rows, _ = await waiting_store.waiting_in(work, session_id, limit=MOST)
    admitted: list[Attendance] = []
    for row in rows:
        try:
            await check_has_room(work, at.session, row.visitor_key)
        except QuotaExceeded:
            if not admitted:
                raise
            break
        admitted += await _let_in(work, at.session, [row], address)
    return admitted


async def deny(work: Work, session_id: Id, attendance_id: Id, reason: str | None) -> Attendance:
    """Send somebody away, on all their devices. Called again it changes nothing.

    `reason` is shown to them. Raises: SessionNotFound, AttendanceNotFound, Forbidden, InvalidState (they are
    within). Emits: WaitingDenied.
    """
    at = await _scene(work, session_id)
    row = await _row(work, session_id, attendance_id)
    if row.state not in ("waiting", "denied"):
        raise InvalidState("This person has been let in already.")
    for each in await _devices(work, row):
        if await waiting_store.deny(work, each):
            work.emit(told(WaitingDenied, at.session, each, reason=reason))
    return msgspec.structs.replace(row, state="denied")


async def _scene(work: Work, session_id: Id) -> Scene:
    at = await scene(work, session_id)
    if not at.standing.is_staff:
        raise Forbidden
    return at


async def _counted(work: Work, session_id: Id) -> Scene:
    """The same, where places are about to be taken."""
    at = await _scene(work, session_id)
    if is_counted(at.session):
        await sessions.hold(work, at.session)
    return at


async def _row(work: Work, session_id: Id, attendance_id: Id) -> Attendance:
    row = await store.get(work, attendance_id)
    if row is None or row.session_id != session_id:
        raise AttendanceNotFound("There is nobody with this id before the door.")
    return row


async def _devices(work: Work, row: Attendance) -> list[Attendance]:
    return await waiting_store.before_the_door(work, row.session_id, row.visitor_key)


async def _let_in(
    work: Work, session: Session, rows: Sequence[Attendance], address: Address
) -> list[Attendance]:
    found = [await waiting_store.admit(work, row) for row in rows]
    admitted = [row for row in found if row is not None]
    for row in admitted:
        work.emit(told(WaitingAdmitted, session, row, join_url=address(session)))
    return admitted
