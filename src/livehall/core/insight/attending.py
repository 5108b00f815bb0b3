"""Who watched a session, live or later, and for how long: streamed, person by person.

`domain`, Figures. A person is known by the account, else by a key that their browser keeps. Whoever has a
row of `participant` is told by its id; a walk-in by the account's, which stays the same: reading writes
nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from livehall.core.audience import figures, scene
from livehall.core.audience.figures import Interval
from livehall.core.insight import attending_store as store
from livehall.core.insight.attending_store import Named, Seen
from livehall.core.insight.metrics_store import LEAST_REPLAY_MS
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Role
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

PART = 2000  # rows read at once
POWER: tuple[Role, ...] = ("viewer", "speaker", "moderator", "co_host", "host")


class Attendee(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One person in one session. `live_s`, `replay_s`: whole seconds; those of a replay are of media."""

    id: Id  # participant, else account, else the browser's key
    participant_id: Id | None
    account_id: Id | None
    email: str | None
    first_name: str | None
    last_name: str | None
    name: str
    external_id: str | None
    role: Role
    live_s: int
    replay_s: int
    joined_at: datetime
    left_at: datetime | None  # None: is there now
    is_present: bool
    has_attended: bool  # was there while it was live
    has_replayed: bool  # five seconds at least


async def check(work: Work, session_id: Id) -> Session:
    """The session, for those who may know who came. Raises: SessionNotFound, Forbidden, Banned."""
    return (await _to_run(work, session_id)).session


async def _to_run(work: Work, session_id: Id) -> scene.Scene:
    """Raises: SessionNotFound, Forbidden, Banned."""
    at = await scene.scene(work, session_id)
    at.check("session.run")
    return at


async def attendees(
    desk: Desk, actor: Actor, session_id: Id, active: bool | None = None
) -> AsyncIterator[list[Attendee]]:
    """Everybody who was there, live or at a replay, in a stable order; for those who run the session.

    Addresses are for the host and the organization's administrators only.

    Read and given in parts, with nothing held open between two: memory does not grow with the audience, and
    a slow reader keeps nobody waiting. `active`: only who is there now, or is not.
    Raises: SessionNotFound, Forbidden, Banned.
    """
    async with desk.read(actor) as read:
        at = await _to_run(read, session_id)
    after, size = "", PART
    while True:
        async with desk.read(SYSTEM) as read:
            session = await sessions.ever(read, session_id)
            rows = await store.part(read, session.id, after, size, active)
            is_last = len(rows) < size
            if not is_last:  # the last person may go on in the next part
                last = rows[-1].visitor_key
                if rows[0].visitor_key == last:
                    size *= 2
                    continue
                rows = [row for row in rows if row.visitor_key != last]
            found = await _people(read, session, rows)
        yield _shown(found, at)
        if is_last:
            return
        after, size = rows[-1].visitor_key, PART
        await asyncio.sleep(0)  # others have their turn, where the database answers at once


class Page(msgspec.Struct, frozen=True, kw_only=True):
    attendees: list[Attendee]
    total: int


async def page(work: Work, session_id: Id, active: bool | None, *, limit: int, offset: int) -> Page:
    """The same, a page at a time. Raises: SessionNotFound, Forbidden, Banned."""
    at = await _to_run(work, session_id)
    rows, total = await store.page(work, at.session.id, active, limit, offset)
    return Page(attendees=_shown(await _people(work, at.session, rows), at), total=total)


def _shown(found: list[Attendee], at: scene.Scene) -> list[Attendee]:
    """As the actor may know them."""
    if at.standing.is_owner:
        return found
    return [msgspec.structs.replace(each, email=None) for each in found]


async def of_accounts(work: Work, session: Session, account_ids: list[Id]) -> dict[Id, Attendee]:
    """What is known of these people's presence, in one query; those who were not there are left out."""
    rows = await store.of_accounts(work, session.id, sorted(set(account_ids)))
    rows.sort(key=lambda row: row.visitor_key)
    return {
        those[0].account_id: attendee(session, those, work.now)
        for those in _by_person(rows)
        if those[0].account_id is not None
    }


async def _people(work: Work, session: Session, rows: list[Seen]) -> list[Attendee]:
    accounts = {row.account_id for row in rows if row.account_id is not None}
    known = await people.people(work, accounts, session.organization_id)
    by_address = {each.email: each.id for each in known.values() if each.email and not each.is_guest}
    found: dict[Id, Named] = {}
    scopes = [session.id, session.room_id]
    for row in await store.participants(work, scopes, sorted(accounts), sorted(by_address)):
        account_id = row.account_id or by_address.get(row.email or "")
        if account_id is not None and (account_id not in found or row.session_id is not None):
            found[account_id] = row  # the narrowest
    unknown = [each for each in sorted(accounts) if each not in found or found[each].email is None]
    addresses = await store.addresses(work, unknown)
    return [
        attendee(
            session,
            those,
            work.now,
            person=known.get(those[0].account_id or ""),
            participant=found.get(those[0].account_id or ""),
            address=addresses.get(those[0].account_id or ""),
        )
        for those in _by_person(rows)
    ]


def attendee(
    session: Session,
    rows: list[Seen],
    now: datetime,
    *,
    person: Person | None = None,
    participant: Named | None = None,
    address: str | None = None,
) -> Attendee:
    """All rows of one person added up."""
    first = last = rows[0]
    joined_at, left_at, role = first.joined_at, first.left_at, first.role
    live: list[Seen] = []
    watched_ms, is_present, has_replayed = 0, False, False
    for row in rows:  # once: there may be a hundred thousand people, each with one row
        if row.source == "live":
            live.append(row)
            is_present = is_present or row.state == "present"
        elif row.source == "replay":
            watched_ms += row.watched_ms
            has_replayed = has_replayed or row.watched_ms >= LEAST_REPLAY_MS
        if row.joined_at > last.joined_at:
            last = row
        joined_at = min(joined_at, row.joined_at)
        if row.left_at is not None:
            left_at = row.left_at if left_at is None else max(left_at, row.left_at)
        if row.role != role:
            role = max(role, row.role, key=POWER.index)
    return Attendee(
        id=(participant.id if participant else first.account_id) or first.visitor_key,
        participant_id=participant.id if participant else None,
        account_id=first.account_id,
        email=(participant.email if participant else None) or address,
        first_name=participant.first_name if participant else None,
        last_name=participant.last_name if participant else None,
        name=(participant.name if participant else "") or last.name or (person.name if person else ""),
        external_id=participant.external_id if participant else None,
        role=role,
        live_s=live_seconds(session, live, now),
        replay_s=round(watched_ms / 1000),
        joined_at=joined_at,
        left_at=None if is_present else left_at,
        is_present=is_present,
        has_attended=bool(live),
        has_replayed=has_replayed,
    )


def live_seconds(session: Session, rows: Sequence[Seen], now: datetime) -> int:
    """The union of a person's intervals, cut to what was on air (I13, C15)."""
    if session.started_at is None or not rows:
        return 0
    intervals = [Interval(row.joined_at, max(row.left_at or now, row.joined_at)) for row in rows]
    on_air = figures.cut(intervals, session.started_at, session.ended_at or now)
    return figures.whole_seconds(figures.stretches(on_air) if len(on_air) > 1 else on_air)


def _by_person(rows: list[Seen]) -> Iterator[list[Seen]]:
    for _, those in groupby(rows, key=lambda row: row.visitor_key):
        yield list(those)
