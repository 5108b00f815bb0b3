"""Use cases of speakers and invited audience: one row a person and session, whatever they are asked as.

They are asked in `inviting`.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.invitees import rules, store
from livehall.core.invitees.events import PersonChanged, PersonWithdrawn
from livehall.core.invitees.faults import PersonNotInvited
from livehall.core.invitees.fields import MOST_AT_ONCE
from livehall.core.invitees.store import Query as Query
from livehall.core.participants import store as participants
from livehall.core.participants.events import tell_answer
from livehall.core.participants.model import Participant, ParticipantRole, Rsvp
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.rooms.model import Room
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import rights, standings
from livehall.core.sessions import store as session_store
from livehall.core.sessions.copying import at_copy
from livehall.core.sessions.events import ParticipantRoleChanged
from livehall.core.sessions.faults import AlreadyHigher, InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import Forbidden, check_revision
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

RIGHTS: dict[ParticipantRole, str] = {"co_host": "staff.co_hosts", "moderator": "staff.moderators"}
SPEAKING: tuple[ParticipantRole, ...] = ("co_host", "speaker")


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


async def update(
    work: Work,
    session_id: Id,
    participant_id: Id,
    cmd: UpdatePerson,
    expected_revision: int | None = None,
) -> Shown:
    """Change what somebody is asked as and how they are shown; the person alone may say whether they come.

    Raises: SessionNotFound, PersonNotInvited, Forbidden, FeatureDisabled, AlreadyHigher, InvalidState,
    Conflict, Invalid. Emits: PersonChanged, ParticipantAnswered, ParticipantRoleChanged.
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
            check_may_appoint(session, room, standing, role)  # type: ignore[arg-type]  # UNSET is out
        if row.account_id == room.host_id:
            raise AlreadyHigher("The host needs no other role.")
    changed = await store.change(work, row.id, columns)
    work.emit(
        PersonChanged(**about(session, changed), changed=sorted(columns)),
    )
    tell_answer(work, row, changed)
    if changed.role != row.role:
        await tell_role(work, session, changed, row.role, changed.role)
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
    check_may_appoint(session, room, standing, row.role)
    if row.registration is not None:
        await store.change(
            work,
            row.id,
            {"role": "viewer", "invited_at": None, "rsvp": None, "is_highlighted": False},
        )
    else:
        await participants.remove(work, row.id)
    work.emit(PersonWithdrawn(**about(session, row)))
    if row.role != "viewer":
        await tell_role(work, session, row, row.role, "viewer")


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


def _columns(cmd: UpdatePerson) -> dict[str, object]:
    given = {name: getattr(cmd, name) for name in cmd.__struct_fields__}
    found = {name: value for name, value in given.items() if value is not UNSET}
    for name in ("first_name", "last_name"):
        if name in found:
            found[name] = rules.clean_name(found[name], name)
    return found


def check_may_appoint(session: Session, room: Room, standing: rights.Standing, role: ParticipantRole) -> None:
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


def about(session: Session, row: Participant) -> dict[str, Id]:
    return {
        "organization_id": session.organization_id,
        "participant_id": row.id,
        "session_id": session.id,
        "room_id": session.room_id,
        "role": row.role,
    }


async def tell_role(work: Work, session: Session, row: Participant, previous: str, role: str) -> None:
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
