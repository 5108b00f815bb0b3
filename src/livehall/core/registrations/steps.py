"""Registering many people by a file: a transaction for each hundred, so that others need not wait."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from livehall.core.participants.model import Participant
from livehall.core.people import privacy
from livehall.core.people.privacy import Terms
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import ops, places, rules, store
from livehall.core.registrations.events import RegistrationsImported, tell_registered
from livehall.core.registrations.faults import RegistrationFull
from livehall.core.registrations.importing import Line, lines_of
from livehall.core.registrations.model import Place, form_of
from livehall.core.registrations.states import Command
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

BATCH = 100
Outcome = Literal["created", "renewed", "unchanged", "refused"]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """`approves`: the people need no approval. `dry_run`: only say what would happen."""

    room_id: Id
    csv: str
    dry_run: bool = False
    approves: bool = True
    notify: bool = False


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line. `renewed`: they had cancelled, were denied, or had not registered yet."""

    number: int
    email: str
    outcome: Outcome
    problem: str | None = None
    participant_id: Id | None = None


async def import_people(desk: Desk, sealing: Sealing, actor: Actor, cmd: Import) -> list[Result]:
    """Register the people of a file for all sessions of a room; a line that is wrong stops no other one.

    Raises: RoomNotFound, Forbidden, Invalid. Emits: ParticipantRegistered, RegistrationsImported.
    """
    async with desk.read(actor) as read:
        place = await places.own(read, cmd.room_id, None)
        lines = lines_of(cmd.csv, form_of(place.room))
    results: list[Result] = []
    for start in range(0, len(lines), BATCH):
        async with desk.work(actor) as work:
            results += await _take(work, sealing, cmd, lines[start : start + BATCH], results)
    return results


async def _take(
    work: Work, sealing: Sealing, cmd: Import, lines: Sequence[Line], before: Sequence[Result]
) -> list[Result]:
    place = await places.hold(work, await places.own(work, cmd.room_id, None))
    form = form_of(place.room)
    taken = await store.taken(work, place.room.id) if form.capacity is not None else {}
    emails = {line.email for line in lines if line.person is not None}
    known = {row.email: row for row in await store.by_emails(work, place.scope_ids, emails)}
    more = sum(each.outcome in ("created", "renewed") for each in before) if cmd.dry_run else 0
    command: Command = "admit" if cmd.approves else ops.command_of(form)
    terms = await privacy.terms_of(work, place.room.organization_id)
    results = []
    for line in lines:
        result = _outcome(line, known.get(line.email))
        if result.outcome in ("created", "renewed"):
            try:
                rules.check_has_place(form, place, taken, more + 1)
            except RegistrationFull as fault:
                result = msgspec.structs.replace(result, outcome="refused", problem=fault.text)
            else:
                more += 1
                if not cmd.dry_run:
                    row = await _enrol(work, sealing, place, known.get(line.email), line, terms, command)
                    tell_registered(work, row, notify=cmd.notify)
                    result = msgspec.structs.replace(result, participant_id=row.id)
        results.append(result)
    written = sum(each.outcome in ("created", "renewed") for each in results)
    if written and not cmd.dry_run:
        work.emit(
            RegistrationsImported(
                organization_id=place.room.organization_id, room_id=place.room.id, people=written
            )
        )
    return results


def _outcome(line: Line, row: Participant | None) -> Result:
    outcome: Outcome = "created"
    if line.person is None:
        outcome = "refused"
    elif row is not None:
        outcome = "unchanged" if row.registration in rules.COUNTING else "renewed"
    return Result(
        number=line.number,
        email=line.email,
        outcome=outcome,
        problem=line.problem,
        participant_id=row.id if row is not None else None,
    )


async def _enrol(
    work: Work,
    sealing: Sealing,
    place: Place,
    row: Participant | None,
    line: Line,
    terms: Terms,
    command: Command,
) -> Participant:
    assert line.person is not None
    columns = ops.columns_of(work, form_of(place.room), terms, line.person, is_trusted=True)
    return await ops.enrol(work, sealing, place, row, line.email, columns, command)
