"""Use cases of the host: the list, approving, denying, cancelling, correcting, sending the link again."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.participants.model import Participant
from livehall.core.people.rules import clean_email
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import consents, links, ops, places, rules, store
from livehall.core.registrations.events import tell_corrected
from livehall.core.registrations.faults import AddressTaken, RegistrationNotFound, WrongState
from livehall.core.registrations.model import Form, Place, form_of
from livehall.core.registrations.states import Command
from livehall.core.registrations.store import Presence as Presence
from livehall.core.registrations.store import Query as Query
from livehall.core.registrations.store import Seen
from livehall.core.registrations.store import Sort as Sort
from livehall.kernel.faults import check_revision, invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Correct(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    email: str | UnsetType = UNSET
    first_name: str | UnsetType | None = UNSET
    last_name: str | UnsetType | None = UNSET
    display_name: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET
    answers: Mapping[str, Any] | UnsetType = UNSET


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """`seen`: None for one who has not been there. `token`: where the personal link is shown.

    `is_outdated`: they agreed to what does not hold any more.
    """

    participant: Participant
    seen: Seen | None
    token: str | None = None
    is_outdated: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    registrations: list[Shown]
    total: int


async def page(work: Work, room_id: Id | None, session_id: Id | None, query: Query) -> Page:
    """Of a room with all its sessions, or of one session with those who come to all.

    Raises: RoomNotFound, SessionNotFound, Forbidden, Invalid.
    """
    place = await places.own(work, room_id, session_id)
    query = msgspec.structs.replace(query, answers=_wanted(form_of(place.room), query.answers))
    rows, total = await store.page(work, place.room.id, session_id, query)
    return Page(registrations=await _show(work, place, rows), total=total)


async def following(
    work: Work, room_id: Id | None, session_id: Id | None, after: Participant | None, limit: int
) -> list[Shown]:
    """The same people in the order of registering, who come after one of them or first of all.

    For reading all of them in parts: nobody is missed, whoever goes meanwhile. Raises: RoomNotFound,
    SessionNotFound, Forbidden.
    """
    place = await places.own(work, room_id, session_id)
    rows = await store.following(work, place.room.id, session_id, after, limit)
    return await _show(work, place, rows)


async def get(work: Work, sealing: Sealing, participant_id: Id) -> Shown:
    """With the personal link. Raises: RegistrationNotFound."""
    place, row = await _own(work, participant_id)
    (shown,) = await _show(work, place, [row])
    return msgspec.structs.replace(shown, token=links.token_of(sealing, row))


async def approve(work: Work, participant_id: Id) -> Shown:
    """Let somebody in, and send the link. Repeated it changes nothing.

    Raises: RegistrationNotFound, WrongState. Emits: RegistrationChanged.
    """
    return await _move(work, participant_id, "approve", notify=True)


async def deny(work: Work, participant_id: Id, *, notify: bool) -> Shown:
    """Raises: RegistrationNotFound, WrongState. Emits: RegistrationChanged."""
    return await _move(work, participant_id, "deny", notify=notify)


async def cancel(work: Work, participant_id: Id) -> None:
    """Raises: RegistrationNotFound, WrongState. Emits: RegistrationChanged."""
    await _move(work, participant_id, "cancel", notify=False)


async def resend(work: Work, participant_id: Id) -> Shown:
    """Send the mail again that the registration calls for.

    Raises: RegistrationNotFound, WrongState. Emits: ConfirmationWanted.
    """
    place, row = await _held(work, participant_id)
    if row.registration not in rules.COUNTING:
        raise WrongState(f"A registration that is {row.registration} is not confirmed.")
    ops.want_confirmation(work, row)
    return (await _show(work, place, [row]))[0]


async def correct(
    work: Work, sealing: Sealing, participant_id: Id, cmd: Correct, expected_revision: int | None = None
) -> Shown:
    """Change what somebody said of themselves. With another address the personal link is another, and sent.

    Raises: RegistrationNotFound, AddressTaken, Conflict, Invalid.
    Emits: RegistrationCorrected, ConfirmationWanted.
    """
    place, row = await _held(work, participant_id)
    check_revision(row.revision, expected_revision)
    given = _changes(place, row, cmd)
    columns = {name: value for name, value in given.items() if getattr(row, name) != value}
    if not columns:
        return (await _show(work, place, [row]))[0]
    if "email" in columns:
        found = await store.find_held(work, {row.scope_id}, str(columns["email"]), None)
        if any(each.id != row.id for each in found):
            raise AddressTaken
        # What was sent to the old address opens nothing any more, and neither does who came by it.
        columns |= links.new_columns(sealing, row.id)
        if row.role not in ops.STAFF:
            columns["account_id"] = None
    changed = await store.change(work, row.id, columns)
    tell_corrected(work, row, sorted(set(given) & set(columns)))
    if "email" in columns and changed.registration in rules.COUNTING:
        ops.want_confirmation(work, changed)
    return (await _show(work, place, [changed]))[0]


def _wanted(form: Form, answers: Mapping[str, str | bool]) -> dict[str, str | bool]:
    """As answers are stored: a box is ticked or not. Raises: Invalid."""
    known = {field.id: field.kind for field in form.fields}
    for name in answers:
        if name not in known:
            raise invalid("answers", "The form has no such field.", rule="unknown")
    return {
        name: str(value).lower() == "true" if known[name] == "checkbox" else value
        for name, value in answers.items()
    }


def _changes(place: Place, row: Participant, cmd: Correct) -> dict[str, object]:
    given: dict[str, object] = {
        field.name: value
        for field in msgspec.structs.fields(cmd)
        if (value := getattr(cmd, field.name)) is not UNSET
    }
    for name in ("first_name", "last_name", "display_name"):
        if name in given:
            given[name] = rules.clean_name(given[name], name, is_required=False)  # type: ignore[arg-type]
    if cmd.email is not UNSET:
        given["email"] = clean_email(cmd.email)
    if cmd.answers is not UNSET:
        kept = {name: value for name, value in row.answers.items() if name not in cmd.answers}
        cleaned = rules.clean_answers(form_of(place.room), cmd.answers, is_trusted=True)
        given["answers"] = {**kept, **cleaned}
    return given


async def _move(work: Work, participant_id: Id, command: Command, *, notify: bool) -> Shown:
    place, row = await _held(work, participant_id)
    return (await _show(work, place, [await ops.move(work, row, command, notify=notify)]))[0]


async def _own(work: Work, participant_id: Id) -> tuple[Place, Participant]:
    """Raises: RegistrationNotFound, also for those who do not handle it: it is about a person (I22)."""
    row = await store.by_id(work, participant_id, work.actor.organization_id)
    if row is None:
        raise RegistrationNotFound
    place = await places.of_participant(work, row.room_id, row.session_id)
    is_elsewhere = work.actor.library_id not in (None, place.room.library_id)
    if is_elsewhere or not places.may_handle(work, place):
        raise RegistrationNotFound
    return place, row


async def _held(work: Work, participant_id: Id) -> tuple[Place, Participant]:
    place, _ = await _own(work, participant_id)
    place = await places.hold(work, place)
    row = await store.hold(work, participant_id)
    if row is None or row.registration is None:
        raise RegistrationNotFound
    return place, row


async def _show(work: Work, place: Place, rows: list[Participant]) -> list[Shown]:
    """With presence: in the session of the list, else in any that they registered for."""
    accounts = {row.account_id for row in rows if row.account_id is not None}
    session_id = place.session.id if place.session is not None else None
    seen = await store.presence(work, place.room.id, session_id, accounts)
    outdated = await consents.outdated(work, place.room, rows)
    return [
        Shown(participant=row, seen=seen.get(row.account_id or ""), is_outdated=row.id in outdated)
        for row in rows
    ]
