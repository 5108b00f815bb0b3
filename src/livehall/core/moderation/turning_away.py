"""Putting out who has lost the registration by which they came in (domain, "May a person enter?")."""

from livehall.core.audience.expelling import turn_away
from livehall.core.audience.scene import scene_of
from livehall.core.audience.steps import Join, visitor_in
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import ops as registrations
from livehall.core.registrations import store as participants
from livehall.core.rooms import store as rooms
from livehall.core.sessions import places, standings
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.rules import check_may_enter
from livehall.core.stage import seating
from livehall.kernel.actor import SYSTEM
from livehall.kernel.faults import Fault
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk, Read, Work


async def after_registration(desk: Desk, sealing: Sealing, entry: Entry) -> None:
    """Of a registration that was cancelled or denied: out of the session that is on. Repeated it is harmless.

    Who may enter all the same (of the staff, by another registration, an open room) stays.
    """
    if entry.data["registration"] not in ("cancelled", "denied") or entry.room_id is None:
        return
    async with desk.read(SYSTEM) as read:
        room = (await rooms.by_ids(read, {entry.room_id})).get(entry.room_id)
        session_id = room.active_session_id if room is not None else None
        account_id = await _whose(read, entry.data["participant_id"])
    if session_id is None or account_id is None or entry.session_id not in (None, session_id):
        return
    async with desk.work(SYSTEM, origin="job") as work:
        try:
            session, _ = await sessions.hold(work, await sessions.get(work, session_id))
        except SessionNotFound:
            return
        if session.is_open and not await _may_stay(work, sealing, session, account_id):
            await _put_out(work, session, account_id)


async def _whose(read: Read, participant_id: Id) -> Id | None:
    """The account that came by it: its own, else that of the member with the address."""
    row = await participants.get(read, participant_id)
    if row is None or row.account_id is not None or row.email is None:
        return row.account_id if row is not None else None
    return await registrations.member_by_address(read, row.organization_id, row.email)


async def _may_stay(work: Work, sealing: Sealing, session: Session, account_id: Id) -> bool:
    """Whether they could come in now, but for a password: who knows it comes again."""
    who = await standings.somebody(work, session, account_id)
    theirs = Read(work.db, who, work.now)  # asked as that person, within what is held here
    at = await scene_of(theirs, session)
    visitor = await visitor_in(theirs, sealing, at, Join(session_id=session.id))
    try:
        check_may_enter(session, at.room, at.standing, visitor)
    except Fault:
        return False
    return True


async def _put_out(work: Work, session: Session, account_id: Id) -> None:
    if not await turn_away(work, session, account_id):
        return
    seat = (await places.of_person(work, {session.id}, account_id)).get(session.id)
    if seat is not None:
        await seating.unseat(work, session, seat, "removed")
    else:
        await seating.drop(work, session, account_id, "expired")
