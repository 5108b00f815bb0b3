"""Attendance by person: all connections of one added up, and the figures of a session.

Everything is computed from the rows at the time of the question (I12, I13).
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from livehall.core.audience import figures, replays, store
from livehall.core.audience.events import AttendanceExported
from livehall.core.audience.figures import Interval, Peak, Point
from livehall.core.audience.model import UNCOUNTED, Attendance, Delivery, Source
from livehall.core.audience.scene import Scene, scene
from livehall.core.people import store as people
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Role
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.letters import lower
from livehall.kernel.work import Desk, Work

Sort = Literal["joined_at", "-joined_at", "duration", "-duration", "username"]
BATCH = 500  # people of an export
POWER: tuple[Role, ...] = ("monitor", "viewer", "speaker", "moderator", "co_host", "host")


class Attendee(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one session. `id` is that of the first interval."""

    id: Id
    session_id: Id
    account_id: Id | None
    name: str
    email: str | None
    role: Role
    source: Source
    joined_at: datetime
    left_at: datetime | None  # None: is there now
    duration_s: int
    join_count: int
    delivery: Delivery  # of the last interval
    identity: str

    @property
    def is_active(self) -> bool:
        return self.left_at is None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    active: bool | None = None
    source: Source | None = None
    search: str = ""
    sort: Sort = "joined_at"
    offset: int = 0
    limit: int = 20


class Page(msgspec.Struct, frozen=True, kw_only=True):
    attendees: list[Attendee]
    total: int


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """Who is there now: a page of rows, and how many persons in all."""

    rows: list[Attendance]
    total: int


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the audience; the host, co-hosts and moderators are in none of them (C13)."""

    session_id: Id
    current_viewers: int
    peak: Peak
    unique_viewers: int
    total_joins: int
    average_duration_s: int
    total_watch_s: int
    replay_viewers: int
    timeline: list[Point]


async def page(work: Work, session_id: Id, query: Query) -> Page:
    """Everybody who was there. Raises: SessionNotFound, Forbidden."""
    at = await _run(work, session_id)
    found = [one for one in await _attendees(work, at) if _matches(one, query)]
    found.sort(key=lambda one: one.id)
    key, backwards = query.sort.removeprefix("-"), query.sort.startswith("-")
    found.sort(key=SORTS[key], reverse=backwards)
    return Page(attendees=found[query.offset : query.offset + query.limit], total=len(found))


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a file will hold, by arrival: what `exported` reads them by, batch by batch."""

    session: Session
    with_addresses: bool
    people: list[str]  # `store.person_at`: a short text for each, however many there are
    at: datetime


async def export(desk: Desk, actor: Actor, session_id: Id, format: str) -> Export:
    """All attendees by arrival, to be taken out as a file.

    The large read locks nothing. Raises: SessionNotFound, Forbidden. Emits: AttendanceExported, for the audit
    log.
    """
    async with desk.read(actor) as read:
        at = await _run(read, session_id)
        found = await store.people_seen(read, session_id)
    async with desk.work(actor) as work:
        work.emit(
            AttendanceExported(
                organization_id=at.session.organization_id,
                session_id=session_id,
                room_id=at.session.room_id,
                format=format,
                people=len(found),
            )
        )
        return Export(session=at.session, with_addresses=at.standing.is_owner, people=found, at=work.now)


async def exported(desk: Desk, actor: Actor, export: Export) -> AsyncIterator[Attendee]:
    """The attendees themselves, of whom no more than a batch is in memory at a time."""
    session = export.session
    for start in range(0, len(export.people), BATCH):
        wanted = [store.person_at(each) for each in export.people[start : start + BATCH]]
        async with desk.read(actor) as read:
            rows = await store.seen_of(read, session.id, sorted({key for key, _ in wanted}))
            emails = await _emails(read, rows, session.organization_id) if export.with_addresses else {}
        by_person = _by_person(row for row in rows if row.role != "monitor")
        for person in wanted:
            if person in by_person:
                yield _attendee(by_person[person], emails, export.at)


async def present(work: Work, session_id: Id, *, offset: int, limit: int) -> Present:
    """Who is there now, one row a person. Raises: SessionNotFound, FeatureDisabled, Forbidden."""
    at = await scene(work, session_id)
    at.check("viewers.list")
    first: dict[str, Attendance] = {}
    for row in await store.present_in(work, session_id):
        if row.role != "monitor":
            first.setdefault(row.visitor_key, row)
    rows = list(first.values())
    return Present(rows=rows[offset : offset + limit], total=len(rows))


