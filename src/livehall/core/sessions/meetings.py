"""Meetings: a room in which everybody who is let in may speak, mostly with one session.

A customer's own server makes them, hands its people tokens, and ends them. The media server is not asked: a
token is enough, it makes the room when need be. A meeting is on from its first token or entry.
"""

import secrets
from datetime import datetime

import msgspec

from livehall.core.people import plans as quotas
from livehall.core.ports.media import Grant, MediaRooms, MediaToken, Source
from livehall.core.rooms import ops as room_ops
from livehall.core.rooms import rules as room_rules
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.core.sessions import machine, meetings_store, ops, plans, rules, standings, states, store
from livehall.core.sessions.events import SessionCancelled, SessionRescheduled, about
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.fields import LONGEST_TOKEN, OPENS_AHEAD, TOKEN
from livehall.core.sessions.model import Session
from livehall.core.sessions.rules import GuestRole
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Conflict, invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

NONCE_BYTES = 9
EVERYTHING: tuple[Source, ...] = ("camera", "microphone", "screen_share", "screen_share_audio")
LONGEST_GUEST_NAME = 1000


class TooEarly(InvalidState):
    code = "too_early"
    message = "The meeting has not begun yet; it opens ten minutes ahead of its time."


class LinkTaken(Conflict):
    message = "Another meeting has just been given this link; try again."


