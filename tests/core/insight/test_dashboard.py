"""Figures over many sessions, held against those of the intervals themselves."""

import random
from collections import defaultdict
from datetime import timedelta

import pytest

from livehall.core.audience import figures
from livehall.core.audience import store as audience
from livehall.core.audience.figures import Interval
from livehall.core.audience.model import Attendance
from livehall.core.insight import ops
from livehall.kernel.faults import Forbidden, Invalid
from livehall.kernel.ids import new_id
from tests.support.on_air import a_session, end, on_air
from tests.support.people import a_person, actor_of


@pytest.fixture
async def host(desk):
    return actor_of(await a_person(desk))


async def dashboard(desk, actor, *period):
    async with desk.read(actor) as read:
        return await ops.dashboard(read, *period)


async def watched(desk, session, visitor, interval, role="viewer"):
    row = Attendance(
        id=new_id(), organization_id=session.organization_id, session_id=session.id, account_id=None,
        visitor_key=visitor, device_key=None, display_name=visitor, role=role, source="live",
        state="left" if interval.end else "present", delivery="webrtc", identity=visitor,
        connection_id=None, joined_at=interval.start, last_seen_at=interval.end or interval.start,
        left_at=interval.end, created_at=interval.start,
    )  # fmt: skip
    async with desk.work(actor_of(await a_person(desk))) as work:
        await audience.add(work, row)


async def test_an_empty_house_has_figures(desk, host):
    found = await dashboard(desk, host)
    assert (found.rooms, found.sessions.total, found.watched.people, found.recorded.bytes) == (0, 0, 0, 0)
    assert (found.average_watch_s, found.upcoming) == (0, [])


async def test_sessions_are_counted_by_state(desk, host, hands):
    await end(desk, await on_air(desk, host))
    await on_air(desk, host)
    await a_session(desk, host)
    found = await dashboard(desk, host)
    hands.forward(seconds=1)
    found = await dashboard(desk, host)
    figures_ = found.sessions
    assert (found.rooms, figures_.total) == (3, 3)
    assert (figures_.live, figures_.scheduled, figures_.ended) == (1, 1, 1)


async def test_watch_time_is_that_of_the_unions_of_intervals_i13(desk, host, hands):
    dice = random.Random(7)
    start = hands.now
    sessions = [await on_air(desk, host), await on_air(desk, host)]
    by_person = defaultdict(list)
    for session in sessions:
        for _ in range(60):
            visitor = dice.choice("abcdef")
            begin = start + timedelta(seconds=dice.randrange(-100, 2_000))
            interval = Interval(begin, begin + timedelta(seconds=dice.randrange(0, 120)))
            by_person[session.id, visitor].append(interval)
            await watched(desk, session, visitor, interval)
        await watched(desk, session, "host", Interval(start, start + timedelta(hours=1)), role="host")
    hands.forward(seconds=1_500)
    for session in sessions:
        await end(desk, session)
    ended_at = hands.now
    hands.forward(hours=1)
    expected = [
        figures.whole_seconds(figures.stretches(figures.cut(intervals, start, ended_at)))
        for intervals in by_person.values()
    ]
    found = await dashboard(desk, host)
    assert found.watched.people == len({visitor for _, visitor in by_person})
    assert found.watched.seconds == sum(expected)
    assert found.average_watch_s == round(sum(expected) / found.watched.people)


async def test_the_period_cuts_what_was_watched(desk, host, hands):
    session = await on_air(desk, host)
    start = hands.now
    await watched(desk, session, "ben", Interval(start, None))
    hands.forward(hours=2)
    found = await dashboard(desk, host, start + timedelta(hours=1), start + timedelta(minutes=90))
    assert (found.watched.people, found.watched.seconds) == (1, 1800)
    assert found.sessions.total == 0  # it begins before
    later = await dashboard(desk, host, hands.now, hands.now + timedelta(hours=1))
    assert later.watched.seconds == 0


async def test_a_host_sees_their_own_and_an_administrator_all(desk, host):
    await on_air(desk, host)
    bob = actor_of(await a_person(desk, "bob@example.org"))
    admin = actor_of(await a_person(desk, "ann@example.org", "admin"))
    elsewhere = actor_of(await a_person(desk, "eve@example.org", "admin", "Elsewhere"))
    for actor, live in ((host, 1), (bob, 0), (admin, 1), (elsewhere, 0)):
        assert (await dashboard(desk, actor)).sessions.live == live
    viewer = actor_of(await a_person(desk, "vera@example.org", "viewer"))
    with pytest.raises(Forbidden):
        await dashboard(desk, viewer)


async def test_a_period_that_ends_before_it_begins_is_refused(desk, host, hands):
    with pytest.raises(Invalid):
        await dashboard(desk, host, hands.now, hands.now)


async def test_it_costs_the_same_number_of_queries_for_many_sessions(desk, host):
    async def queries():
        async with desk.read(host) as read:
            counting = Counting(read.db)
            read.db = counting
            await ops.dashboard(read)
        return counting.asked

    await on_air(desk, host)
    one = await queries()
    for _ in range(5):
        await on_air(desk, host)
    assert await queries() == one <= 10


class Counting:
    def __init__(self, connection):
        self._connection, self.asked = connection, 0

    def __getattr__(self, name):
        self.asked += 1
        return getattr(self._connection, name)
