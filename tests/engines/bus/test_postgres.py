"""Processes on one PostgreSQL database hear each other in order; one leads; who was cut off knows it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from livehall.engines.bus import PostgresBus, postgres
from livehall.engines.bus.frames import Gathering, payloads
from livehall.kernel.db import DatabaseUnavailable
from tests.support.processes import free_port
from tests.support.waiting import eventually

pytestmark = [pytest.mark.postgres]

WITHIN_S = 10.0


class Process:
    """A bus, and what it heard."""

    def __init__(self, url: str) -> None:
        self.bus = PostgresBus(url)
        self.heard: list[bytes] = []
        self.missed = 0
        self.turns: list[bool] = []
        self.bus.on("word", self._hear)
        self.bus.on_missed(self._miss)
        self.bus.on_change(lambda: self.turns.append(self.bus.leads))

    async def _hear(self, _speaker: str, body: bytes) -> None:
        if body == b"nonsense":
            raise ValueError(body)
        self.heard.append(body)

    def _miss(self) -> None:
        self.missed += 1


@asynccontextmanager
async def processes(url: str, number: int = 2) -> AsyncIterator[list[Process]]:
    found = [Process(url) for _ in range(number)]
    for each in found:
        await each.bus.start()
    await until(lambda: all(len(each.bus.others) == number - 1 for each in found), "all to know each other")
    try:
        yield found
    finally:
        for each in found:
            await each.bus.stop()


async def until(condition: Callable[[], object], what: str) -> None:
    async def ask() -> bool:
        return bool(condition())

    await eventually(ask, within=WITHIN_S, what=what)


async def cut(url: str, process: Process) -> None:
    """The server drops this process's line."""
    killer = await asyncpg.connect(url)
    try:
        held = process.bus._raw.get_server_pid()
        await killer.execute("SELECT pg_terminate_backend($1)", held)
    finally:
        await killer.close()


async def test_words_come_to_all_others_in_order_and_whole(postgres_url: str) -> None:
    words = [str(number).encode() for number in range(300)]
    long = ("ä€" * 20_000).encode()
    async with processes(postgres_url, 3) as (one, two, three):
        for word in words[:150]:
            one.bus.say("word", word)
        one.bus.say("word", long)
        await asyncio.sleep(0.01)
        one.bus.say("word", b"nonsense")  # a handler that fails keeps nothing back
        for word in words[150:]:
            one.bus.say("word", word)
        for each in (two, three):
            await until(lambda each=each: len(each.heard) == 301, "all words")
            assert each.heard == [*words[:150], long, *words[150:]]
        assert one.heard == []


async def test_the_same_words_that_wait_are_said_once(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, two):
        for _ in range(100):
            one.bus.say("word", b"wake")
        one.bus.say("word", b"last")
        await until(lambda: b"last" in two.heard, "the last word")
        assert two.heard == [b"wake", b"last"]


async def test_one_leads_and_another_when_it_ends(postgres_url: str) -> None:
    async with processes(postgres_url, 3) as (one, two, three):
        assert [each.bus.leads for each in (one, two, three)] == [True, False, False]
        await one.bus.stop()
        await until(lambda: two.bus.leads != three.bus.leads, "another one leads")
        assert (one.bus.leads, one.turns) == (False, [True, False])
        assert one.bus.name not in two.bus.others


async def test_who_was_cut_off_leads_no_more_and_knows_that_it_missed_something(postgres_url: str) -> None:
    async with processes(postgres_url) as (one, two):
        await cut(postgres_url, one)
        await until(lambda: two.bus.leads, "the other one leads")
        assert not one.bus.leads
        one.bus.say("word", b"said while the line was down")
        await until(lambda: one.missed == 1, "the line to stand again")
        await until(lambda: two.heard == [b"said while the line was down"], "what waited")
        two.bus.say("word", b"hello again")
        await until(lambda: one.heard == [b"hello again"], "to hear again")
        assert two.missed == 0


async def test_who_has_too_much_to_say_tells_the_others_that_they_missed_it(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WAITING", 10)
    async with processes(postgres_url) as (one, two):
        for number in range(11):
            one.bus.say("word", str(number).encode())
        await until(lambda: two.heard == [b"10"], "what was said after that")
        assert two.missed == 1


async def test_who_cannot_keep_up_drops_what_waits_and_knows_that_it_missed_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "WAITING", 10)
    bus, heard, missed = PostgresBus("postgresql://nowhere"), [], []
    bus.on_missed(lambda: missed.append(True))

    async def hear(_speaker: str, body: bytes) -> None:
        heard.append(body)

    bus.on("word", hear)
    for number in range(25):
        for payload in payloads("another", number, "word", str(number).encode()):
            bus._payload(None, 0, "", payload)
    listening = asyncio.create_task(bus._listen())
    await until(lambda: heard == [b"20", b"21", b"22", b"23", b"24"], "what came last")
    listening.cancel()
    assert missed == [True]


async def test_one_that_is_alone_has_missed_nothing(postgres_url: str) -> None:
    async with processes(postgres_url, 1) as (one,):
        await cut(postgres_url, one)
        await until(lambda: one.turns == [True, False, True], "to lead again")
        assert one.missed == 0


async def test_without_a_database_it_does_not_start() -> None:
    with pytest.raises(DatabaseUnavailable):
        await PostgresBus(f"postgresql://nobody@127.0.0.1:{free_port()}/none").start()


def test_a_word_whose_beginning_was_missed_is_dropped() -> None:
    gathering = Gathering()
    first = payloads("a", 1, "word", b"x" * 5000)
    second = payloads("b", 7, "word", b"y" * 2000)
    heard = [
        word
        for payload in (*first[1:], first[0], second[0], *payloads("a", 2, "word", b""), second[1])
        for word in gathering.take(payload)
    ]
    assert heard == [("a", "word", b""), ("b", "word", b"y" * 2000)]
