"""Figures of sessions, held against a naive count of the same people (domain, Figures)."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from livehall import migrations
from livehall.core.audience import store as audience
from livehall.core.audience.model import Attendance
from livehall.core.insight import attending, metrics, metrics_store
from livehall.core.insight.keeping import KeptFigures
from livehall.core.insight.metrics_store import Metrics
from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import database_at
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from tests.support.on_air import a_session, end, on_air
from tests.support.people import Hands, a_person, actor_of
from tests.support.statements import Noted

GRACE_S, LENGTH_S = 30, 600


class Came(msgspec.Struct, frozen=True):
    """One row of attendance: who, when from the start of the session, for how long, as what."""

    who: int
    start: int
    seconds: int
    role: str = "viewer"
    replay_ms: int | None = None


class Asked(msgspec.Struct, frozen=True):
    who: int
    role: str
    invited: bool
    rsvp: str | None
    registration: str | None
    of_room: bool


COMING = st.builds(
    Came,
    who=st.integers(0, 3),
    start=st.integers(-60, LENGTH_S + 60),
    seconds=st.integers(0, 200),
    role=st.sampled_from(["viewer", "viewer", "speaker", "host", "monitor"]),
    replay_ms=st.none() | st.sampled_from([0, 4_999, 5_000, 60_000]),
)
ASKING = st.builds(
    Asked,
    who=st.integers(0, 5),
    role=st.sampled_from(["viewer", "viewer", "speaker", "moderator", "co_host"]),
    invited=st.booleans(),
    rsvp=st.sampled_from([None, "pending", "accepted", "declined"]),
    registration=st.sampled_from([None, "pending", "approved", "denied"]),
    of_room=st.booleans(),
)


def naive(came: list[Came], asked: list[Asked], *, is_over: bool) -> tuple[Metrics, dict[int, int]]:
    """Second by second, person by person."""
    on_air: dict[int, set[int]] = defaultdict(set)
    live: set[int] = set()
    replays: set[int] = set()
    for row in came:
        if row.role == "monitor":
            continue
        if row.replay_ms is not None:
            if row.replay_ms >= 5000:
                replays.add(row.who)
            continue
        live.add(row.who)
        first, last = max(row.start, 0), min(row.start + row.seconds, LENGTH_S)
        if first <= last:
            on_air[row.who] |= set(range(first, last + 1))
    seconds = dict.fromkeys(live, 0)
    for who, moments in on_air.items():
        ordered = sorted(moments)
        seconds[who] = sum(b - a for a, b in pairwise(ordered) if b - a <= GRACE_S)
    standing: dict[int, Asked] = {}
    for row in sorted(asked, key=lambda row: not row.of_room):  # of the session after, and so instead
        standing[row.who] = row
    people = standing.values()
    registrants = {row.who for row in people if row.rsvp == "accepted" or row.registration == "approved"}
    came_too = registrants & live
    return Metrics(
        invited=sum(row.invited and row.role in ("viewer", "speaker") for row in people),
        registrants=len(registrants),
        attendees=len(live),
        no_shows=len(registrants - live) if is_over else 0,
        attendance_rate=round(100 * len(came_too) / len(registrants)) if registrants else 0,
        average_view_s=round(sum(seconds.values()) / len(live)) if live else 0,
        replay_views=len(replays),
    ), seconds


class House:
    """A session with people, on one database for all examples."""

    def __init__(self, desk: Desk, hands: Hands) -> None:
        self.desk, self.hands = desk, hands
        self.people: list[str] = []

    async def fill(self, came: list[Came], asked: list[Asked], *, is_over: bool):
        host = self.host = actor_of(await a_person(self.desk))
        while len(self.people) < 6:
            email = f"p{len(self.people)}@example.org"
            self.people.append((await a_person(self.desk, email, "viewer")).id)
        session = await on_air(self.desk, host)
        start = session.started_at
        self.hands.forward(seconds=LENGTH_S)
        ended = await end(self.desk, session) if is_over else session
        async with self.desk.work(SYSTEM) as work:
            for row in came:
                await audience.add(work, self._attendance(session, start, row))
            seen = set()
            for row in asked:
                if (row.who, row.of_room) not in seen:
                    seen.add((row.who, row.of_room))
                    await participants.add(work, self._participant(session, row))
        return ended

    def _attendance(self, session, start, row: Came) -> Attendance:
        joined = start + timedelta(seconds=row.start)
        return Attendance(
            id=new_id(), organization_id=session.organization_id, session_id=session.id,
            account_id=self.people[row.who], visitor_key=self.people[row.who], device_key=None,
            display_name=f"p{row.who}", role=row.role, source="live" if row.replay_ms is None else "replay",
            state="left", delivery="hls", identity="", connection_id=None, joined_at=joined,
            last_seen_at=joined, left_at=joined + timedelta(seconds=row.seconds), created_at=joined,
            watched_ms=row.replay_ms or 0,
        )  # fmt: skip

    def _participant(self, session, row: Asked) -> Participant:
        by_address = row.who % 2 == 1  # a member who was asked by address and came by signing in
        return Participant(
            id=new_id(), organization_id=session.organization_id, room_id=session.room_id,
            session_id=None if row.of_room else session.id,
            scope_id=session.room_id if row.of_room else session.id,
            account_id=None if by_address else self.people[row.who],
            email=f"p{row.who}@example.org" if by_address else None,
            role=row.role, invited_by=None, invited_at=session.created_at if row.invited else None,
            created_at=session.created_at, updated_at=session.created_at, deleted_at=None,
            rsvp=row.rsvp, registration=row.registration,
        )  # fmt: skip


def unique(asked: list[Asked]) -> list[Asked]:
    """One row a person and scope (I6)."""
    found: dict[tuple[int, bool], Asked] = {}
    for row in asked:
        found.setdefault((row.who, row.of_room), row)
    return list(found.values())


@pytest.fixture
def house(desk, hands):
    return House(desk, hands)


def test_metrics_are_those_of_a_naive_count(tmp_path):
    """Union of intervals, no-shows, replays of five seconds; monitors are nowhere."""
    url = f"sqlite:///{tmp_path}/figures.db"
    loop = asyncio.new_event_loop()
    loop.run_until_complete(migrations.upgrade(url))
    database, hands = database_at(url), Hands()
    loop.run_until_complete(database.open())
    house = House(Desk(database, clock=hands), hands)

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(st.lists(COMING, max_size=12), st.lists(ASKING, max_size=8), st.booleans())
    def holds(came: list[Came], asked: list[Asked], is_over: bool) -> None:
        asked = unique(asked)

        async def example() -> None:
            session = await house.fill(came, asked, is_over=is_over)
            async with house.desk.read(SYSTEM) as read:
                found = (await metrics.metrics(read, [session.id]))[session.id]
            expected, seconds = naive(came, asked, is_over=is_over)
            assert found == expected, (came, asked, is_over)
            those = await attendees(house, session.id)
            live = {each.account_id: each.live_s for each in those if each.has_attended}
            assert live == {house.people[who]: value for who, value in seconds.items()}
            assert sum(each.has_replayed for each in those) == expected.replay_views

        loop.run_until_complete(example())

    holds()
    loop.run_until_complete(database.close())
    loop.close()


async def attendees(house, session_id, active=None):
    """Of all parts."""
    return [
        each
        async for part in attending.attendees(house.desk, house.host, session_id, active)
        for each in part
    ]


async def test_metrics_on_every_database(house):
    came = [
        Came(0, -10, 100), Came(0, 50, 100), Came(0, 170, 30), Came(0, 300, 10), Came(1, 0, 600),
        Came(1, 10, 20), Came(2, 5, 5, "monitor"), Came(3, 0, 9, replay_ms=5000), Came(1, 0, 9, replay_ms=4),
    ]  # fmt: skip
    asked = [
        Asked(0, "viewer", True, "accepted", None, False), Asked(1, "viewer", False, None, "approved", True),
        Asked(2, "speaker", True, "pending", None, False), Asked(3, "viewer", True, None, "approved", True),
        Asked(3, "viewer", True, "declined", None, False), Asked(4, "viewer", False, None, "approved", False),
        Asked(5, "co_host", True, "pending", None, False),
    ]  # fmt: skip
    session = await house.fill(came, asked, is_over=True)
    expected, seconds = naive(came, asked, is_over=True)
    async with house.desk.read(SYSTEM) as read:
        found = (await metrics.metrics(read, [session.id]))[session.id]
    assert found == expected
    assert (found.invited, found.registrants, found.no_shows, found.replay_views) == (3, 3, 1, 1)
    those = {each.account_id: each for each in await attendees(house, session.id)}
    assert {who: those[house.people[who]].live_s for who in seconds} == seconds
    assert those[house.people[3]].replay_s == 5
    assert not those[house.people[3]].has_attended
    named = {each.account_id: each.participant_id for each in those.values()}
    assert named[house.people[1]] is not None  # by address, of the room
    assert all(each.id == each.participant_id for each in those.values() if each.participant_id)


async def test_many_sessions_cost_as_many_queries_as_one(house, database):
    evenings = [await house.fill([Came(0, 0, 10)], [], is_over=True) for _ in range(5)]
    costs = []
    for ids in ([evenings[0].id], [each.id for each in evenings]):
        noted = Noted(database)
        async with Desk(noted, clock=house.hands).read(SYSTEM) as read:
            await metrics.metrics(read, ids)
        costs.append(len(noted.read_statements))
    assert costs == [4, 4]


async def test_attendees_are_read_in_parts(house, monkeypatch):
    """However the parts fall, nobody is lost or told twice."""
    came = [Came(who, 10 * turn, 5) for who in range(4) for turn in range(5)]
    session = await house.fill(came, [], is_over=True)
    whole = await attendees(house, session.id)
    for part in (1, 2, 3, 7, 20):
        monkeypatch.setattr(attending, "PART", part)
        assert await attendees(house, session.id) == whole
    assert len(whole) == 4
    gone = await attendees(house, session.id, active=False)
    assert gone == whole
    assert await attendees(house, session.id, active=True) == []


async def test_kept_figures_follow_i12(house):
    """What lists filter by is recomputed from the rows: repeated or late marks change nothing."""
    asked = [Asked(0, "viewer", True, "accepted", None, False)]
    session = await house.fill([Came(0, 0, 60)], asked, is_over=True)
    kept = KeptFigures(house.desk)

    async def row():
        async with house.desk.read(SYSTEM) as read:
            return await sessions.get(read, session.id)

    async with house.desk.work(SYSTEM) as work:
        await metrics_store.mark(work, session.id, None)
    await kept.gather()
    found = await row()
    assert (found.invited, found.registrants, found.attendees, found.average_view_s) == (1, 1, 1, 60)
    assert (found.figures_due_at, found.revision) == (None, session.revision)
    async with house.desk.work(SYSTEM) as work:
        await metrics_store.mark(work, None, session.room_id)
        known = (await metrics_store.metrics(work, [session.id]))[session.id]
        await metrics_store.keep(work, session.id, known, work.now - timedelta(seconds=1))
    assert (await row()).figures_due_at is not None  # marked anew since
    await a_session(house.desk, actor_of(await a_person(house.desk)))
    kept._rest_until = 0
    await kept.gather()
    assert await row() == msgspec.structs.replace(found)
