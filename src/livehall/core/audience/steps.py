"""Entering a session. The media server is not asked: a token is enough, it makes the room when need be."""

import secrets

import msgspec

from livehall.core.audience import store, waiting_store
from livehall.core.audience.crowd import check_has_room, is_counted
from livehall.core.audience.events import HlsWanted, WaitingEntered, WaitingLeft
from livehall.core.audience.model import Attendance, Delivery, State
from livehall.core.audience.rows import new_row, told
from livehall.core.audience.scene import Scene, person_of, scene
from livehall.core.people import groups_store as groups
from livehall.core.people.rules import clean_name
from livehall.core.ports.media import MediaRooms, MediaToken
from livehall.core.ports.sealing import Sealing
from livehall.core.rooms.ops import knows_password
from livehall.core.sessions import store as sessions
from livehall.core.sessions.rights import grant_for, permissions
from livehall.core.sessions.rules import Admission, Visitor, check_may_enter, is_open_to_strangers
from livehall.core.sessions.standings import Expectation, expectation
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Unauthenticated
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

WITHIN = ("expected", "present", "left")
NONCE_BYTES = 6  # tells the devices of one account apart; guards nothing


class Join(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    display_name: str | None = None
    password: str | None = None
    access_token: str | None = None  # of a personal link
    prefer: Delivery | None = None


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """`media`: for who is admitted and watches by WebRTC. `attendance`: for who is admitted or waits."""

    scene: Scene
    admission: Admission
    delivery: Delivery
    identity: str
    name: str
    permissions: dict[str, bool]
    media: MediaToken | None
    attendance: Attendance | None


async def join(desk: Desk, media: MediaRooms, sealing: Sealing, actor: Actor, cmd: Join) -> Joined:
    """Let somebody in, if they may, with the means of watching; presence begins when they are seen (C12).

    Called again from the same device, the same attendance goes on with a fresh token.

    Raises: SessionNotFound, InvalidState, Banned, NotAdmitted, RegistrationRequired, WrongPassword,
    QuotaExceeded, Invalid. Emits: HlsWanted, WaitingEntered, WaitingLeft.
    """
    async with desk.work(actor, hot=True) as work:
        await sessions.keep(work, cmd.session_id)  # an end or a ban comes before this, or after it
        at = await scene(work, cmd.session_id)
        if not is_counted(at.session) or at.standing.is_staff:
            return await _enter(work, media, sealing, at, cmd)
    async with desk.work(actor) as work:  # one after another, and nobody else has to wait for that
        await sessions.hold(work, await sessions.visible(work, cmd.session_id))
        return await _enter(work, media, sealing, await scene(work, cmd.session_id), cmd)


async def _enter(work: Work, media: MediaRooms, sealing: Sealing, at: Scene, cmd: Join) -> Joined:
    visitor = await visitor_in(work, sealing, at, cmd)
    admission = check_may_enter(at.session, at.room, at.standing, visitor)
    return await _let_in(work, media, at, admission, cmd)


async def visitor_in(work: Work, sealing: Sealing, at: Scene, cmd: Join) -> Visitor:
    """What is known of the actor who asks to enter. Raises: Unauthenticated."""
    past = await store.states_of(work, at.session.id, person_of(work.actor))
    known = await _expectation(work, at, cmd)
    return Visitor(
        is_banned=at.standing.is_banned,
        has_access_token=known.has_link,
        registration=known.registration,
        rsvp=known.rsvp,
        was_admitted=not past.isdisjoint(WITHIN),
        was_denied="denied" in past,
        knows_password=at.room.has_password and knows_password(sealing, at.room, cmd.password),
        is_member=work.actor.member_of == at.room.organization_id,
        is_in_linked_group=await _is_in_linked_group(work, at),
    )


async def _is_in_linked_group(work: Work, at: Scene) -> bool:
    """Asked only where it opens a door."""
    if at.room.visibility != "private" and at.room.entry != "invited":
        return False
    scopes = {at.session.id, at.room.id, at.room.library_id}
    return await groups.is_linked(work, scopes, work.actor.account_id, work.actor.member_of)


async def _expectation(work: Work, at: Scene, cmd: Join) -> Expectation:
    """Not asked of those who may enter anyway."""
    if at.standing.is_staff or (is_open_to_strangers(at.room) and cmd.access_token is None):
        return Expectation()
    return await expectation(work, at.session, at.room, cmd.access_token)


async def _let_in(work: Work, media: MediaRooms, at: Scene, admission: Admission, cmd: Join) -> Joined:
    account_id = work.actor.account_id
    if account_id is None:
        raise Unauthenticated
    name = clean_name(cmd.display_name, "display_name") if cmd.display_name else work.actor.name
    grant = grant_for(
        at.standing, at.settings, at.session, account_id, nonce=secrets.token_hex(NONCE_BYTES), name=name
    )
    delivery = await _delivery(work, at, cmd.prefer)
    row = None
    if admission != "too_early":
        if not at.standing.is_staff:
            await check_has_room(work, at.session, person_of(work.actor))
        row = await _row(work, at, admission, delivery, grant.identity, name)
    watches_directly = admission == "admitted" and delivery == "webrtc"
    if delivery == "hls" and at.session.hls_url is None:
        work.emit(
            HlsWanted(
                organization_id=at.session.organization_id,
                session_id=at.session.id,
                room_id=at.session.room_id,
            )
        )
    return Joined(
        scene=at,
        admission=admission,
        delivery=delivery,
        identity=grant.identity,
        name=name,
        permissions=permissions(at.settings, at.standing),
        media=media.token(grant, work.now) if watches_directly else None,
        attendance=row,
    )


async def _delivery(work: Work, at: Scene, prefer: Delivery | None) -> Delivery:
    """Staff and speakers by WebRTC; others until the room's limit, or by HLS where they ask for it."""
    if at.session.mode == "external":
        return "external"
    if at.standing.is_staff or at.standing.is_on_stage:
        return "webrtc"
    if prefer == "hls":
        return "hls"
    direct = await store.direct_viewers(work, at.session.id)
    if direct < at.room.max_direct_viewers:
        return "webrtc"
    mine = await store.open_of(work, at.session.id, person_of(work.actor))
    return "webrtc" if any(row.delivery == "webrtc" for row in mine) else "hls"


async def _row(
    work: Work, at: Scene, admission: Admission, delivery: Delivery, identity: str, name: str
) -> Attendance:
    """The open row of this person and device under the new token, or a fresh one."""
    person, device = person_of(work.actor), work.actor.visitor_key
    state: State = "expected" if admission == "admitted" else "waiting"
    for row in await store.open_of(work, at.session.id, person):
        if row.device_key == device and row.state == "waiting" and state == "expected":  # waits no longer
            row = await waiting_store.admit(work, row) or row
            work.emit(told(WaitingLeft, at.session, row))
        goes_on = row.state == state or (row.state == "present" and row.delivery == delivery)
        if row.device_key == device and goes_on:
            return await store.renew(work, row, identity=identity, delivery=delivery, name=name)
    row = new_row(
        work,
        at.session,
        account_id=work.actor.account_id,
        visitor_key=person,
        device_key=device,
        name=name,
        role=at.standing.role,
        state=state,
        delivery=delivery,
        identity=identity,
    )
    await store.add(work, row)
    if state == "waiting":
        work.emit(told(WaitingEntered, at.session, row))
    return row