class CreateMeeting(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    scheduled_start_at: datetime
    recording_enabled: bool = False
    e2ee: bool = False
    metadata: dict[str, str] = {}


class IssueToken(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: whom it is for, as the customer's server calls them; who has none is nobody that we know."""

    role: GuestRole
    name: str = ""
    expires_at: datetime | None = None  # None: as long as may be


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    session: Session
    grant: Grant
    token: MediaToken


async def create(work: Work, cmd: CreateMeeting) -> tuple[Session, Room]:
    """Make a room for one meeting, and plan it. Found by its link alone.

    Raises: Forbidden, QuotaExceeded, LinkTaken, Invalid. Emits: RoomCreated, SessionCreated.
    """
    room_rules.check_may_host(work.actor)
    assert work.actor.organization_id is not None
    check_may_be_private(cmd.e2ee, cmd.recording_enabled)
    organization_id = work.actor.organization_id
    library_id, plan = await meetings_store.ground(work, organization_id)
    if plan is not None and plan.limits.rooms is not None:
        held = await quotas.quotas_held(work, organization_id)
        quotas.check(held.rooms, await rooms.count_all(work, organization_id), "rooms")
    library_id = work.actor.library_id or library_id
    if library_id is None:
        library_id = (await rooms.default_library(work, organization_id)).id
    wanted = room_ops.CreateRoom(title=cmd.title, visibility="unlisted", kind="meeting", e2ee=cmd.e2ee)
    try:
        room = await room_ops.add(work, None, wanted, library_id)
    except Duplicate as error:
        raise LinkTaken from error
    planned = ops.CreateSession(
        room_id=room.id,
        title=cmd.title,
        scheduled_start_at=cmd.scheduled_start_at,
        recording_enabled=cmd.recording_enabled,
        metadata=cmd.metadata,
    )
    return await ops.add(work, room, planned, None, plans.limits_of(plan)), room


def check_may_be_private(e2ee: bool, recorded: bool) -> None:
    """What is encrypted between the clients cannot be recorded (I14). Raises: Invalid."""
    if e2ee and recorded:
        raise invalid("recording_enabled", "What is encrypted end to end cannot be recorded.", rule="e2ee")


async def issue(desk: Desk, media: MediaRooms, actor: Actor, session_id: Id, cmd: IssueToken) -> Issued:
    """A media token for a customer's own client. The first one begins a meeting that is due.

    Raises: SessionNotFound, Forbidden, InvalidState (it is over, or no meeting and not begun yet), TooEarly,
    QuotaExceeded, Invalid. Emits: SessionStarted, SessionWentLive.
    """
    async with desk.read(actor) as read:
        session, room = await meetings_store.by_id(read, session_id)
        await check_may_run(read, session, room)
        if session.media_room is not None:
            check_due(session, room, read.now)
            return sign(media, session, cmd, read.now)
    async with desk.work(actor) as work:
        session, room = await store.hold(work, session)
        session = await begin(work, session, room)
        return sign(media, session, cmd, work.now)


def sign(media: MediaRooms, session: Session, cmd: IssueToken, now: datetime) -> Issued:
    """Raises: InvalidState, Invalid."""
    if not session.is_open:
        raise InvalidState("The session is over." if session.is_over else "The session has not begun.")
    if len(cmd.name) > LONGEST_GUEST_NAME:
        raise invalid("name", f"At most {LONGEST_GUEST_NAME} characters.")
    until = lifetime(session, cmd.expires_at, now)
    grant = Grant(
        room=session.id,
        identity=rules.guest_identity(cmd.role, secrets.token_urlsafe(NONCE_BYTES)),
        name=cmd.name,
        publish=() if cmd.role == "viewer" else EVERYTHING,
        data=cmd.role != "viewer",
    )
    return Issued(session=session, grant=grant, token=media.token(grant, now, until))


def lifetime(session: Session, wanted: datetime | None, now: datetime) -> datetime:
    """Until when a token holds: a day, or as asked, and not beyond the session's end. Raises: Invalid."""
    if wanted is not None and wanted <= now:
        raise invalid("expires_at", "A token ends in the future.")
    until = now + (TOKEN if wanted is None else LONGEST_TOKEN)
    if session.scheduled_end_at is not None and session.scheduled_end_at > now:
        until = min(until, session.scheduled_end_at)
    return until if wanted is None else min(until, wanted)


async def begin(work: Work, session: Session, room: Room) -> Session:
    """A meeting that is due is on air from now on; harmless while it is. Both rows are held.

    Raises: InvalidState, TooEarly, RoomBusy, QuotaExceeded. Emits: SessionStarted, SessionWentLive.
    """
    if session.is_over or (session.is_open and session.media_room is not None):
        return session
    if not room.is_meeting:
        raise InvalidState("The session has not begun; start it first.")
    if not is_due(session, work.now):
        raise TooEarly
    session = await machine.begin(work, session, room)
    session = await machine.confirm(work, session)
    return await machine.go_live(work, session, needs_source=False)


def is_due(session: Session, now: datetime) -> bool:
    """Whether it may begin; one without a time may at any time."""
    return session.scheduled_start_at is None or session.scheduled_start_at - now <= OPENS_AHEAD


def check_due(session: Session, room: Room, now: datetime) -> None:
    """Also of a meeting that has begun, and was moved since (L18, L21). Raises: TooEarly."""
    if room.is_meeting and session.is_open and not is_due(session, now):
        raise TooEarly


async def find(work: Work, link: str) -> Id:
    """Which meeting is behind a link. Raises: SessionNotFound."""
    return await meetings_store.id_by_link(work, link)


def check_ahead(start: datetime, now: datetime) -> datetime:
    """Raises: Invalid, for a time that has passed."""
    if start <= now:
        raise invalid("scheduled_start_at", "This time has passed already.")
    return start


async def issue_by_link(desk: Desk, media: MediaRooms, actor: Actor, link: str, cmd: IssueToken) -> Issued:
    """As `issue`, in one statement while the meeting is on.

    Raises: SessionNotFound, InvalidState, TooEarly, QuotaExceeded, Invalid.
    Emits: SessionStarted, SessionWentLive.
    """
    async with desk.read(actor) as read:
        session, room = await meetings_store.by_link(read, link)
        if session.media_room is not None or session.is_over:
            check_due(session, room, read.now)
            return sign(media, session, cmd, read.now)
    return await issue(desk, media, actor, session.id, cmd)


async def move(work: Work, link: str, start: datetime, labels: dict[str, str]) -> None:
    """Set when a meeting is; also of one that is on or over, where it changes nothing else.

    Raises: SessionNotFound, Invalid. Emits: SessionRescheduled.
    """
    session, _ = await store.hold(work, (await meetings_store.by_link(work, link))[0])
    was = session.scheduled_start_at
    metadata = {**session.metadata, **labels}
    rules.check_labels(metadata)
    moved = await store.change(
        work, session.id, {"scheduled_start_at": start, "begins_at": start, "metadata": metadata}
    )
    work.emit(
        SessionRescheduled(
            **about(moved),
            scheduled_start_at=start,
            scheduled_end_at=moved.scheduled_end_at,
            timezone=moved.timezone,
            previous_start_at=was,
            notify=session.status == "scheduled",
        )
    )


async def end(work: Work, link: str) -> bool:
    """End a meeting for everybody; one that nobody has entered is cancelled. False, when it was over.

    Raises: SessionNotFound. Emits: SessionEnded, or SessionCancelled.
    """
    session, _ = await store.hold(work, (await meetings_store.by_link(work, link))[0])
    if session.is_over:
        return False
    if session.is_open:
        await machine.end(work, session, "host")
        return True
    status = states.advance(session.status, "cancel")
    over = await store.change(work, session.id, {"status": status})
    work.emit(
        SessionCancelled(
            **about(over),
            was=session.status,
            status=status,
            title=over.title,
            started_at=None,
            ended_at=None,
            end_reason=None,
        )
    )
    return True


async def check_may_run(work: Work, session: Session, room: Room) -> None:
    """Raises: Forbidden."""
    standing = await standings.standing(work, session, room)
    if not standing.is_owner:
        rules.check_right(rules.settings_of(session, room), standing, "session.run")
