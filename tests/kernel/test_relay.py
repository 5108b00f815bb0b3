"""What was committed is carried on: in order, at least once, none waits for another's trouble."""

import asyncio
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Relay, only_if
from livehall.kernel.work import Desk, Event

HERE = new_id()


class Rang(Event, frozen=True, kw_only=True, tag="test.rang"):
    subject: ClassVar[str] = "bell"
    bell_id: str
    session_id: str
    number: int


async def ring(desk, session_id: str, number: int) -> None:
    async with desk.work(SYSTEM) as work:
        work.emit(Rang(organization_id=HERE, bell_id=new_id(), session_id=session_id, number=number))


@asynccontextmanager
async def running(desk, *, publish=lambda entry: None, reaction=None):
    reactions = {"test.rang": [reaction]} if reaction else {}
    relay = Relay(desk.database, publish=publish, reactions=reactions, clock=desk.clock, backoff_s=0.01)
    desk.committed = relay.wake
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_events_are_published_in_the_order_of_their_commit(desk):
    heard: list[Entry] = []
    session = new_id()
    async with running(desk, publish=heard.append) as relay:
        for number in range(20):
            await ring(desk, session, number)
        await asyncio.wait_for(relay.drained(), 10)
    assert [entry.data["number"] for entry in heard] == list(range(20))
    assert [entry.position for entry in heard] == list(range(1, 21))


async def test_an_event_of_a_unit_that_failed_is_never_told(desk):
    heard: list[Entry] = []
    async with running(desk, publish=heard.append) as relay:
        with pytest.raises(ZeroDivisionError):
            async with desk.work(SYSTEM) as work:
                work.emit(Rang(organization_id=HERE, bell_id=new_id(), session_id=new_id(), number=1))
                _ = 1 / 0
        await ring(desk, new_id(), 2)
        await asyncio.wait_for(relay.drained(), 10)
    assert [entry.data["number"] for entry in heard] == [2]


async def test_a_reaction_that_fails_is_tried_again_and_its_session_waits(desk):
    """It fails until the other session's is done, which therefore may not wait for it."""
    done: list[tuple[str, int]] = []
    failed = 0
    slow, quick = new_id(), new_id()

    async def reaction(entry: Entry) -> None:
        nonlocal failed
        is_first = (entry.session_id, entry.data["number"]) == (slow, 0)
        if is_first and (failed < 2 or (quick, 0) not in done):
            failed += 1
            raise ConnectionError
        done.append((entry.session_id, entry.data["number"]))

    async with running(desk, reaction=reaction) as relay:
        await ring(desk, slow, 0)
        await ring(desk, slow, 1)
        await ring(desk, quick, 0)
        await asyncio.wait_for(relay.drained(), 10)
    assert done == [(quick, 0), (slow, 0), (slow, 1)]
    assert failed >= 2


async def test_what_was_not_finished_is_taken_up_again_after_a_restart(desk):
    begun, done = asyncio.Event(), []

    async def never_ends(entry: Entry) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def ends(entry: Entry) -> None:
        done.append(entry.data["number"])

    async with running(desk, reaction=never_ends):
        await ring(desk, new_id(), 7)
        await asyncio.wait_for(begun.wait(), 10)
    async with running(desk, reaction=ends) as relay:
        await asyncio.wait_for(relay.drained(), 10)
    assert done == [7]


async def test_positions_go_on_after_a_restart(desk):
    heard: list[Entry] = []
    for number in range(2):
        async with running(desk, publish=heard.append) as relay:
            await ring(desk, new_id(), number)
            await asyncio.wait_for(relay.drained(), 10)
    assert [entry.position for entry in heard] == [1, 2]


async def test_a_key_is_taken_once_and_free_again_after_a_rollback(desk):
    with pytest.raises(ZeroDivisionError):
        async with desk.work(SYSTEM) as work:
            assert await work.first("report-1")
            _ = 1 / 0
    async with desk.work(SYSTEM) as work:
        assert await work.first("report-1")
    async with desk.work(SYSTEM) as work:
        assert not await work.first("report-1")


async def test_a_read_says_no_event(desk):
    async with desk.read(SYSTEM) as read:
        with pytest.raises(RuntimeError):
            read.emit(Rang(organization_id=HERE, bell_id=new_id(), session_id=new_id(), number=1))


async def test_a_row_that_cannot_be_published_keeps_nothing_back(desk):
    heard = []

    def publish(entry):
        if entry.data["number"] == 1:
            raise KeyError("a mistake in a mapping")
        heard.append(entry.data["number"])

    async with running(desk, publish=publish) as relay:
        for number in range(3):
            await ring(desk, new_id(), number)
        await asyncio.wait_for(relay.drained(), 10)
    assert heard == [0, 2]


