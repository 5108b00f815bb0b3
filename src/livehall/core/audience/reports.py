"""What the media server's reports of connections do to attendance (realtime.md §4).

A connection is known by its `sid`. Reports may come late, twice, in the wrong order, or not at all:
each effect is decided by the rows alone, so that any order of the same reports ends in the same rows.
The caller has checked who reports, and that this report is not a repeat.
"""

from datetime import datetime, timedelta

import msgspec

from livehall.core.audience import store
from livehall.core.audience.events import ConnectionRefused, LeftReason, SpeakerConnected
from livehall.core.audience.model import Attendance
from livehall.core.audience.rows import close, guest_key, new_row, tell_joined, tell_left
from livehall.core.people import store as people
from livehall.core.sessions import rules, standings
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Role
from livehall.kernel.db import Duplicate
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Work

# A media server notices 20 s after the last packet that somebody has vanished (media-observed.md §1; ours
# keeps to it): the last sign of life lies so much earlier than the report (C14).
SILENCE = timedelta(seconds=20)
VANISHED = "CONNECTION_TIMEOUT"
YOUNG = timedelta(seconds=10)  # an aborted connection that is younger has never been there


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One connection in a media room, as a report names it."""

    room: str
    sid: str
    identity: str
    at: datetime  # of the report
    name: str = ""
    kind: str = "standard"  # standard, ingress, egress, sip, agent
    reason: str = ""  # of leaving, as LiveKit names it

    @property
    def is_a_person(self) -> bool:
        """Machines and monitors are no audience."""
        return self.kind in ("standard", "sip") and not rules.is_monitor(self.identity)

    @property
    def names_a_person(self) -> bool:
        return self.is_a_person and bool(self.sid)


def when(reported_s: int, now: datetime) -> datetime:
    """The instant of a report that carries whole seconds, cut off: fresh ones happened just now."""
    second = datetime.fromtimestamp(reported_s, now.tzinfo)
    if second <= now < second + timedelta(seconds=1):
        return now
    return min(second + timedelta(milliseconds=500), now)


def stood(signalled_at: datetime, reported_s: int, now: datetime) -> datetime:
    """The instant from which somebody is there. It is reported when the media stands; when signalling began,
    which may have been seconds before, is the earliest that it can be."""
    return min(max(signalled_at, when(reported_s, now)), now)


async def joined(work: Work, report: Connection) -> None:
    """Emits: AttendanceJoined and SpeakerConnected, or ConnectionRefused for one who may not be there."""
    session = await session_of(work, report.room)
    if session is None or await refuse_banned(work, session, report):
        return
    if report.kind == "standard" and rules.is_monitor(report.identity):
        await _refuse_past_staff(work, session, report)
    if not report.names_a_person:
        return
    if not session.is_open or not await _may_come_as(work, session, report.identity):
        _refuse(work, session, report)
        return
    known = await store.by_connection(work, report.sid)
    at = min(report.at, work.now)
    if known is None and not await _appear(work, session, report, at):
        known = await store.by_connection(work, report.sid)  # at this moment, by another process
    if known is not None and known.joined_at is None and known.left_at is not None:  # *left* came first
        await store.fill(work, known, min(at, known.left_at))


async def refuse_banned(work: Work, session: Session, report: Connection) -> bool:
    """Whether the connection is of somebody banned or turned away, who came with a token from before (C16).

    Emits: ConnectionRefused.
    """
    account_id = holder_of(report.identity)
    if account_id is None or report.kind != "standard":
        return False
    known = await store.by_identity(work, session.id, report.identity)
    # A connection of one's own is for the stage, and a seat gives it anew.
    is_away = known is not None and known.turned_away and not rules.is_own_connection(report.identity)
    device_key = known.device_key if known else None
    if not is_away and not await standings.is_kept_out(work, session.id, account_id, device_key):
        return False
    _refuse(work, session, report)
    return True


def holder_of(identity: str) -> Id | None:
    """Whose token it was: the account in `u.<account>`, `u.<account>.<nonce>`, `m.<account>.<nonce>`."""
    kind, _, rest = identity.partition(".")
    return parse_id(rest.partition(".")[0]) if kind in ("u", "m") else None


async def left(work: Work, report: Connection) -> None:
    """Emits: AttendanceLeft."""
    session = await _session(work, report)
    if session is None:
        return
    at = report.at - SILENCE if report.reason == VANISHED else report.at
    known = await store.by_connection(work, report.sid)
    if known is None and not await _remember_left(work, session, report, min(at, work.now)):
        known = await store.by_connection(work, report.sid)  # *joined* came at this moment
    if known is not None and known.state == "present":
        await close(work, session, known, at, _reason(report))


async def aborted(work: Work, report: Connection) -> None:
    """A connection whose media never came: it is not counted, and no row of a young one is kept.

    Emits: AttendanceLeft, of 0 s for a young one: its *joined* was told, and lists are to lose it again.
    """
    session = await _session(work, report)
    known = await store.by_connection(work, report.sid)
    if session is None or known is None or known.state != "present":
        return
    if known.joined_at is not None and report.at - known.joined_at < YOUNG:
        await store.remove(work, known.id)
        tell_left(work, session, known, known.joined_at, known.joined_at, "disconnected")
    else:
        await close(work, session, known, report.at, "disconnected")


async def room_finished(work: Work, media_room: str, at: datetime) -> None:
    """The media room is gone, the session goes on: whoever had a connection has lost it.

    Emits: AttendanceLeft.
    """
    session = await session_of(work, media_room)
    if session is None:
        return
    for row in await store.present_in(work, session.id):
        began = row.joined_at or at
        if row.connection_id is not None and began <= at:
            await close(work, session, row, at, "disconnected")


async def session_of(work: Work, media_room: str) -> Session | None:
    """The session whose media room this is: it carries the session's id."""
    session_id = parse_id(media_room)
    if session_id is None:
        return None
    await sessions.keep(work, session_id)
    try:
        return await sessions.get(work, session_id)
    except SessionNotFound:
        return None


