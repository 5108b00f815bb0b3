"""What was committed is carried on: in order, at least once, none waits for another's trouble."""

import asyncio
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Relay
from livehall.kernel.work import Event

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
    done: list[tuple[str, int]] = []
    failures = iter([True, True, False])
    slow, quick = new_id(), new_id()

    async def reaction(entry: Entry) -> None:
        if entry.session_id == slow and entry.data["number"] == 0 and next(failures):
            raise ConnectionError
        done.append((entry.session_id, entry.data["number"]))

    async with running(desk, reaction=reaction) as relay:
        await ring(desk, slow, 0)
        await ring(desk, slow, 1)
        await ring(desk, quick, 0)
        await asyncio.wait_for(relay.drained(), 10)
    assert [number for session, number in done if session == slow] == [0, 1]
    assert done.index((quick, 0)) < done.index((slow, 0))


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
