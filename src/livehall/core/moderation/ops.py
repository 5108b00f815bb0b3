"""Use cases of moderation: banning, and lifting bans."""

from datetime import datetime, timedelta

import msgspec

from livehall.core.audience import store as audience
from livehall.core.audience.expelling import expel
from livehall.core.audience.scene import Scene, scene
from livehall.core.chat import ops as chat
from livehall.core.moderation import store
from livehall.core.moderation.events import ParticipantBanned, ParticipantUnbanned
from livehall.core.moderation.faults import AlreadyBanned, BanNotFound
from livehall.core.people import store as people
from livehall.core.questions import ops as questions
from livehall.core.sessions import bans, places
from livehall.core.sessions import store as sessions
from livehall.core.sessions.bans import Ban
from livehall.core.sessions.model import Session
from livehall.core.sessions.standings import of_people
from livehall.core.stage import rules as stage_rules
from livehall.core.stage import seating
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Unauthenticated, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class BanParticipant(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    account_id: Id
    reason: str | None = None
    duration_s: int | None = None  # None: until lifted
    delete_messages: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    ban: Ban
    name: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is to be banned, as far as the session knows them."""

    name: str
    device_keys: list[str]


async def ban(work: Work, cmd: BanParticipant) -> Shown:
    """Put somebody out and keep them out, with the devices that they were seen on (C16).

    What they have open is closed in the same transaction; media and realtime follow after it.
    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden (I16), Invalid, AlreadyBanned (I8).
    Emits: ParticipantBanned, AttendanceLeft, WaitingLeft, StageLeft, HandLowered, JoinRequestResolved,
    MessagesPurged, QuestionWithdrawn.
    """
    at = await scene(work, cmd.session_id)
    at.check("ban")
    target = await _target(work, at.session, cmd.account_id)
    await _check_outranks(work, at, cmd.account_id)
    session, _ = await sessions.hold(work, at.session)
    if await bans.of_account(work, session.id, cmd.account_id):
        raise AlreadyBanned
    row = _row(work, session, cmd)
    try:
        await bans.add(work, row, target.device_keys)
    except Duplicate as error:
        raise AlreadyBanned from error
    await _close(work, at, session, row, target)
    if cmd.delete_messages:
        await chat.delete_all_of(work, session, cmd.account_id)
        await questions.take_back_all_of(work, session, cmd.account_id)
    return Shown(ban=row, name=target.name)


async def lift(work: Work, session_id: Id, account_id: Id) -> None:
    """Let somebody come back before the time.

    Raises: SessionNotFound, BanNotFound, Banned, FeatureDisabled, Forbidden (I16).
    Emits: ParticipantUnbanned.
    """
    at = await scene(work, session_id)
    at.check("ban")
    row = await bans.of_account(work, session_id, account_id)
    if row is None:
        raise BanNotFound
    await _check_outranks(work, at, account_id)
    if not await bans.lift(work, row.id, work.actor.account_id):
        raise BanNotFound
    work.emit(
        ParticipantUnbanned(
            organization_id=row.organization_id,
            ban_id=row.id,
            session_id=session_id,
            room_id=at.session.room_id,
            account_id=account_id,
        )
    )


async def page(work: Work, session_id: Id, *, include_lifted: bool = False) -> list[Shown]:
    """Who is banned, in the order of banning; those lifted and run out if asked for.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden.
    """
    at = await scene(work, session_id)
    at.check("ban")
    return await listed(work, session_id, include_lifted=include_lifted)


async def listed(work: Work, session_id: Id, *, include_lifted: bool = False) -> list[Shown]:
    """The same for one whose right was checked."""
    found = [row for row in await bans.in_session(work, session_id) if include_lifted or holds(row, work.now)]
    names = await store.names(work, session_id, {row.account_id for row in found})
    return [Shown(ban=row, name=names.get(row.account_id, "")) for row in found]


async def mine(work: Work, session_id: Id) -> Ban | None:
    """What keeps the caller out of a session that they may see, by account or device.

    Raises: SessionNotFound.
    """
    at = await scene(work, session_id)
    return await bans.of_actor(work, session_id, work.actor) if at.standing.is_banned else None


def holds(row: Ban, now: datetime) -> bool:
    return row.lifted_at is None and (row.expires_at is None or row.expires_at > now)


def _row(work: Work, session: Session, cmd: BanParticipant) -> Ban:
    if work.actor.account_id is None:
        raise Unauthenticated
    lasts = timedelta(seconds=cmd.duration_s) if cmd.duration_s is not None else None
    return Ban(
        id=new_id(),
        organization_id=session.organization_id,
        session_id=session.id,
        account_id=cmd.account_id,
        reason=(cmd.reason or "").strip() or None,
        banned_by=work.actor.account_id,
        banned_at=work.now,
        expires_at=work.now + lasts if lasts else None,
        lifted_at=None,
        lifted_by=None,
    )


async def _target(work: Work, session: Session, account_id: Id) -> Target:
    """Of the organization, or somebody who came to the session. Raises: Invalid (C5)."""
    traces = await audience.traces_of(work, session.id, account_id)
    person = await people.person(work, account_id, session.organization_id)
    if person is None and not traces:
        raise invalid("user_id", "There is no such person in this session.")
    name = traces[0][1] if traces else person.name if person else ""
    seen_on = {device for device, _ in traces if device is not None}
    return Target(name=name, device_keys=sorted(seen_on | set(await store.devices_of(work, account_id))))


async def _check_outranks(work: Work, at: Scene, account_id: Id) -> None:
    """Raises: Forbidden (I16)."""
    others = await of_people(work, at.session, at.room, {account_id})
    stage_rules.check_outranks(at.standing, others[account_id])


async def _close(work: Work, at: Scene, session: Session, row: Ban, target: Target) -> None:
    """Everything that the person has open. Emits what tells of it."""
    expelled = await expel(work, session, row.account_id, target.device_keys)
    seat = (await places.of_person(work, {session.id}, row.account_id)).get(session.id)
    if seat is not None:
        await seating.unseat(work, session, seat, "banned")
    else:
        await seating.drop(work, session, row.account_id, "expired")
    work.emit(
        ParticipantBanned(
            organization_id=row.organization_id,
            ban_id=row.id,
            session_id=row.session_id,
            room_id=session.room_id,
            media_room=session.media_room,
            account_id=row.account_id,
            name=target.name,
            reason=row.reason,
            banned_by=row.banned_by,
            banned_at=row.banned_at,
            expires_at=row.expires_at,
            identities=sorted({each.identity for each in expelled if each.delivery == "webrtc"}),
            others=sorted({each.account_id for each in expelled if each.account_id} - {row.account_id}),
        )
    )
