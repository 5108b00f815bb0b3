"""Use cases of speakers and invited audience: one row a person and session, whatever they are asked as."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.invitees import rules, store
from livehall.core.invitees.events import (
    InvitationAddressed,
    PersonChanged,
    PersonInvited,
    PersonWithdrawn,
)
from livehall.core.invitees.faults import PersonNotInvited
from livehall.core.invitees.fields import MOST_AT_ONCE
from livehall.core.invitees.store import Query as Query
from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant, ParticipantRole, Rsvp
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.people.rules import clean_email
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import links
from livehall.core.rooms.model import Room
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import rights, standings
from livehall.core.sessions import store as session_store
from livehall.core.sessions.copying import at_copy
from livehall.core.sessions.events import ParticipantRoleChanged
from livehall.core.sessions.faults import AlreadyHigher, InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.staff import POWER
from livehall.kernel.faults import Forbidden, check_revision, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

RIGHTS: dict[ParticipantRole, str] = {"co_host": "staff.co_hosts", "moderator": "staff.moderators"}
SPEAKING: tuple[ParticipantRole, ...] = ("co_host", "speaker")


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


class UpdatePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    role: ParticipantRole | UnsetType = UNSET
    is_highlighted: bool | UnsetType = UNSET
    first_name: str | UnsetType | None = UNSET
    last_name: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    biography: str | UnsetType | None = UNSET
    rsvp: Rsvp | UnsetType = UNSET

    @property
    def is_answer(self) -> bool:
        """Whether nothing is told but whether the person will come."""
        given = [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]
        return given == ["rsvp"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A person with address and account, as far as they are known; `person`: None for no member."""

    participant: Participant
    address: str | None
    account_id: Id | None
    person: Person | None

    @property
    def status(self) -> rules.Status:
        return rules.status_of(self.participant)


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one: `is_new` when they were not asked in this role, or a higher one, before.

    `shown`: None for the host of the room, who needs no invitation.
    """

    shown: Shown | None
    is_new: bool


class Page(msgspec.Struct, frozen=True, kw_only=True):
    people: list[Shown]
    total: int
    session: Session


async def page(work: Work, session_id: Id, query: Query) -> Page:
    """Everybody with a standing towards the session; addresses are for the host and administrators.

    Raises: SessionNotFound, Forbidden.
    """
    shown = await sessions.check_may_run(work, session_id)
    session = shown.session
    rows, total = await store.page(work, session.id, session.room_id, query)
    found = await show(work, session, rows)
    if not shown.standing.is_owner:
        found = [msgspec.structs.replace(each, address=None) for each in found]
    return Page(people=found, total=total, session=session)


async def speakers(work: Work, session_id: Id, limit: int, offset: int) -> Page:
    """Who speaks, for everybody who may see the session; without addresses. Raises: SessionNotFound."""
    session = await session_store.visible(work, session_id)
    query = Query(roles=SPEAKING, limit=limit, offset=offset)
    rows, total = await store.page(work, session.id, session.room_id, query)
    return Page(people=await show(work, session, rows), total=total, session=session)


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


async def update(
    work: Work,
    session_id: Id,
    participant_id: Id,
    cmd: UpdatePerson,
    expected_revision: int | None = None,
) -> Shown:
    """Change what somebody is asked as and how they are shown; the person alone may say whether they come.

    Raises: SessionNotFound, PersonNotInvited, Forbidden, FeatureDisabled, AlreadyHigher, InvalidState,
    Conflict, Invalid. Emits: PersonChanged, ParticipantRoleChanged.
    """
    session, room, row, is_own = await _of_session(work, session_id, participant_id, cmd)
    if cmd.rsvp is not UNSET and not is_own:
        raise Forbidden("Whether they come, people say themselves.")
    check_revision(row.revision, expected_revision)
    if row.session_id is None and not cmd.is_answer:
        raise InvalidState("This person is registered for all sessions of the room.")
    columns = {name: value for name, value in _columns(cmd).items() if value != getattr(row, name)}
    if not columns:
        return (await show(work, session, [row]))[0]
    if "role" in columns:
        standing = await standings.standing(work, session, room)
        for role in {row.role, cmd.role} - {UNSET}:
            _check_may_appoint(session, room, standing, role)  # type: ignore[arg-type]  # UNSET is out
        if row.account_id == room.host_id:
            raise AlreadyHigher("The host needs no other role.")
    changed = await store.change(work, row.id, columns)
    work.emit(
        PersonChanged(**_about(session, changed), changed=sorted(columns)),
    )
    if changed.role != row.role:
        await _tell_role(work, session, changed, row.role, changed.role)
    return (await show(work, session, [changed]))[0]


async def withdraw(work: Work, session_id: Id, participant_id: Id) -> None:
    """Take an invitation back; who registered by themselves stays registered.

    Raises: SessionNotFound, PersonNotInvited, Forbidden, FeatureDisabled, InvalidState.
    Emits: PersonWithdrawn, ParticipantRoleChanged.
    """
    session, room, row, _ = await _of_session(work, session_id, participant_id)
    if row.session_id is None:
        raise InvalidState("This person is registered for all sessions of the room.")
    standing = await standings.standing(work, session, room)
    _check_may_appoint(session, room, standing, row.role)
    if row.registration is not None:
        await store.change(
            work,
            row.id,
            {"role": "viewer", "invited_at": None, "rsvp": None, "is_highlighted": False},
        )
    else:
        await participants.remove(work, row.id)
    work.emit(PersonWithdrawn(**_about(session, row)))
    if row.role != "viewer":
        await _tell_role(work, session, row, row.role, "viewer")


async def show(work: Work, session: Session, rows: Sequence[Participant]) -> list[Shown]:
    """With addresses and accounts, in two queries."""
    known = await store.addresses(work, [row.id for row in rows])
    accounts = {account_id for _, account_id in known.values() if account_id is not None}
    found = await people.people(work, accounts, session.organization_id)
    shown = []
    for row in rows:
        address, account_id = known.get(row.id, (row.email, row.account_id))
        person = found.get(account_id) if account_id is not None else None
        shown.append(Shown(participant=row, address=address, account_id=account_id, person=person))
    return shown


@at_copy
async def copy_speakers(work: Work, session: Session, copy: Session) -> None:
    """Speakers go along when a session is planned once more; they are told when the host tells them."""
    query = Query(roles=("co_host", "moderator", "speaker"), limit=MOST_AT_ONCE)
    rows, _ = await store.page(work, session.id, session.id, query)
    for row in rows:
        again = msgspec.structs.replace(
            row,
            id=new_id(),
            session_id=copy.id,
            scope_id=copy.id,
            invited_by=work.actor.account_id,
            invited_at=work.now,
            rsvp="pending",
            registration=None,
            registered_at=None,
            access_token_hash=None,
            access_token_sealed=None,
            created_at=work.now,
            updated_at=work.now,
            revision=1,
        )
        await participants.add(work, again)


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


def _columns(cmd: UpdatePerson) -> dict[str, object]:
    given = {name: getattr(cmd, name) for name in cmd.__struct_fields__}
    found = {name: value for name, value in given.items() if value is not UNSET}
    for name in ("first_name", "last_name"):
        if name in found:
            found[name] = rules.clean_name(found[name], name)
    return found


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
    _check_may_appoint(session, room, await standings.standing(work, session, room), role)
    return session, room


def _check_may_appoint(
    session: Session, room: Room, standing: rights.Standing, role: ParticipantRole
) -> None:
    """Nobody acts on an equal or higher one (I16). Raises: Forbidden, FeatureDisabled."""
    settings = rights.settings_of(session, room)
    rights.check_right(settings, standing, "session.run")
    if role in RIGHTS:
        rights.check_right(settings, standing, RIGHTS[role])


async def _of_session(
    work: Work, session_id: Id, participant_id: Id, cmd: UpdatePerson | None = None
) -> tuple[Session, Room, Participant, bool]:
    """All three, held, for those who run the session, and for the person's own answer; whether it is theirs.

    Raises: SessionNotFound, PersonNotInvited, Forbidden.
    """
    session, room = await session_store.hold(work, await session_store.visible(work, session_id))
    standing = await standings.standing(work, session, room)
    may_run = "session.run" in rights.rights_of(rights.settings_of(session, room), standing)
    row = await store.hold(work, session.id, room.id, participant_id)
    is_own = False
    if row is not None and work.actor.account_id is not None:
        _, account_id = (await store.addresses(work, [row.id]))[row.id]
        is_own = account_id == work.actor.account_id
    if not may_run and not is_own:
        raise Forbidden
    if row is None:
        raise PersonNotInvited
    if not may_run and (cmd is None or not cmd.is_answer):
        raise Forbidden("You may say whether you come; the rest is the host's.")
    return session, room, row, is_own


def _about(session: Session, row: Participant) -> dict[str, Id]:
    return {
        "organization_id": session.organization_id,
        "participant_id": row.id,
        "session_id": session.id,
        "room_id": session.room_id,
        "role": row.role,
    }


async def _tell_invited(
    work: Work, session: Session, row: Participant, previous: str, *, notify: bool
) -> None:
    work.emit(PersonInvited(**_about(session, row)))
    if row.role != previous:
        await _tell_role(work, session, row, previous, row.role)
    if notify:
        work.emit(
            InvitationAddressed(
                organization_id=session.organization_id,
                recipient_id=row.id,
                of_session=session.id,
                is_group=False,
            )
        )


async def _tell_role(work: Work, session: Session, row: Participant, previous: str, role: str) -> None:
    """In realtime; the letter is the invitation's own."""
    work.emit(
        ParticipantRoleChanged(
            organization_id=session.organization_id,
            session_id=session.id,
            room_id=session.room_id,
            revision=await session_store.bump(work, session.id),
            participant_id=row.id,
            account_id=row.account_id,
            email=row.email,
            role=role,
            previous_role=previous,
            notify=False,
        )
    )
