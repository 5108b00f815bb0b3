"""Relays of several processes: each row is placed once, told by all in one order, reacted to by one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from livehall.engines.bus import PostgresBus
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Database
from livehall.kernel.ids import new_id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Relay
from livehall.kernel.work import Desk, Event
from tests.support.databases import open_database
from tests.support.postgres import PostgresServer
from tests.support.waiting import eventually

pytestmark = [pytest.mark.postgres]

HERE, SESSION = new_id(), new_id()


class Rang(Event, frozen=True, kw_only=True, tag="test.rang.again"):
    subject: ClassVar[str] = "bell"
    bell_id: str
    session_id: str
    number: int


class Process:
    """A relay with its desk, and what it did."""

    def __init__(self, database: Database, url: str, log: list[tuple[int, str]], name: str) -> None:
        self.database, self.bus, self.desk = database, PostgresBus(url), Desk(database)
        self.told: list[tuple[int, int]] = []
        self._log, self._name = log, name
        self.relay = Relay(
            database, publish=self._tell, reactions={"test.rang.again": [self._react]}, bus=self.bus
        )
        self.desk.committed = self.relay.wake

    def _tell(self, entry: Entry) -> None:
        self.told.append((entry.position or 0, entry.data["number"]))

    async def _react(self, entry: Entry) -> None:
        await asyncio.sleep(0.001)
        self._log.append((entry.data["number"], self._name))

    async def start(self) -> None:
        await self.relay.start()
        await self.bus.start()
        self.task = asyncio.get_running_loop().create_task(self.relay.run())

    async def die(self) -> None:
        """As a killed process does: the server notices that its connections are gone."""
        for task in (self.task, *self.bus._tasks):
            task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        assert self.bus._raw is not None
        self.bus._raw.terminate()

    async def ring(self, *numbers: int) -> None:
        for number in numbers:
            async with self.desk.work(SYSTEM) as work:
                work.emit(Rang(organization_id=HERE, bell_id=new_id(), session_id=SESSION, number=number))


@asynccontextmanager
async def two_relays(url: str) -> AsyncIterator[tuple[Process, Process, list[tuple[int, str]]]]:
    log: list[tuple[int, str]] = []
    found = [Process(await open_database(url), url, log, name) for name in ("one", "two")]
    for each in found:
        await each.start()
    try:
        yield found[0], found[1], log
    finally:
        for each in found:
            each.task.cancel()
            await asyncio.gather(each.task, return_exceptions=True)
            await each.bus.stop()
            await each.database.close()


async def test_a_row_is_placed_once_and_told_by_all_in_one_order(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    with postgres_server.database(postgres_template) as url:
        async with two_relays(url) as (one, two, log):
            await asyncio.gather(one.ring(*range(40)), two.ring(*range(100, 140)))
            await asyncio.wait_for(one.relay.drained(), 10)
            await eventually(lambda: is_so(len(two.told) == 80), within=10, what="the other to tell them too")
            assert one.told == two.told
            assert [position for position, _ in one.told] == list(range(1, 81))
            assert sorted(number for number, _ in log) == sorted((*range(40), *range(100, 140)))
            assert {name for _, name in log} == {"one"}

            # The leader dies with rows on their way: the other one places, tells and reacts to the rest.
            await one.ring(200)
            await one.die()
            await two.ring(*range(201, 221))
            await asyncio.wait_for(two.relay.drained(), 10)
            assert [number for _, number in two.told][80:] == list(range(200, 221))
            assert {number for number, name in log if name == "two"} >= set(range(201, 221))
            assert {number for number, _ in log} >= {200}


async def is_so(condition: bool) -> bool:
    return condition