async def statistics(work: Work, session_id: Id) -> Statistics:
    """Raises: SessionNotFound, Forbidden."""
    at = await _run(work, session_id)
    session = at.session
    end = session.ended_at or work.now
    by_person = _by_person(row for row in await store.all_seen(work, session_id) if row.role not in UNCOUNTED)
    live = [
        figures.cut(_stretches(rows, work.now), session.started_at, session.ended_at)
        for (_, source), rows in by_person.items()
        if source == "live"
    ]
    live = [stretches for stretches in live if stretches]
    seconds = [figures.whole_seconds(stretches) for stretches in live]
    is_present = [
        any(row.state == "present" for row in rows)
        for (_, source), rows in by_person.items()
        if source == "live"
    ]
    return Statistics(
        session_id=session_id,
        current_viewers=sum(is_present),
        peak=figures.peak(live),
        unique_viewers=len(live),
        total_joins=sum(len(stretches) for stretches in live),
        average_duration_s=round(sum(seconds) / len(seconds)) if seconds else 0,
        total_watch_s=sum(seconds),
        replay_viewers=sum(
            source == "replay" and replays.is_view(rows) for (_, source), rows in by_person.items()
        ),
        timeline=figures.timeline(live, session.started_at, end) if session.started_at else [],
    )


async def peak_of(work: Work, session_id: Id) -> Peak:
    """The most viewers at the same time, by a sweep over all intervals."""
    by_person = _by_person(row for row in await store.all_seen(work, session_id) if row.role not in UNCOUNTED)
    return figures.peak(
        _stretches(rows, work.now) for (_, source), rows in by_person.items() if source == "live"
    )


async def _run(work: Work, session_id: Id) -> Scene:
    """The session for one who may run it. Raises: SessionNotFound, Forbidden."""
    at = await scene(work, session_id)
    at.check("session.run")
    return at


async def _attendees(work: Work, at: Scene) -> list[Attendee]:
    rows = [row for row in await store.all_seen(work, at.session.id) if row.role != "monitor"]
    # Addresses are for the host and the organization's administrators only.
    emails = await _emails(work, rows, at.session.organization_id) if at.standing.is_owner else {}
    return [_attendee(those, emails, work.now) for those in _by_person(rows).values()]


async def _emails(work: Work, rows: Iterable[Attendance], organization_id: Id) -> dict[Id, str | None]:
    found = await people.people(work, {row.account_id for row in rows if row.account_id}, organization_id)
    return {account_id: person.email for account_id, person in found.items()}


def _attendee(rows: Sequence[Attendance], emails: dict[Id, str | None], now: datetime) -> Attendee:
    stretches = _stretches(rows, now)
    first, last = rows[0], rows[-1]
    is_there = any(row.state == "present" for row in rows)
    return Attendee(
        id=first.id,
        session_id=first.session_id,
        account_id=first.account_id,
        name=last.display_name,
        email=emails.get(first.account_id) if first.account_id else None,
        role=max((row.role for row in rows), key=POWER.index),
        source=first.source,
        joined_at=stretches[0].start,
        left_at=None if is_there else stretches[-1].end,
        duration_s=(
            replays.media_seconds(rows) if first.source == "replay" else figures.whole_seconds(stretches)
        ),
        join_count=len(stretches),
        delivery=last.delivery,
        identity=last.identity,
    )


def _by_person(rows: Iterable[Attendance]) -> dict[tuple[str, Source], list[Attendance]]:
    """Rows by person and way of attending, each in order of arrival."""
    found: dict[tuple[str, Source], list[Attendance]] = defaultdict(list)
    for row in rows:
        found[row.visitor_key, row.source].append(row)
    return found


def _stretches(rows: Iterable[Attendance], now: datetime) -> list[Interval]:
    return figures.stretches(
        Interval(row.joined_at, max(row.left_at or now, row.joined_at)) for row in rows if row.joined_at
    )


def _matches(one: Attendee, query: Query) -> bool:
    words = lower(query.search).strip()
    return (
        (query.active is None or one.is_active == query.active)
        and (query.source is None or one.source == query.source)
        and (not words or words in lower(one.name) or words in lower(one.email or ""))
    )


SORTS = {
    "joined_at": lambda one: one.joined_at.timestamp(),
    "duration": lambda one: one.duration_s,
    "username": lambda one: one.name.casefold(),
}
