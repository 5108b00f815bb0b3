"""Rows of files that no operation streams: registrations, polls, reports, and the audit log."""

from collections.abc import AsyncIterator
from typing import Any, Self

import msgspec

from livehall.core.polls.showing import Shown as ShownPoll
from livehall.core.registrations import handling, ops
from livehall.dialects.kit import Moment, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.insight.figures import ReportResponse
from livehall.dialects.live.registrations.wire import consent_of
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk

PART = 1000  # registrations read at once
KNOWN = (
    "id", "room_id", "session_id", "status", "email", "first_name", "last_name", "display_name",
    "external_id", "language", "consent", "consent_version", "consent_at", "presence", "first_seen_at",
    "registered_at",
)  # fmt: skip


class ExportedOption(msgspec.Struct, kw_only=True):
    """A row of polls: one option of one poll. `voters`: of the whole poll."""

    poll_id: Uuid
    question: str
    status: str
    allow_multiple: bool
    is_anonymous: bool
    voters: int
    option_id: Uuid
    option: str
    votes: int
    created_at: Moment
    closed_at: Moment | None

    @classmethod
    def all_of(cls, shown: ShownPoll) -> list[Self]:
        poll, tally = shown.poll, shown.tally
        return [
            cls(
                poll_id=poll.id,
                question=poll.question,
                status=poll.status,
                allow_multiple=poll.allow_multiple,
                is_anonymous=poll.anonymous,
                voters=tally.voters,
                option_id=option["id"],
                option=option["text"],
                votes=votes,
                created_at=moment(poll.created_at),
                closed_at=moment(poll.closed_at),
            )
            for option, votes in zip(poll.options, tally.votes, strict=True)
        ]


class ExportedReport(msgspec.Struct, kw_only=True):
    """The one row of a report: what `GET /sessions/{id}/report` says, without the course of attendance."""

    session_id: Uuid
    title: str
    status: str
    started_at: Moment | None
    ended_at: Moment | None
    duration: int
    invited: int
    registrant: int
    attendee: int
    no_show: int
    attendance_rate: int
    average_view_time: int
    total_replay_view: int
    peak_viewers: int
    peak_at: Moment | None
    unique_viewers: int
    total_joins: int
    total_watch_time: int
    chat_messages: int
    questions: int
    answered_questions: int
    polls: int
    votes: int
    recordings: int

    @classmethod
    def of(cls, report: ReportResponse) -> Self:
        parts = (report.attendance, report.metrics, report.interaction, report)  # the later one decides
        known = {name: value for part in parts for name, value in msgspec.structs.asdict(part).items()}
        return cls(**{name: known[name] for name in cls.__struct_fields__})


class ExportedAct(msgspec.Struct, kw_only=True):
    """A row of the audit log: a privileged act. `data`: what was done, as JSON."""

    id: Uuid
    at: Moment
    type: str
    actor_kind: str
    actor_id: Uuid | None
    actor_name: str
    actor_role: str | None
    subject_kind: str
    subject_id: Uuid | None
    session_id: Uuid | None
    room_id: Uuid | None
    source: str
    data: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(
            id=entry.id,
            at=moment(entry.occurred_at),
            type=entry.type,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            actor_role=entry.actor_role,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            session_id=entry.session_id,
            room_id=entry.room_id,
            source=entry.source,
            data=msgspec.json.encode(entry.data).decode(),
        )


def columns_of(fields: list[str]) -> list[str]:
    """A name for each field of a form, in their order: the id, where no other column is called so."""
    taken, names = {*KNOWN, *fields}, []
    for field in fields:
        name = field
        if field in KNOWN:
            while name in taken:
                name = f"answer_{name}"
            taken.add(name)
        names.append(name)
    return names


async def registration_kind(desk: Desk, actor: Actor, room_id: Id) -> tuple[type[msgspec.Struct], list[str]]:
    """What a row of registrations is: the fields of the form stand behind what is known of everybody.

    Also gives the form's fields in the order of their columns. One whose id is taken by another column is
    found under `answer_` and the id (`columns_of`).
    """
    async with desk.read(actor) as read:
        fields = [field.id for field in (await ops.form(read, room_id)).form.fields]
    columns: list[Any] = [(name, str | bool | None) for name in (*KNOWN, *columns_of(fields))]
    return msgspec.defstruct("ExportedRegistration", columns, kw_only=True), fields


async def registrations(
    desk: Desk,
    actor: Actor,
    room_id: Id | None,
    session_id: Id | None,
    kind: type[msgspec.Struct],
    fields: list[str],
) -> AsyncIterator[msgspec.Struct]:
    """In the order of registering, read in parts. Raises: RoomNotFound, SessionNotFound, Forbidden."""
    last, columns = None, kind.__struct_fields__
    while True:
        async with desk.read(actor) as read:
            found = await handling.following(read, room_id, session_id, last, PART)
        for shown in found:
            values = (*_known(shown), *(shown.participant.answers.get(field) for field in fields))
            yield kind(**dict(zip(columns, values, strict=True)))
        if len(found) < PART:
            return
        last = found[-1].participant


def _known(shown: handling.Shown) -> tuple[str | bool | None, ...]:
    """In the order of `KNOWN`."""
    row, seen = shown.participant, shown.seen
    consent = consent_of(row, is_outdated=shown.is_outdated)
    presence = "absent" if seen is None else "present" if seen.is_present else "attended"
    return (
        row.id, row.room_id, row.session_id, row.registration, row.email, row.first_name, row.last_name,
        row.display_name, row.external_id, row.language,
        consent.accepted if consent else None, consent.version if consent else None,
        consent.at if consent else None,
        presence, moment(seen.since) if seen else None, moment(row.registered_at),
    )  # fmt: skip