async def _may_come_as(work: Work, session: Session, identity: str) -> bool:
    """C17: `u.<account>` is for staff and for people on stage; a stage token opens nothing afterwards.

    Emits: SpeakerConnected, for somebody on stage whose other connections this one replaces.
    """
    account_id = account_of(identity)
    if account_id is None or not rules.is_own_connection(identity):
        return True
    who = await standings.of_account(work, session, account_id)
    if who.is_on_stage and not who.is_staff:
        work.emit(
            SpeakerConnected(
                organization_id=session.organization_id,
                session_id=session.id,
                room_id=session.room_id,
                account_id=account_id,
            )
        )
    return who.is_staff or who.is_on_stage


async def _refuse_past_staff(work: Work, session: Session, report: Connection) -> None:
    """A monitor's token from before the dismissal opens nothing. Emits: ConnectionRefused."""
    account_id = holder_of(report.identity)
    if account_id is None or not (await standings.of_account(work, session, account_id)).is_staff:
        _refuse(work, session, report)


async def _session(work: Work, report: Connection) -> Session | None:
    return await session_of(work, report.room) if report.names_a_person else None


def _refuse(work: Work, session: Session, report: Connection) -> None:
    work.emit(
        ConnectionRefused(
            organization_id=session.organization_id,
            session_id=session.id,
            room_id=session.room_id,
            media_room=report.room,
            identity=report.identity,
        )
    )


async def _appear(work: Work, session: Session, report: Connection, at: datetime) -> bool:
    """Adopt the row that `join` made for this identity; a further connection gets a row like it.

    False, when the connection has got a row by now.
    """
    like = await store.by_identity(work, session.id, report.identity)
    if like is not None and like.connection_id is None and like.state in ("expected", "present"):
        began = like.joined_at or at
        try:
            row = await store.appear(work, like, report.sid, began)
        except Duplicate:
            return False
        if row is None:  # somebody else changed it at this moment
            return await _appear(work, session, report, at)
        if like.state == "expected":
            tell_joined(work, session, row, began)
        return True
    row = await _further(work, session, report, like)
    row = msgspec.structs.replace(row, state="present", joined_at=at)
    try:
        await store.add(work, row)
    except Duplicate:  # the reconciler was faster
        return False
    tell_joined(work, session, row, at)
    return True


async def _remember_left(work: Work, session: Session, report: Connection, at: datetime) -> bool:
    """Keep that this connection is over, for a *joined* that is still on its way.

    False, when the connection has got a row by now.
    """
    row = await _further(work, session, report, await store.by_identity(work, session.id, report.identity))
    try:
        await store.add(work, msgspec.structs.replace(row, state="left", left_at=at))
    except Duplicate:
        return False
    return True


async def _further(work: Work, session: Session, report: Connection, like: Attendance | None) -> Attendance:
    """A row for a connection that `join` did not announce: a reconnection, a second device, a reload."""
    if like is None:
        like = await _stranger(work, session, report)
    return new_row(
        work,
        session,
        account_id=like.account_id,
        visitor_key=like.visitor_key,
        device_key=like.device_key,
        name=like.display_name,
        role=like.role,
        state="expected",
        delivery="sip" if report.kind == "sip" else "webrtc",
        identity=report.identity,
        connection_id=report.sid,
    )


async def _stranger(work: Work, session: Session, report: Connection) -> Attendance:
    """Somebody whose row from `join` is gone, or who came with a token that a customer made."""
    named, guest = account_of(report.identity), rules.guest_role(report.identity)
    person = await people.person(work, named, session.organization_id) if named else None
    return new_row(
        work,
        session,
        account_id=person.id if person else None,
        visitor_key=guest_key(report.name or report.identity) if guest else named or report.identity,
        device_key=None,
        name=report.name or (person.name if person else report.identity),
        role=guest or await _role(work, session, named),
        state="expected",
        delivery="webrtc",
        identity=report.identity,
    )


def account_of(identity: str) -> Id | None:
    """The account in `u.<account>` and `u.<account>.<nonce>`."""
    return parse_id(rules.account_of(identity) or "")


async def _role(work: Work, session: Session, account_id: Id | None) -> Role:
    return (await standings.of_account(work, session, account_id)).role if account_id else "viewer"


def _reason(report: Connection) -> LeftReason:
    if report.reason == VANISHED:
        return "vanished"
    return "removed" if report.reason == "PARTICIPANT_REMOVED" else "disconnected"
