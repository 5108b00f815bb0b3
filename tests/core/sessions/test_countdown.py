"""The countdown before a start: each mark once, whoever looks."""

import asyncio
from datetime import timedelta

import pytest

from livehall.core.rooms import ops as rooms
from livehall.core.sessions import editing, ops
from livehall.core.sessions.countdown import MARKS, Countdowns
from tests.support.on_air import SEALING
from tests.support.people import NOON, a_person, actor_of

START = NOON + timedelta(hours=2)


@pytest.fixture
async def ada(desk):
    return actor_of(await a_person(desk))


@pytest.fixture
async def session(desk, ada):
    async with desk.work(ada) as work:
        room = (await rooms.create(work, SEALING, rooms.CreateRoom(title="Talks"))).room
        cmd = ops.CreateSession(room_id=room.id, title="Evening", scheduled_start_at=START)
        return (await ops.create(work, cmd)).session


def a_process(desk):
    told = []
    return Countdowns(desk, told.append), told


async def test_it_is_told_at_60_10_and_1_minutes_once_and_not_between(desk, session, hands):
    looks, told = a_process(desk)
    hands.now = START - timedelta(minutes=61)
    while hands.now <= START:
        await looks.tell()
        hands.forward(seconds=7)
    late = [mark - (each.starts_at - each.now) for mark, each in zip(MARKS, told, strict=True)]
    assert all(timedelta(0) <= each < timedelta(seconds=7) for each in late), late
    assert {(each.session_id, each.room_id, each.starts_at) for each in told} == {
        (session.id, session.room_id, START)
    }


async def test_of_two_processes_one_tells_and_after_a_restart_nobody_again(desk, session, hands):
    hands.now = START - timedelta(minutes=10)
    (first, told_by_first), (second, told_by_second) = a_process(desk), a_process(desk)
    await asyncio.gather(first.tell(), second.tell())
    assert len(told_by_first + told_by_second) == 1
    hands.forward(seconds=5)
    restarted, told = a_process(desk)
    await restarted.tell()
    assert told == []


async def test_a_process_that_was_away_tells_what_is_still_due(desk, session, hands):
    looks, told = a_process(desk)
    hands.now = START - timedelta(minutes=10) + timedelta(seconds=29)
    await looks.tell()
    assert [each.now for each in told] == [hands.now]
    late, told_late = a_process(desk)
    hands.now = START - timedelta(minutes=1) + timedelta(seconds=31)
    await late.tell()
    assert told_late == []


async def test_a_session_that_is_moved_is_counted_down_to_its_new_start(desk, ada, session, hands):
    looks, told = a_process(desk)
    hands.now = START - timedelta(minutes=10)
    await looks.tell()
    moved = START + timedelta(hours=1)
    async with desk.work(ada) as work:
        await ops.reschedule(work, session.id, ops.Reschedule(scheduled_start_at=moved))
    hands.now = START - timedelta(minutes=1)  # a mark of the old start
    await looks.tell()
    for minutes in (60, 10):
        hands.now = moved - timedelta(minutes=minutes)
        await looks.tell()
    assert [each.starts_at for each in told] == [START, moved, moved]


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
async def test_what_will_not_begin_is_not_counted_down(desk, ada, session, hands, how):
    async with desk.work(ada) as work:
        await (editing.cancel if how == "cancelled" else ops.delete)(work, session.id)
    looks, told = a_process(desk)
    hands.now = START - timedelta(minutes=10)
    await looks.tell()
    assert told == []
