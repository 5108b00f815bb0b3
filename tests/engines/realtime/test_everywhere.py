"""The hubs of two processes as one: what has no position, revocations and presence cross over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from livehall.core.ports.realtime import Connected, Publication
from livehall.engines.bus import PostgresBus
from livehall.engines.realtime import Everywhere, Hub
from livehall.gateway.centrifugo import push_frames
from tests.engines.bus.test_postgres import cut, until
from tests.support.gate import MemoryGate

pytestmark = [pytest.mark.postgres]


class Somebody:
    """A listener that keeps what it gets."""

    def __init__(self, user: str) -> None:
        self.client, self.who = f"client of {user}", Connected(user=user, info={"name": user})
        self.frames: list[bytes] = []
        self.lost: list[tuple[str, int]] = []
        self.closed: tuple[int, str] | None = None
        self.send: Callable[[bytes], None] = self.frames.append

    def unsubscribed(self, channel: str, code: int, _reason: str) -> None:
        self.lost.append((channel, code))

    def disconnect(self, code: int, reason: str) -> None:
        self.closed = code, reason


class Process:
    def __init__(self, url: str) -> None:
        self.gate = MemoryGate()
        self.gate.channel("session:1")
        self.gate.channel("staff:1", presence=True)
        self.hub = Hub(self.gate, push_frames)
        self.bus = PostgresBus(url)
        self.all = Everywhere(self.hub, self.bus)

    async def listening(self, user: str, *channels: str) -> Somebody:
        somebody = Somebody(user)
        self.hub.attach(somebody, asyncio.get_running_loop().time())
        for channel in channels:
            (await self.hub.subscribe(somebody, channel))()
        return somebody


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[Process, Process]]:
    pair = Process(url), Process(url)
    for each in pair:
        await each.bus.start()
    await until(lambda: all(each.bus.others for each in pair), "both to know each other")
    try:
        yield pair
    finally:
        for each in pair:
            each.hub.shutdown()
            await each.bus.stop()


async def test_who_listens_at_one_is_known_at_the_other_until_they_leave(postgres_url: str) -> None:
    async with two(postgres_url) as (one, other):
        bo = await other.listening("bo", "staff:1", "session:1")
        await until(lambda: one.all.listened("staff") == {"1"}, "the other's listener is known")
        assert other.all.listened("staff") == {"1"}
        assert one.all.listened("session") == frozenset()  # shows nobody
        other.hub.leave(bo, "staff:1")
        await until(lambda: one.all.listened("staff") == frozenset(), "the listener is gone")


async def test_what_one_says_the_listeners_of_the_other_hear(postgres_url: str) -> None:
    async with two(postgres_url) as (one, other):
        bo = await other.listening("bo", "session:1")
        cy = await other.listening("cy", "session:1")
        text = b'{"n":"%s"}' % ("\u00e4".encode() * 9_000)  # more than a word of PostgreSQL holds
        one.all.publish("session:1", Publication(data=text))
        await until(lambda: bo.frames, "the signal")
        assert text in bo.frames[0]
        one.all.publish(
            "session:1", Publication(data=b'{"n":2}', position=2)
        )  # each tells its own hub of these
        one.all.unsubscribe("session:1", "bo", code=2000, reason="no more")
        await until(lambda: bo.lost, "to lose the channel")
        assert bo.lost == [("session:1", 2000)]
        assert (len(bo.frames), len(cy.frames), cy.lost) == (1, 1, [])
        one.all.disconnect("cy", code=4502, reason="banned")
        await until(lambda: cy.closed, "to be put out")
        assert cy.closed == (4502, "banned")
        assert bo.closed is None


async def test_presence_is_that_of_all_processes(postgres_url: str) -> None:
    async with two(postgres_url) as (one, other):
        ada = await one.listening("ada", "staff:1")
        bo = await other.listening("bo", "staff:1")

        def users() -> list[list[str]]:
            seen = [(one.hub, ada), (other.hub, bo)]
            return [sorted(each.user for each in hub.present(who, "staff:1")) for hub, who in seen]

        await until(lambda: users() == [["ada", "bo"]] * 2, "both to see both")
        cy = await other.listening("cy", "staff:1")
        await until(lambda: users() == [["ada", "bo", "cy"]] * 2, "the third")
        other.hub.detach(cy)
        await until(lambda: users() == [["ada", "bo"]] * 2, "the third to be gone")
        third = Process(postgres_url)  # comes later, and is told who is there
        await third.bus.start()
        dan = await third.listening("dan", "staff:1")
        await until(lambda: len(third.hub.present(dan, "staff:1")) == 3, "all three at the new one")
        await third.bus.stop()
        await until(lambda: users() == [["ada", "bo"]] * 2, "its people to be gone with it")


async def test_who_may_have_missed_a_revocation_is_sent_back(postgres_url: str) -> None:
    async with two(postgres_url) as (one, other):
        ada, bo = await one.listening("ada", "session:1"), await other.listening("bo", "session:1")
        await cut(postgres_url, other)
        await until(lambda: bo.closed, "the one behind the broken line to be sent back")
        assert bo.closed == (3011, "force reconnect")
        assert ada.closed is None
