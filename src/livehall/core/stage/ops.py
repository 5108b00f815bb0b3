"""Use cases of those who ask for the stage, and of those on it."""

from datetime import timedelta

import msgspec

from livehall.core.audience.scene import Scene, name_of, scene
from livehall.core.sessions import pinning, places
from livehall.core.sessions import store as sessions
from livehall.core.sessions.ending import at_end
from livehall.core.sessions.faults import FeatureDisabled, InvalidState
from livehall.core.sessions.model import Session
from livehall.core.stage import rules, seating, store
from livehall.core.stage.faults import AskedTooSoon, NotOnStage
from livehall.core.stage.fields import LONGEST
from livehall.core.stage.model import Kind, StageRequest
from livehall.core.stage.seating import Member
from livehall.kernel.faults import Forbidden, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

PACE = timedelta(seconds=10)  # between two hands, or two requests, of one person (realtime.md §6)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The last that somebody raised or asked; `request` is None for who never did."""

    session_id: Id
    account_id: Id
    name: str
    request: StageRequest | None
    position: int | None = None  # in the queue, while pending


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    members: list[Member]
    limit: int  # 0: none
    pinned_id: Id | None  # who is shown first where the pictures become one


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """How the stage marks the people of a session: by account."""

    seated: frozenset[Id]
    hands_up: frozenset[Id]


async def marks(work: Work, session_id: Id) -> Marks:
    """Who sits and whose hand is up, for lists of who is there; the caller's right was checked."""
    return Marks(
        seated=frozenset(seat.account_id for seat in await places.seats(work, session_id)),
        hands_up=frozenset(hand.account_id for hand in await store.queue(work, session_id, "hand")),
    )


async def raise_hand(work: Work, session_id: Id, message: str | None = None) -> Asked:
    """Raise a hand. A raised one stays in its place; its message may change.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, NotJoined, InvalidState (the session is not
    open, or the actor is not connected), AskedTooSoon, Invalid. Emits: HandRaised.
    """
    at = await seating.hold(work, session_id)
    account_id = person(work)
    name = await _check_may_ask(work, at, account_id)
    words = clean(message)
    if not await store.is_connected(work, session_id, account_id):
        raise InvalidState("Connect to the session first.")
    row = await _pending(work, at.session, "hand", account_id)
    if row is None:
        row = await _ask(work, at.session, "hand", account_id, name, words)
    elif words is not None and words != row.message:
        row = await store.set_message(work, row, words)
        await seating.tell_request(work, at.session, row)
    return await _asked(work, at.session, account_id, name, row)


async def lower_hand(work: Work, session_id: Id) -> None:
    """Take the hand down; harmless when none is up. Raises: SessionNotFound. Emits: HandLowered."""
    session = await sessions.visible(work, session_id)
    account_id = work.actor.account_id
    row = await store.latest(work, session_id, "hand", account_id) if account_id else None
    if row is not None and row.is_pending:
        await seating.resolve(work, session, row, "withdrawn")


async def ask_to_join(work: Work, session_id: Id) -> Asked:
    """Ask for a seat. A pending request is given again.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, NotJoined, InvalidState, AskedTooSoon.
    Emits: JoinRequestCreated.
    """
    at = await seating.hold(work, session_id)
    account_id = person(work)
    name = await _check_may_ask(work, at, account_id)
    row = await _pending(work, at.session, "join", account_id)
    if row is None:
        row = await _ask(work, at.session, "join", account_id, name, None)
    return await _asked(work, at.session, account_id, name, row)


async def mine(work: Work, session_id: Id, kind: Kind) -> Asked:
    """How the actor's last hand, or request, stands. Raises: SessionNotFound."""
    session = await sessions.visible(work, session_id)
    account_id = person(work)
    names = await seating.names_of(work, session, {account_id})
    row = await store.latest(work, session_id, kind, account_id)
    return await _asked(work, session, account_id, names[account_id] or work.actor.name, row)


async def leave(work: Work, session_id: Id) -> None:
    """Step down, and go on watching. Raises: SessionNotFound, NotOnStage. Emits: StageLeft."""
    at = await seating.hold(work, session_id)
    seats = await places.of_person(work, {session_id}, person(work))
    if session_id not in seats:
        raise NotOnStage
    await seating.unseat(work, at.session, seats[session_id], "left")


async def stage(work: Work, session_id: Id) -> Stage:
    """Who is on stage, in the order of coming; for those within.

    Raises: SessionNotFound, Banned, NotJoined.
    """
    at = await scene(work, session_id)
    if not at.standing.is_staff:
        await name_of(work, at)  # who waits before the door gets no roster (threat 10)
    found = await seating.members(work, at.session, at.room)
    return Stage(members=found, limit=at.settings.max_join_limit, pinned_id=at.session.pinned_id)


@at_end
async def close_at_end(work: Work, session: Session) -> None:
    """I17: no seat, no pending request and no pin outlives the session. The end itself tells but the last.

    Emits: SessionArranged, if somebody was pinned.
    """
    await store.close_all(work, session.id)
    await pinning.unpin(work, session.id)


def person(work: Work) -> Id:
    """Raises: Forbidden, for a machine."""
    if work.actor.account_id is None:
        raise Forbidden("Only a person can come on stage; sign in with an account.")
    return work.actor.account_id


def clean(text: str | None, field: str = "message") -> str | None:
    """Trimmed; nothing is None. Raises: Invalid."""
    trimmed = (text or "").strip()
    if len(trimmed) > LONGEST:
        raise invalid(field, f"At most {LONGEST} characters.", rule="max_length")
    return trimmed or None


async def _check_may_ask(work: Work, at: Scene, account_id: Id) -> str:
    """The actor's name in the session, if they may ask for the stage."""
    if not (at.standing.role == "speaker" and at.standing.is_on_stage):
        at.check("stage.request")
    name = await name_of(work, at)
    last = await places.latest(work, at.session.id, account_id)
    if last is not None and last.requests_blocked:
        raise FeatureDisabled("You can no longer ask to come on stage in this session.")
    rules.check_open(at.session)
    if at.standing.role == "speaker" and at.standing.is_on_stage:
        raise InvalidState("You are on stage.")
    return name


async def _pending(work: Work, session: Session, kind: Kind, account_id: Id) -> StageRequest | None:
    """The one that waits. Raises: AskedTooSoon, right after one that was closed."""
    last = await store.latest(work, session.id, kind, account_id)
    if last is None or last.is_pending:
        return last
    wait = last.created_at + PACE - work.now
    if wait > timedelta(0):
        raise AskedTooSoon(retry_after_s=max(1, round(wait.total_seconds())))
    return None


async def _ask(
    work: Work, session: Session, kind: Kind, account_id: Id, name: str, message: str | None
) -> StageRequest:
    row = StageRequest(
        id=new_id(),
        organization_id=session.organization_id,
        session_id=session.id,
        account_id=account_id,
        display_name=name,
        kind=kind,
        status="pending",
        message=message,
        reason=None,
        resolved_by=None,
        resolved_at=None,
        created_at=work.now,
    )
    await store.add(work, row)
    await seating.tell_request(work, session, row)
    return row


async def _asked(work: Work, session: Session, account_id: Id, name: str, row: StageRequest | None) -> Asked:
    return Asked(
        session_id=session.id,
        account_id=account_id,
        name=name,
        request=row,
        position=await store.position(work, row) if row else None,
    )
