"""Use cases of those who are there: leaving, and signs of life of those without a media connection."""

from datetime import timedelta

from livehall.core.audience import store, waiting_store
from livehall.core.audience.events import VisitorLeft, WaitingLeft
from livehall.core.audience.faults import AttendanceNotFound
from livehall.core.audience.model import Attendance
from livehall.core.audience.rows import close, new_row, tell_joined, told
from livehall.core.audience.scene import person_of, scene_of
from livehall.core.sessions import store as sessions
from livehall.core.sessions.ending import at_end
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

LATE_BEAT = timedelta(seconds=5)  # a beat that was on its way when its sender said goodbye
WITHOUT_MEDIA = timedelta(seconds=10)  # connected in realtime for so long: media is switched off (C12)


async def leave(work: Work, session_id: Id) -> None:
    """Close what the actor has open on this device. Without presence nothing happens (C6).

    Who was admitted from the waiting room stays so. Raises: SessionNotFound.
    Emits: AttendanceLeft, WaitingLeft, VisitorLeft.
    """
    session = await sessions.visible(work, session_id)
    rows = [
        row
        for row in await store.open_of(work, session_id, person_of(work.actor))
        if row.device_key == work.actor.visitor_key
    ]
    for row in rows:
        if row.state == "present":
            await close(work, session, row, work.now, "left")
        elif row.admitted_at is None:
            await store.remove(work, row.id)
        if row.state == "waiting":
            work.emit(told(WaitingLeft, session, row))
    if rows:
        work.emit(
            VisitorLeft(
                organization_id=session.organization_id,
                session_id=session.id,
                room_id=session.room_id,
                media_room=session.media_room,
                identities=sorted({row.identity for row in rows if row.delivery == "webrtc"}),
                attendance_ids=[row.id for row in rows],
            )
        )


async def beat(work: Work, attendance_id: Id) -> Attendance:
    """A player's sign of life: the first one makes presence (C12), later ones keep it.

    One who was given up meanwhile has come back: another interval begins (C15).

    Raises: AttendanceNotFound, SessionNotFound, Banned, InvalidState (the session is not open).
    Emits: AttendanceJoined.
    """
    row = await store.get(work, attendance_id)
    if row is None or row.visitor_key != person_of(work.actor) or row.state in ("waiting", "denied"):
        raise AttendanceNotFound
    if row.turned_away:
        raise AttendanceNotFound
    await sessions.keep(work, row.session_id)
    session = await sessions.get(work, row.session_id)
    (await scene_of(work, session)).check_not_banned()
    if not session.is_open:
        raise InvalidState("The session is not on air.")
    if row.state == "expected":
        return await _arrive(work, session, row)
    if row.state == "left":
        if row.left_at is not None and work.now - row.left_at < LATE_BEAT:
            return row
        return await _return(work, session, row)
    await store.sign_of_life(work, row.id)
    return row


async def seen(work: Work, attendance_id: Id) -> None:
    """The person subscribed in realtime, or their connection lives.

    Makes presence of those who watch elsewhere, and of those without any media (C12); keeps that of others.
    Emits: AttendanceJoined.
    """
    row = await store.get(work, attendance_id)
    if row is None:
        return
    if row.state == "present":
        await store.sign_of_life(work, row.id)
    elif row.state == "waiting":
        await waiting_store.still_waits(work, row.id)
    elif row.state == "expected" and (row.delivery != "webrtc" or work.now - row.created_at >= WITHOUT_MEDIA):
        await sessions.keep(work, row.session_id)
        session = await sessions.get(work, row.session_id)
        if session.is_open:
            await _arrive(work, session, row)


@at_end
async def close_at_end(work: Work, session: Session) -> None:
    """I17: nobody is present in a session that is over. Told by the end itself, not person by person."""
    await store.close_all(work, session.id, work.now)


async def _arrive(work: Work, session: Session, row: Attendance) -> Attendance:
    present = await store.appear(work, row, None, work.now)
    if present is None:  # seen by another process at this moment, or gone
        return await store.get(work, row.id) or row
    tell_joined(work, session, present, work.now)
    return present


async def _return(work: Work, session: Session, row: Attendance) -> Attendance:
    """The person's open row of the same device and way of watching, or a new interval."""
    for other in await store.open_of(work, session.id, row.visitor_key):
        is_same = other.device_key == row.device_key and other.delivery == row.delivery
        if is_same and other.state == "present":
            await store.sign_of_life(work, other.id)
            return other
    again = new_row(
        work,
        session,
        account_id=row.account_id,
        visitor_key=row.visitor_key,
        device_key=row.device_key,
        name=row.display_name,
        role=row.role,
        state="present",
        delivery=row.delivery,
        identity=row.identity,
        joined_at=work.now,
    )
    await store.add(work, again)
    tell_joined(work, session, again, work.now)
    return again
