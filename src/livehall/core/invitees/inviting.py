"""Asking people to a session: one row a person, and a lower role gives way to a higher one."""

from collections.abc import Sequence

import msgspec

from livehall.core.invitees import rules, store
from livehall.core.invitees.events import InvitationAddressed, PersonInvited
from livehall.core.invitees.fields import MOST_AT_ONCE
from livehall.core.invitees.ops import Shown, about, check_may_appoint, show, tell_role
from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant, ParticipantRole
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.people.rules import clean_email
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import links
from livehall.core.rooms.model import Room
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import standings
from livehall.core.sessions.faults import AlreadyHigher, InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.staff import POWER
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class Invitee(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `account_id` and `email`. Names of a member are known; others may be told."""

    account_id: Id | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    biography: str | None = None


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """`invited_by`: None is the actor. `notify`: with a letter to each who was not asked before."""

    session_id: Id
    people: Sequence[Invitee]
    role: ParticipantRole = "viewer"
    is_highlighted: bool = False
    invited_by: Id | None = None
    notify: bool = False


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one: `is_new` when they were not asked in this role, or a higher one, before.

    `shown`: None for the host of the room, who needs no invitation.
    """

    shown: Shown | None
    is_new: bool


async def invite(work: Work, sealing: Sealing, cmd: Invite) -> list[Invited]:
    """Ask people to a session; each gets one row, and a lower role gives way to a higher one.

    Who was asked before stays as they are, also when they declined. One whom nobody knows by id: nothing is
    done. Raises: SessionNotFound, Forbidden, FeatureDisabled, InvalidState, Invalid.
    Emits: PersonInvited, ParticipantRoleChanged, InvitationAddressed.
    """
    session, room = await _held(work, cmd.session_id, cmd.role)
    if session.is_over:
        raise InvalidState("The session is over.")
    if not 1 <= len(cmd.people) <= MOST_AT_ONCE:
        raise invalid("people", f"Name 1 to {MOST_AT_ONCE} people.", rule="count")
    if cmd.invited_by is not None:
        await _member(work, session, cmd.invited_by, "invited_by")
    found: dict[str, Invited] = {}
    for each in cmd.people:
        person, email = await _whom(work, session, each)
        key = person.id if person else f"mailto:{email}"
        if key not in found:  # a repeat in one call
            found[key] = await _invite(work, sealing, session, room, cmd, each, person, email)
    return list(found.values())


async def invite_one(work: Work, sealing: Sealing, cmd: Invite) -> Invited:
    """The same for one, where a higher role is a refusal. Raises: AlreadyHigher and as `invite`."""
    (invited,) = await invite(work, sealing, cmd)
    shown = invited.shown
    if shown is None or POWER[shown.participant.role] > POWER[cmd.role]:
        raise AlreadyHigher
    return invited


async def _invite(
    work: Work,
    sealing: Sealing,
    session: Session,
    room: Room,
    cmd: Invite,
    each: Invitee,
    person: Person | None,
    email: str | None,
) -> Invited:
    account_id = person.id if person else None
    if account_id == room.host_id:
        return Invited(shown=None, is_new=False)
    address = email if person is None else _known_address(person)
    rows = await participants.find(work, session.id, account_id, address)
    current = max(rows, key=lambda row: POWER[row.role], default=None)
    if current is None:
        row = _row(work, sealing, session, cmd, each, person, email)
        await participants.add(work, row)
        await _tell_invited(work, session, row, "viewer", notify=cmd.notify)
        return Invited(shown=(await show(work, session, [row]))[0], is_new=True)
    is_raised = POWER[cmd.role] > POWER[current.role] and rules.status_of(current) != "declined"
    columns = _known(work, cmd, each, current) if is_raised else {}
    if current.invited_at is None:  # registered by themselves, and asked now
        columns |= {"invited_at": work.now, "invited_by": cmd.invited_by or work.actor.account_id}
    row = await store.change(work, current.id, columns) if columns else current
    if is_raised:
        await _tell_invited(work, session, row, current.role, notify=cmd.notify)
    return Invited(shown=(await show(work, session, [row]))[0], is_new=is_raised)


def _row(
    work: Work,
    sealing: Sealing,
    session: Session,
    cmd: Invite,
    each: Invitee,
    person: Person | None,
    email: str | None,
) -> Participant:
    first, last = rules.names_of(person) if person else (None, None)
    row = Participant(
        id=new_id(),
        organization_id=session.organization_id,
        room_id=session.room_id,
        session_id=session.id,
        scope_id=session.id,
        account_id=person.id if person else None,
        email=None if person else email,
        role=cmd.role,
        invited_by=cmd.invited_by or work.actor.account_id,
        invited_at=work.now,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        first_name=rules.clean_name(each.first_name, "first_name") or first,
        last_name=rules.clean_name(each.last_name, "last_name") or last,
        rsvp="pending",
        is_highlighted=cmd.is_highlighted,
        title=each.title or None,
        biography=each.biography or None,
        language=person.language if person else None,
    )
    if person is not None:
        return row
    return msgspec.structs.replace(row, **links.new_columns(sealing, row.id))  # the way in without account


def _known(work: Work, cmd: Invite, each: Invitee, row: Participant) -> dict[str, object]:
    """What an invitation in a higher role changes."""
    told = {
        "first_name": rules.clean_name(each.first_name, "first_name"),
        "last_name": rules.clean_name(each.last_name, "last_name"),
        "title": each.title,
        "biography": each.biography,
    }
    return {
        "role": cmd.role,
        "is_highlighted": cmd.is_highlighted or row.is_highlighted,
        "rsvp": row.rsvp or "pending",
        **{name: value for name, value in told.items() if value},
    }


async def _whom(work: Work, session: Session, each: Invitee) -> tuple[Person | None, str | None]:
    """The member of the organization, or the address of somebody else. Raises: Invalid (C5)."""
    if (each.account_id is None) == (each.email is None):
        raise invalid("user_id", "Name the person by one of `user_id` and `email`.", rule="exclusive")
    if each.account_id is not None:
        return await _member(work, session, each.account_id, "user_id"), None
    email = clean_email(each.email or "")
    for found in await people.memberships_of(work, email):
        if found.organization_id == session.organization_id and found.is_active and not found.is_guest:
            return found, email
    return None, email


async def _member(work: Work, session: Session, account_id: Id, field: str) -> Person:
    """Raises: Invalid (C5)."""
    person = await people.person(work, account_id, session.organization_id)
    if person is None or not person.is_active or person.is_guest:
        raise invalid(field, "There is no member with this id that you may see.")
    return person


def _known_address(person: Person) -> str | None:
    """By which they may have been asked before they came; a guest's address proves nothing."""
    return None if person.is_guest else person.email


async def _held(work: Work, session_id: Id, role: ParticipantRole) -> tuple[Session, Room]:
    session, room = await sessions.hold_own(work, session_id)
    check_may_appoint(session, room, await standings.standing(work, session, room), role)
    return session, room


async def _tell_invited(
    work: Work, session: Session, row: Participant, previous: str, *, notify: bool
) -> None:
    work.emit(PersonInvited(**about(session, row)))
    if row.role != previous:
        await tell_role(work, session, row, previous, row.role)
    if notify:
        work.emit(
            InvitationAddressed(
                organization_id=session.organization_id,
                recipient_id=row.id,
                of_session=session.id,
                is_group=False,
            )
        )