async def test_a_reaction_that_fails_does_not_keep_the_others_from_running(desk):
    done = []
    failures = iter([True, True, False])

    async def fails(entry):
        if next(failures):
            raise ConnectionError
        done.append("late")

    async def works(entry):
        done.append("at once")

    relay = Relay(
        desk.database,
        publish=lambda entry: None,
        reactions={"test.rang": [fails, works]},
        clock=desk.clock,
        backoff_s=0.01,
    )
    desk.committed = relay.wake
    task = asyncio.create_task(relay.run())
    await ring(desk, new_id(), 1)
    await asyncio.wait_for(relay.drained(), 10)
    relay.end()
    await asyncio.wait_for(task, 10)
    assert done == ["at once", "late"]


@asynccontextmanager
async def placing(desk, *, publish=lambda entry: None, reaction=None):
    """As `running`, for a desk that knows what follows."""
    async with running(desk, publish=publish, reaction=reaction) as relay:
        desk.follows = relay.follows
        try:
            yield relay
        finally:
            desk.follows = None


async def rows_of(desk) -> list[tuple[int, int | None, bool]]:
    """(number, position, whether it is done) of what nobody has taken up, or all that is placed."""
    async with desk.database.read() as db:
        found = [*await db.all(journal.NEW, limit=100), *await db.all(journal.SINCE, after=0, limit=100)]
    return [(entry.data["number"], entry.position, entry.done_at is not None) for entry in found]


@pytest.mark.parametrize("is_followed", [True, False])
async def test_on_sqlite_a_row_comes_in_its_place_and_else_waits_for_it(desk, is_followed):
    desk.follows = lambda kind, data: is_followed
    session = new_id()
    await ring(desk, session, 0)
    with pytest.raises(ZeroDivisionError):
        async with desk.work(SYSTEM) as work:
            work.emit(Rang(organization_id=HERE, bell_id=new_id(), session_id=session, number=1))
            _ = 1 / 0
    await ring(desk, session, 2)
    if desk.database.name == "sqlite":
        assert await rows_of(desk) == [(0, 1, not is_followed), (2, 2, not is_followed)]
    else:
        assert await rows_of(desk) == [(0, None, False), (2, None, False)]


async def test_a_desk_that_does_not_know_what_follows_leaves_the_place_open(desk):
    await ring(desk, new_id(), 0)
    assert await rows_of(desk) == [(0, None, False)]


async def test_rows_with_and_without_a_place_are_told_once_and_in_one_order(desk):
    heard: list[Entry] = []
    done: list[int] = []
    session = new_id()

    async def reaction(entry: Entry) -> None:
        done.append(entry.data["number"])

    beside = Desk(desk.database, clock=desk.clock)  # of a command
    async with placing(desk, publish=heard.append, reaction=reaction) as relay:
        for number in range(20):
            await ring(beside if number % 3 == 0 else desk, session, number)
        await asyncio.wait_for(relay.drained(), 10)
        assert sorted(done) == list(range(20))
    places = [entry.position for entry in heard]
    assert sorted({entry.data["number"] for entry in heard}) == list(range(20))
    assert places == sorted(set(places))
    assert done == [entry.data["number"] for entry in heard]


async def test_many_units_at_once_have_places_without_a_gap(desk):
    heard: list[Entry] = []
    async with placing(desk, publish=heard.append) as relay:
        for hundred in range(7):  # more in all than the relay reads at a time
            async with asyncio.TaskGroup() as group:
                for number in range(100):
                    group.create_task(ring(desk, new_id(), 100 * hundred + number))
        await asyncio.wait_for(relay.drained(), 30)
    assert [entry.position for entry in heard] == list(range(1, 701))


async def test_what_came_in_its_place_is_followed_after_a_restart(desk):
    done: list[int] = []

    async def reaction(entry: Entry) -> None:
        done.append(entry.data["number"])

    desk.follows = lambda kind, data: True
    await ring(desk, new_id(), 7)
    await ring(Desk(desk.database, clock=desk.clock), new_id(), 8)
    async with placing(desk, reaction=reaction) as relay:
        await asyncio.wait_for(relay.drained(), 10)
    assert sorted(done) == [7, 8]


@pytest.mark.parametrize("is_placing", [True, False])
async def test_a_row_to_which_no_reaction_has_anything_to_do_is_closed(desk, is_placing):
    done: list[int] = []

    @only_if(lambda data: data["number"] % 2 == 0)
    async def reaction(entry: Entry) -> None:
        done.append(entry.data["number"])

    session = new_id()
    async with (placing if is_placing else running)(desk, reaction=reaction) as relay:
        for number in range(4):
            await ring(desk, session, number)
        await asyncio.wait_for(relay.drained(), 10)
    assert done == [0, 2]
    assert [is_done for _, _, is_done in await rows_of(desk)] == [True] * 4
