"""Use cases of the staff: who comes on stage, with which rights, and who goes from it (I15, I16)."""

import msgspec

from livehall.core.audience.scene import Scene, scene
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.sessions import places
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.places import StageMember, Via
from livehall.core.sessions.rights import Place, Standing
from livehall.core.sessions.standings import of_account
from livehall.core.stage import rules, seating, store
from livehall.core.stage.faults import AlreadyOnStage, NotOnStage, RequestNotFound
from livehall.core.stage.model import Kind, StageRequest
from livehall.core.stage.ops import clean
from livehall.core.stage.seating import Member
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class AddToStage(msgspec.Struct, frozen=True, kw_only=True):
    """None: as the preset says."""

    session_id: Id
    account_id: Id
    audio: bool | None = None
    video: bool | None = None
    screen: bool | None = None


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """None: as it is."""

    session_id: Id
    account_id: Id
    audio: bool | None = None
    video: bool | None = None
    screen: bool | None = None


class Remove(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    account_id: Id
    reason: str | None = None
    block_requests: bool = False


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One request of the queue. `person`: None for one of another organization."""

    request: StageRequest
    position: int | None
    person: Person | None


async def queue(work: Work, session_id: Id, kind: Kind) -> list[Waiting]:
    """Pending hands, or requests, the oldest first.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden.
    """
    at = await scene(work, session_id)
    at.check("stage.manage")
    return await waiting(work, at.session, kind)


async def waiting(work: Work, session: Session, kind: Kind) -> list[Waiting]:
    """The queue itself, for one whose right was checked."""
    rows = await store.queue(work, session.id, kind)
    accounts = {row.account_id for row in rows}
    known = await people.people(work, accounts, session.organization_id)
    return [
        Waiting(request=row, position=place, person=known.get(row.account_id))
        for place, row in enumerate(rows, start=1)
    ]


async def approve(work: Work, session_id: Id, kind: Kind, request_id: Id) -> Waiting:
    """Put who asks on stage; who is there already gets the microphone back. Harmless when approved.

    Raises: SessionNotFound, RequestNotFound, Banned, FeatureDisabled, Forbidden, InvalidState, StageFull.
    Emits: StageJoined or StagePermissionsChanged, HandResolved, JoinRequestResolved.
    """
    at = await _manage(work, session_id)
    row = await _request(work, session_id, kind, request_id)
    if not rules.resolved(row, "approved"):
        await _check_below(work, at, row.account_id)
        seat = await _seat_of(work, at, row.account_id)
        if seat is None:
            via: Via = "hand" if kind == "hand" else "join_request"
            await seating.seat(work, at, row.account_id, via, request_id=row.id)
        else:
            await seating.permit(work, at, seat, msgspec.structs.replace(seat.place, audio=True))
            await seating.resolve(work, at.session, row, "approved", by=work.actor.account_id)
        row = await _request(work, session_id, kind, request_id)
    return await _decided(work, at, row)


async def reject(work: Work, session_id: Id, kind: Kind, request_id: Id, reason: str | None) -> Waiting:
    """Refuse who asks. Harmless when rejected.

    Raises: SessionNotFound, RequestNotFound, Banned, FeatureDisabled, Forbidden, InvalidState, Invalid.
    Emits: HandResolved, JoinRequestResolved.
    """
    at = await _manage(work, session_id)
    row = await _request(work, session_id, kind, request_id)
    words = clean(reason, "reason")
    if not rules.resolved(row, "rejected"):
        await _check_below(work, at, row.account_id)
        by = work.actor.account_id
        row = await seating.resolve(work, at.session, row, "rejected", reason=words, by=by)
    return await _decided(work, at, row)


async def add(work: Work, cmd: AddToStage) -> Member:
    """Bring somebody on stage who is in the session. What they have asked for counts as approved.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, Invalid (nobody of that id is there, C5),
    AlreadyOnStage, InvalidState, StageFull. Emits: StageJoined, StageInvited.
    """
    at = await _manage(work, cmd.session_id)
    rules.check_open(at.session)
    if not await store.is_connected(work, cmd.session_id, cmd.account_id):
        raise invalid("user_id", "There is nobody with this id in the session.")
    other = await _check_below(work, at, cmd.account_id)
    if other.is_on_stage or other.role == "co_host":
        raise AlreadyOnStage
    usual = rules.usual_place(at.settings)
    joined = await seating.seat(work, at, cmd.account_id, "added", place=_changed(usual, cmd))
    seating.invite(work, at, joined)
    return joined


async def permit(work: Work, cmd: Permit) -> Member:
    """Give or take microphone, camera, screen.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, NotOnStage, Invalid.
    Emits: StagePermissionsChanged.
    """
    at = await _manage(work, cmd.session_id)
    if cmd.audio is None and cmd.video is None and cmd.screen is None:
        raise invalid("can_publish_audio", "Say what to give or to take.", rule="required")
    seat = await _seat_of(work, at, cmd.account_id)
    if seat is None:
        raise NotOnStage
    await _check_below(work, at, cmd.account_id)
    return await seating.permit(work, at, seat, _changed(seat.place, cmd))


async def remove(work: Work, cmd: Remove) -> None:
    """Send somebody off the stage; they go on watching.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, NotOnStage, Invalid. Emits: StageLeft.
    """
    at = await _manage(work, cmd.session_id)
    seat = await _seat_of(work, at, cmd.account_id)
    if seat is None:
        raise NotOnStage
    await _check_below(work, at, cmd.account_id)
    await seating.unseat(
        work,
        at.session,
        seat,
        "removed",
        message=clean(cmd.reason, "reason"),
        requests_blocked=cmd.block_requests,
    )


async def _manage(work: Work, session_id: Id) -> Scene:
    """The session, held, for one who manages its stage."""
    at = await seating.hold(work, session_id)
    at.check("stage.manage")
    return at


async def _request(work: Work, session_id: Id, kind: Kind, request_id: Id) -> StageRequest:
    row = await store.get(work, session_id, kind, request_id)
    if row is None:
        raise RequestNotFound
    return row


async def _check_below(work: Work, at: Scene, account_id: Id) -> Standing:
    """The standing of somebody whom the actor may act on. Raises: Forbidden, InvalidState."""
    other = await of_account(work, at.session, account_id)
    rules.check_outranks(at.standing, other)
    if other.is_banned:
        raise InvalidState("This person is banned.")
    return other


async def _seat_of(work: Work, at: Scene, account_id: Id) -> StageMember | None:
    return (await places.of_person(work, {at.session.id}, account_id)).get(at.session.id)


async def _decided(work: Work, at: Scene, row: StageRequest) -> Waiting:
    person = await people.person(work, row.account_id, at.session.organization_id)
    return Waiting(request=row, position=await store.position(work, row), person=person)


def _changed(place: Place, cmd: AddToStage | Permit) -> Place:
    return Place(
        audio=place.audio if cmd.audio is None else cmd.audio,
        video=place.video if cmd.video is None else cmd.video,
        screen=place.screen if cmd.screen is None else cmd.screen,
    )
