"""Use cases of those who run a session beside its host: co-hosts and moderators.

One role a person and session. Who was appointed by address alone is invited, and takes the role up on
signing in as a member with that address; guests choose their address themselves and do not count.
"""

import msgspec

from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant, ParticipantRole
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.people.rules import clean_email
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.core.sessions import rights, standings, store
from livehall.core.sessions.events import ParticipantRoleChanged
from livehall.core.sessions.faults import AlreadyHigher, InvalidState, ParticipantNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.ops import hold_own
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

RIGHT_TO_APPOINT: dict[ParticipantRole, str] = {"co_host": "staff.co_hosts", "moderator": "staff.moderators"}
POWER: dict[str, int] = {"viewer": 0, "speaker": 1, "moderator": 2, "co_host": 3, "host": 4}  # I16


class Appoint(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `account_id` and `email`."""

    session_id: Id
    role: ParticipantRole
    account_id: Id | None = None
    email: str | None = None
    notify: bool = True


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """`person`: None while invited by address."""

    participant: Participant
    person: Person | None


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """`may_see_addresses`: whether the actor is of the staff."""

    session: Session
    host: Person
    members: list[Member]
    may_see_addresses: bool


async def of_session(work: Work, session_id: Id) -> Staff:
    """The host, and those appointed for the session or its room. Raises: SessionNotFound."""
    session = await store.visible(work, session_id)
    room = (await rooms.by_ids(work, {session.room_id}))[session.room_id]
    rows = await participants.staff(work, {session.id, room.id})
    ids = {row.account_id for row in rows if row.account_id} | {room.host_id}
    found = await people.people(work, ids, session.organization_id)
    standing = await standings.standing(work, session, room)
    return Staff(
        session=session,
        host=found[room.host_id],
        members=[
            Member(participant=row, person=found.get(row.account_id) if row.account_id else None)
            for row in rows
        ],
        may_see_addresses=standing.is_staff,
    )


async def appoint(work: Work, cmd: Appoint) -> Member:
    """Give somebody a role in a session, in place of a lower one. Harmless when they have it.

    Raises: SessionNotFound, Forbidden, FeatureDisabled, InvalidState, AlreadyHigher, Invalid.
    Emits: ParticipantRoleChanged.
    """
    session, room = await _held(work, cmd.session_id, cmd.role)
    if session.is_over:
        raise InvalidState("The session is over.")
    person, email = await _whom(work, session, cmd)
    account_id = person.id if person else None
    if account_id == room.host_id:
        raise AlreadyHigher("The host cannot be appointed to less.")
    rows = await participants.find(work, session.id, account_id, email)
    current = max(rows, key=lambda row: POWER[row.role], default=None)
    if current is None:
        row = _row(work, session, cmd.role, account_id, None if person else email)
        await participants.add(work, row)
    elif current.role == cmd.role:
        return Member(participant=current, person=person)
    elif POWER[current.role] > POWER[cmd.role]:
        raise AlreadyHigher
    else:
        row = await participants.set_role(work, current.id, cmd.role)
        if cmd.email is not None and account_id is None and current.account_id is not None:
            row = await participants.unbind(work, current.id)  # a link gives nobody a role
    await _tell(work, session, row, current.role if current else "viewer", cmd.role, notify=cmd.notify)
    return Member(participant=row, person=person)


async def dismiss(work: Work, session_id: Id, role: ParticipantRole, account_id: Id) -> None:
    """Take a role away; the person stays in the session as a viewer.

    Raises: SessionNotFound, Forbidden, FeatureDisabled, ParticipantNotFound.
    Emits: ParticipantRoleChanged.
    """
    session, _ = await _held(work, session_id, role)
    person = await people.person(work, account_id, session.organization_id)
    rows = await participants.find(work, session.id, account_id, _known_address(person) if person else None)
    row = next((each for each in rows if each.role == role), None)
    if row is None:
        raise ParticipantNotFound
    if row.registration is not None or row.rsvp is not None:  # stays as one of the audience
        await participants.set_role(work, row.id, "viewer")
    else:
        await participants.remove(work, row.id)
    gone = msgspec.structs.replace(row, account_id=account_id)
    await _tell(work, session, gone, role, "viewer", notify=False)


async def _held(work: Work, session_id: Id, role: ParticipantRole) -> tuple[Session, Room]:
    session, room = await hold_own(work, session_id)
    standing = await standings.standing(work, session, room)
    rights.check_right(rights.settings_of(session, room), standing, RIGHT_TO_APPOINT[role])
    return session, room


async def _whom(work: Work, session: Session, cmd: Appoint) -> tuple[Person | None, str | None]:
    """The member of the organization, or the address of somebody unknown. Raises: Invalid (C5)."""
    if (cmd.account_id is None) == (cmd.email is None):
        raise invalid("user_id", "Name the person by one of `user_id` and `email`.", rule="exclusive")
    if cmd.account_id is not None:
        person = await people.person(work, cmd.account_id, session.organization_id)
        if person is None or not person.is_active:
            raise invalid("user_id", "There is nobody with this id that you may see.")
        return person, _known_address(person)
    email = clean_email(cmd.email or "")
    for each in await people.memberships_of(work, email):
        if each.organization_id == session.organization_id and each.is_active and not each.is_guest:
            return each, email
    return None, email


def _known_address(person: Person) -> str | None:
    """By which they may have been appointed before they came; a guest's address proves nothing."""
    return None if person.is_guest else person.email


def _row(
    work: Work, session: Session, role: ParticipantRole, account_id: Id | None, email: str | None
) -> Participant:
    return Participant(
        id=new_id(),
        organization_id=session.organization_id,
        room_id=session.room_id,
        session_id=session.id,
        scope_id=session.id,
        account_id=account_id,
        email=email,
        role=role,
        invited_by=work.actor.account_id,
        invited_at=work.now,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )


async def _tell(
    work: Work, session: Session, row: Participant, previous: str, role: str, *, notify: bool
) -> None:
    work.emit(
        ParticipantRoleChanged(
            organization_id=session.organization_id,
            session_id=session.id,
            room_id=session.room_id,
            revision=await store.bump(work, session.id),
            participant_id=row.id,
            account_id=row.account_id,
            email=row.email,
            role=role,
            previous_role=previous,
            notify=notify,
        )
    )
