"""Taking seats and giving them up, within one work: what asking, managing and jobs have in common.

The session is held (`hold`), so that two who take the last seat do it one after the other (I15).
"""

from contextlib import suppress
from typing import get_args

import msgspec

from livehall.core.audience.scene import Scene
from livehall.core.people import store as people
from livehall.core.rooms.model import Room
from livehall.core.sessions import pinning, places
from livehall.core.sessions import store as sessions
from livehall.core.sessions.events import about
from livehall.core.sessions.model import Session
from livehall.core.sessions.places import LeftReason, StageMember, Via
from livehall.core.sessions.rights import Place, Standing, settings_of
from livehall.core.sessions.rules import account_of
from livehall.core.sessions.standings import of_people, standing
from livehall.core.stage import rules, store
from livehall.core.stage.events import (
    HandEvent,
    HandLowered,
    HandRaised,
    HandResolved,
    JoinRequestCreated,
    JoinRequestEvent,
    JoinRequestResolved,
    RequestFacts,
    SeatFacts,
    StageInvited,
    StageJoined,
    StageLeft,
    StagePermissionsChanged,
    UserFacts,
)
from livehall.core.stage.faults import StageFull
from livehall.core.stage.model import Kind, StageRequest, Status
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on stage. `place`: what they may publish now, by their seat and by the preset."""

    seat: StageMember
    name: str
    standing: Standing
    place: Place
    is_publishing: bool

    @property
    def identity(self) -> str:
        """Of a connection of their own; they may as well publish by the one they watch with (C17)."""
        return f"u.{self.seat.account_id}"


async def hold(work: Work, session_id: Id) -> Scene:
    """The session as the actor meets it, held until the work ends. Raises: SessionNotFound."""
    return await held(work, await sessions.visible(work, session_id))


async def held(work: Work, session: Session) -> Scene:
    """The same for a session that was found already. Raises: SessionNotFound."""
    session, room = await sessions.hold(work, session)
    return Scene(
        session=session,
        room=room,
        settings=settings_of(session, room),
        standing=await standing(work, session, room),
    )


async def members(work: Work, session: Session, room: Room) -> list[Member]:
    """Who is on stage, in the order of coming; in a constant number of queries."""
    seats = await places.seats(work, session.id)
    return await _shown(work, session, room, seats)


async def member(work: Work, session: Session, room: Room, seat: StageMember) -> Member:
    return (await _shown(work, session, room, [seat]))[0]


async def _shown(work: Work, session: Session, room: Room, seats: list[StageMember]) -> list[Member]:
    accounts = {seat.account_id for seat in seats}
    who = await of_people(work, session, room, accounts)
    names = await names_of(work, session, accounts)
    settings = settings_of(session, room)
    publishing = {account_of(identity) for _, identity, _ in session.programme.values()}
    return [
        Member(
            seat=seat,
            name=names[seat.account_id],
            standing=who[seat.account_id],
            place=rules.effective(settings, who[seat.account_id]),
            is_publishing=seat.account_id in publishing,
        )
        for seat in seats
    ]


async def names_of(work: Work, session: Session, account_ids: set[Id]) -> dict[Id, str]:
    """How people are called in the session, else by their account."""
    known = await store.names(work, session.id, account_ids)
    accounts = await people.people(work, account_ids - known.keys(), session.organization_id)
    return {
        account_id: known.get(account_id) or (accounts[account_id].name if account_id in accounts else "")
        for account_id in account_ids
    }


async def seat(
    work: Work,
    at: Scene,
    account_id: Id,
    via: Via,
    *,
    place: Place | None = None,
    request_id: Id | None = None,
) -> Member:
    """Put somebody on stage; what they have asked for counts as approved.

    Raises: StageFull (I15). Emits: StageJoined, HandResolved, JoinRequestResolved.
    """
    rules.check_has_room(at.settings, await places.taken(work, at.session.id))
    place = place or rules.usual_place(at.settings)
    row = StageMember(
        id=new_id(),
        organization_id=at.session.organization_id,
        session_id=at.session.id,
        account_id=account_id,
        request_id=request_id,
        via=via,
        may_audio=place.audio,
        may_video=place.video,
        may_screen=place.screen,
        joined_at=work.now,
        left_at=None,
        left_reason=None,
        requests_blocked=False,
    )
    await places.add(work, row)
    revision = await sessions.bump(work, at.session.id)
    session = msgspec.structs.replace(at.session, revision=revision)
    for pending in await store.pending_of(work, session.id, account_id):
        await resolve(work, session, pending, "approved", by=work.actor.account_id)
    joined = await member(work, session, at.room, row)
    work.emit(StageJoined(**_facts(session, joined)))
    return joined


async def seat_all(work: Work, at: Scene, account_id: Id) -> None:
    """A meeting's seat for somebody who came in; a second time, or after a removal, nothing happens.

    Emits: StageJoined.
    """
    last = await places.latest(work, at.session.id, account_id)
    is_seated = last is not None and last.left_at is None
    if is_seated or (last is not None and last.requests_blocked):
        return
    if at.session.is_open and at.settings.stage_enabled:
        with suppress(StageFull):
            await seat(work, at, account_id, "role")


async def unseat(
    work: Work,
    session: Session,
    row: StageMember,
    reason: LeftReason,
    *,
    message: str | None = None,
    requests_blocked: bool = False,
) -> bool:
    """Close a seat, and what its holder still asks for. False, when it was closed before.

    Emits: StageLeft, HandLowered, JoinRequestResolved, SessionArranged (they were pinned).
    """
    names = await names_of(work, session, {row.account_id})
    if await places.leave(work, row.id, reason, requests_blocked=requests_blocked) is None:
        return False
    revision = await sessions.bump(work, session.id)
    session = msgspec.structs.replace(session, revision=revision)
    await _close_pending(work, session, row.account_id, "withdrawn" if reason == "left" else "expired")
    work.emit(
        StageLeft(
            **about(session),
            account_id=row.account_id,
            name=names[row.account_id],
            reason=reason,
            message=message,
        )
    )
    await pinning.unpin(work, session.id, row.account_id)
    return True


async def drop(work: Work, session: Session, account_id: Id, status: Status) -> None:
    """Close what somebody without a seat has: what is pending, and that they are pinned.

    Emits: HandLowered, JoinRequestResolved, SessionArranged.
    """
    await _close_pending(work, session, account_id, status)
    await pinning.unpin(work, session.id, account_id)


async def _close_pending(work: Work, session: Session, account_id: Id, status: Status) -> None:
    for pending in await store.pending_of(work, session.id, account_id):
        await resolve(work, session, pending, status)


async def clear(work: Work, session: Session) -> None:
    """Close every seat and every request. Emits: StageLeft, HandLowered, JoinRequestResolved."""
    for row in await places.seats(work, session.id):
        await unseat(work, session, row, "removed")
    for kind in get_args(Kind):
        for pending in await store.queue(work, session.id, kind):
            await resolve(work, session, pending, "expired")


async def permit(work: Work, at: Scene, row: StageMember, place: Place) -> Member:
    """Set what the holder of a seat may publish. Emits: StagePermissionsChanged, if that changed."""
    if row.place != place:
        row = await places.permit(work, row.id, place) or row
        shown = await member(work, at.session, at.room, row)
        work.emit(StagePermissionsChanged(**_facts(at.session, shown)))
        return shown
    return await member(work, at.session, at.room, row)


def invite(work: Work, at: Scene, joined: Member) -> None:
    """Tell somebody who has not asked. Emits: StageInvited."""
    work.emit(
        StageInvited(
            **about(at.session),
            account_id=joined.seat.account_id,
            name=joined.name,
            by=work.actor.account_id,
            may_audio=joined.place.audio,
            may_video=joined.place.video,
            may_screen=joined.place.screen,
        )
    )


async def resolve(
    work: Work,
    session: Session,
    row: StageRequest,
    status: Status,
    *,
    reason: str | None = None,
    by: Id | None = None,
) -> StageRequest:
    """Close a request. Emits: HandLowered, HandResolved or JoinRequestResolved, unless it was closed."""
    closed = await store.resolve(work, row.id, status, reason=reason, by=by)
    if closed is None:
        return row
    await tell_request(work, session, closed)
    return closed


async def tell_request(work: Work, session: Session, row: StageRequest) -> None:
    """Say how a request stands. Emits: one of the events of hands and join requests."""
    facts: RequestFacts = {
        **about(session),
        "account_id": row.account_id,
        "name": row.display_name,
        "request_id": row.id,
        "status": row.status,
        "asked_at": row.created_at,
        "resolved_at": row.resolved_at,
        "resolved_by": row.resolved_by,
    }
    if row.kind == "hand":
        position = await store.position(work, row)
        kind: type[HandEvent] = HandRaised if row.is_pending else HandResolved
        kind = HandLowered if row.status in ("withdrawn", "expired") else kind
        work.emit(kind(**facts, message=row.message, position=position))
        return
    person = await people.person(work, row.account_id, session.organization_id)
    told: type[JoinRequestEvent] = JoinRequestCreated if row.is_pending else JoinRequestResolved
    work.emit(told(**facts, reason=row.reason, user=UserFacts.of(person) if person else None))


def _facts(session: Session, shown: Member) -> SeatFacts:
    return {
        **about(session),
        "account_id": shown.seat.account_id,
        "name": shown.name,
        "role": shown.standing.role,
        "identity": shown.identity,
        "may_audio": shown.place.audio,
        "may_video": shown.place.video,
        "may_screen": shown.place.screen,
        "via": shown.seat.via,
        "joined_at": shown.seat.joined_at,
        "is_publishing": shown.is_publishing,
    }
