"""Use cases of those who register: the form, and registering by it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from livehall.core.participants.events import tell_answer
from livehall.core.participants.model import Participant, Registration
from livehall.core.people import privacy
from livehall.core.people import store as people
from livehall.core.people.privacy import Terms
from livehall.core.people.rules import clean_email
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import consents, links, places, rules, store
from livehall.core.registrations.events import (
    ConfirmationWanted,
    RegistrationChanged,
    RegistrationFormChanged,
    tell_registered,
)
from livehall.core.registrations.faults import (
    RegistrationClosed,
)
from livehall.core.registrations.model import Form, Place, Said, form_of
from livehall.core.registrations.states import Command, advance
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.kernel.faults import check_revision
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

STAFF = ("co_host", "moderator")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of themselves."""

    email: str
    first_name: str | None = None
    last_name: str | None = None
    display_name: str | None = None
    external_id: str | None = None
    answers: Mapping[str, Any] = {}
    consent: Said = Said()
    source: Mapping[str, str] = {}
    language: str | None = None


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `room_id` (all its sessions) and `session_id`. `notify`: tell the person by mail."""

    person: Person
    room_id: Id | None = None
    session_id: Id | None = None
    notify: bool = True


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """`token`: the end of the personal link, for those who may have it now; else it comes by mail.

    Who gets no link is told nothing of the row but `registration`, which is then what a new one would be:
    nobody finds out whether an address is registered.
    """

    participant: Participant
    place: Place
    token: str | None
    is_new: bool
    registration: Registration


class ShownForm(msgspec.Struct, frozen=True, kw_only=True):
    room: Room
    form: Form
    places_left: int | None  # None: no limit
    is_open: bool  # for the public
    terms: Terms  # of the organization


async def form(work: Work, room_id: Id) -> ShownForm:
    """Raises: RoomNotFound."""
    return await _shown(work, (await places.visible(work, room_id, None)).room)


async def define(work: Work, room_id: Id, form: Form, expected_revision: int | None = None) -> ShownForm:
    """Say who can and must register, and what is asked. The same again changes nothing.

    Raises: RoomNotFound, Forbidden, Conflict, Invalid. Emits: RegistrationFormChanged.
    """
    place = await places.hold(work, await places.own(work, room_id, None))
    room = place.room
    check_revision(room.revision, expected_revision)
    rules.check_form(form)
    if form != (earlier := form_of(room)):
        await consents.keep_text(work, room, earlier.consent, form.consent)
        room = await rooms.change(work, room.id, {"registration": msgspec.to_builtins(form)})
        work.emit(
            RegistrationFormChanged(organization_id=room.organization_id, room_id=room.id, mode=form.mode)
        )
    return await _shown(work, room)


async def register(work: Work, sealing: Sealing, cmd: Register) -> Registered:
    """Register somebody, or find that they are registered: one row for each scope and address (V23, I6).

    Who registered for all sessions of a room is registered for each. The room's host, its administrators and
    their machines register people at any time, and may leave out what the form asks of others.

    Raises: RoomNotFound, SessionNotFound, RegistrationClosed, RegistrationFull, Invalid.
    Emits: ParticipantRegistered, or ConfirmationWanted for a repeat by the public.
    """
    place = await places.hold(work, await places.visible(work, cmd.room_id, cmd.session_id))
    is_trusted, form = places.may_handle(work, place), form_of(place.room)
    if is_trusted:
        rules.check_not_over(place.session)
    else:
        rules.check_open(form, place.session, work.now)
    email = clean_email(cmd.person.email)
    terms = await privacy.terms_of(work, place.room.organization_id)
    columns = columns_of(work, form, terms, cmd.person, is_trusted=is_trusted)
    member = await member_by_address(work, place.room.organization_id, email)
    found = await store.find_held(work, place.scope_ids, email, member)
    if (row := counting(found)) is not None:
        return await _repeat(work, sealing, place, row, cmd, is_trusted=is_trusted, member=member)
    if form.capacity is not None:
        rules.check_has_place(form, place, await store.taken(work, place.room.id))
    earlier = next((each for each in found if each.scope_id == place.scope_id), None)
    row = await enrol(work, sealing, place, earlier, email, columns, command_of(form))
    tell_registered(work, row, notify=cmd.notify or not is_trusted)
    is_own = member is not None and member == work.actor.account_id
    gets_link = is_trusted or is_own or (earlier is None and not form.confirms_address)
    return Registered(
        participant=row,
        place=place,
        token=links.token_of(sealing, row) if gets_link else None,
        is_new=True,
        registration=advance(None, command_of(form)),
    )


async def member_by_address(work: Work, organization_id: Id, email: str) -> Id | None:
    """The member of the organization with this address; guests choose theirs themselves."""
    for each in await people.memberships_of(work, email):
        if each.organization_id == organization_id and each.is_active and not each.is_guest:
            return each.id
    return None


def counting(rows: list[Participant]) -> Participant | None:
    """The registration that holds, the widest first."""
    found = [row for row in rows if row.registration in rules.COUNTING]
    return min(found, key=lambda row: row.session_id is not None, default=None)


def command_of(form: Form) -> Command:
    return "apply" if form.approval == "manual" else "admit"


async def enrol(
    work: Work,
    sealing: Sealing,
    place: Place,
    earlier: Participant | None,
    email: str,
    columns: Mapping[str, object],
    command: Command,
) -> Participant:
    """A new row, or the earlier one of somebody who was invited, appointed, cancelled or denied.

    Emits: ParticipantAnswered, of somebody who was invited: who registers says that they come.
    """
    if earlier is None:
        row = new_row(work, sealing, place, email, columns, command)
        await store.add(work, [row])
        return row
    changes = {
        **columns,
        "email": email,
        "registration": advance(earlier.registration, command),
        "registered_at": work.now,
        "settled_at": work.now,
    }
    if earlier.rsvp is not None:
        changes["rsvp"] = "accepted"
    if earlier.access_token_hash is None:
        changes |= links.new_columns(sealing, earlier.id)
    changed = await store.change(work, earlier.id, changes)
    tell_answer(work, earlier, changed)
    return changed


def new_row(
    work: Work,
    sealing: Sealing,
    place: Place,
    email: str,
    columns: Mapping[str, object],
    command: Command,
) -> Participant:
    participant_id = new_id()
    row = Participant(
        id=participant_id,
        organization_id=place.room.organization_id,
        room_id=place.room.id,
        session_id=place.session.id if place.session is not None else None,
        scope_id=place.scope_id,
        account_id=None,
        email=email,
        role="viewer",
        invited_by=None,
        invited_at=None,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        registration=advance(None, command),
        registered_at=work.now,
        settled_at=work.now,
    )
    return msgspec.structs.replace(row, **columns, **links.new_columns(sealing, participant_id))


async def move(work: Work, row: Participant, command: Command, *, notify: bool) -> Participant:
    """One step of the machine, told once; the row is held. Raises: WrongState."""
    following = advance(row.registration, command)
    assert row.registration is not None
    if following == row.registration:
        return row
    changed = await store.change(work, row.id, {"registration": following, "settled_at": work.now})
    work.emit(
        RegistrationChanged(
            organization_id=row.organization_id,
            participant_id=row.id,
            room_id=row.room_id,
            session_id=row.session_id,
            registration=following,
            previous=row.registration,
            notify=notify,
        )
    )
    return changed


def want_confirmation(work: Work, row: Participant) -> None:
    work.emit(
        ConfirmationWanted(
            organization_id=row.organization_id,
            participant_id=row.id,
            room_id=row.room_id,
            session_id=row.session_id,
        )
    )


async def _repeat(
    work: Work,
    sealing: Sealing,
    place: Place,
    row: Participant,
    cmd: Register,
    *,
    is_trusted: bool,
    member: Id | None,
) -> Registered:
    """Nothing changes. The public gets no link of a registration that is there: it may be somebody else's.

    It goes to the address instead, once an hour at most.
    """
    is_own = member is not None and member == work.actor.account_id
    if not is_trusted and await work.first(f"again {row.id} {work.now:%Y%m%d%H}"):
        want_confirmation(work, row)
    token = links.token_of(sealing, row) if is_trusted or is_own else None
    told = row.registration if token is not None else advance(None, command_of(form_of(place.room)))
    assert told is not None
    return Registered(participant=row, place=place, token=token, is_new=False, registration=told)


def columns_of(
    work: Work, form: Form, terms: Terms, person: Person, *, is_trusted: bool
) -> dict[str, object]:
    """What of a person is stored. Raises: Invalid."""
    rules.check_source(person.source)
    consent = rules.consent_of(form.consent, terms, person.consent, work.now, is_trusted=is_trusted)
    return {
        "first_name": rules.clean_name(person.first_name, "first_name", is_required=not is_trusted),
        "last_name": rules.clean_name(person.last_name, "last_name", is_required=not is_trusted),
        "display_name": rules.clean_name(person.display_name, "display_name", is_required=False),
        "external_id": person.external_id,
        "answers": rules.clean_answers(form, person.answers, is_trusted=is_trusted),
        "consent": msgspec.to_builtins(consent) if consent is not None else None,
        "source": dict(person.source),
        "language": person.language,
    }


async def _shown(work: Work, room: Room) -> ShownForm:
    form, left = form_of(room), None
    if form.capacity is not None:
        gone = rules.taken_in(Place(room=room, session=None), await store.taken(work, room.id))
        left = max(0, form.capacity - gone)
    try:
        rules.check_open(form, None, work.now)
        is_open = left != 0
    except RegistrationClosed:
        is_open = False
    terms = await privacy.terms_of(work, room.organization_id)
    return ShownForm(room=room, form=form, places_left=left, is_open=is_open, terms=terms)
