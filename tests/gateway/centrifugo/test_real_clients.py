"""Centrifugo's own clients at our door, through losses of the network and of the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from livehall.core.ports.realtime import Publication
from livehall.gateway.centrifugo import Rhythm
from tests.support.cable import Cable, a_cable
from tests.support.centrifuge_clients import RealClient, real_client
from tests.support.certificate import make_certificate
from tests.support.gate import MemoryGate
from tests.support.realtime import Hall, a_hall, until

CHAT, USER = "chat:1", "user:ada"

pytestmark = pytest.mark.parametrize("kind", ["python", "javascript"])


def a_gate(epoch: str = "epoch-1") -> MemoryGate:
    gate = MemoryGate(epoch)
    gate.person("ada", "ada", USER)
    gate.channel(USER, top=1)
    gate.channel(CHAT, data=b'{"messages":[]}', top=1)
    return gate


@asynccontextmanager
async def at_the_end_of_a_cable(kind: str, hall: Hall) -> AsyncIterator[tuple[RealClient, Cable]]:
    """A client of Ada's that listens to the chat."""
    async with a_cable(hall.port) as cable:
        url = f"ws://127.0.0.1:{cable.port}/connection/websocket"
        async with real_client(kind, url, data={"token": "ada"}) as client:
            await client.subscribe(CHAT)
            await client.tells("subscribed", CHAT)
            yield client, cable


async def lose(client: RealClient, cable: Cable, hall: Hall) -> None:
    """Cut the cable, and wait until both ends know."""
    cable.cut()
    await client.tells("connecting", times=2)
    await until(lambda: hall.hub.connections == 0)


async def test_a_client_connects_subscribes_and_hears(kind: str) -> None:
    async with a_hall(a_gate()) as hall, at_the_end_of_a_cable(kind, hall) as (client, _):
        subscribed = await client.tells("subscribed", CHAT)
        assert subscribed["data"] == {"messages": []}
        assert not subscribed["was_recovering"]
        hall.say(CHAT, 5, 9, 200)
        hall.say(USER, 10)
        await client.tells("publication", CHAT, times=3)
        await client.tells("publication", USER)
        assert client.offsets(CHAT) == [5, 9, 200]
        assert client.offsets(USER) == [10]


async def test_a_token_in_the_librarys_field_is_good_too(kind: str) -> None:
    async with a_hall(a_gate()) as hall, real_client(kind, hall.url, token="ada") as client:
        await client.tells("subscribed", USER)


async def test_a_visitor_needs_no_token(kind: str) -> None:
    async with a_hall(a_gate()) as hall, real_client(kind, hall.url) as client:
        await client.tells("connected")
        await client.subscribe(hall.gate.channel("room:1", data=b'{"live":true}'))
        assert (await client.tells("subscribed", "room:1"))["data"] == {"live": True}


async def test_a_bad_token_is_final(kind: str) -> None:
    async with a_hall(a_gate()) as hall, real_client(kind, hall.url, data={"token": "forged"}) as client:
        ended = await client.tells("disconnected")
        assert (ended["code"], ended["reason"]) == (4501, "bad token")


async def test_a_client_recovers_from_memory_what_it_missed(kind: str) -> None:
    async with a_hall(a_gate()) as hall, at_the_end_of_a_cable(kind, hall) as (client, cable):
        hall.say(CHAT, 5)
        hall.say(USER, 6)
        await client.tells("publication", CHAT)
        await client.tells("publication", USER)
        await lose(client, cable, hall)
        hall.say(CHAT, 8, 13)
        hall.say(USER, 9)
        cable.mend()
        again = await client.tells("subscribed", CHAT, times=2)
        assert again["recovered"]
        hall.say(CHAT, 21)
        await client.tells("publication", CHAT, times=4)
        await client.tells("publication", USER, times=2)
        assert client.offsets(CHAT) == [5, 8, 13, 21]
        assert client.offsets(USER) == [6, 9]
        assert not any(asked.startswith("history") for asked in hall.gate.asked)


async def test_a_client_recovers_from_the_journal_at_a_restarted_server(kind: str) -> None:
    gate = a_gate()
    async with a_hall(gate) as first, at_the_end_of_a_cable(kind, first) as (client, cable):
        first.say(CHAT, 5)
        await client.tells("publication", CHAT)
        await lose(client, cable, first)
        gate.journal[CHAT] = [Publication(data=b'{"n":1}', position=each) for each in (5, 8, 13)]
        async with a_hall(gate) as second:
            cable.mend(second.port)
            assert (await client.tells("subscribed", CHAT, times=2))["recovered"]
            second.say(CHAT, 13, 21)
            await client.tells("publication", CHAT, times=4)
            assert client.offsets(CHAT) == [5, 8, 13, 21]


async def test_a_client_that_missed_too_much_is_told_so_and_goes_on(kind: str) -> None:
    gate = a_gate()
    async with a_hall(gate) as first, at_the_end_of_a_cable(kind, first) as (client, cable):
        await lose(client, cable, first)
        gate.channel(CHAT, data=b'{"messages":["all"]}', top=900)
        async with a_hall(gate) as second:
            cable.mend(second.port)
            again = await client.tells("subscribed", CHAT, times=2)
            assert again["was_recovering"]
            assert not again["recovered"]
            assert again["data"] == {"messages": ["all"]}
            second.say(CHAT, 901)
            await client.tells("publication", CHAT)
            assert client.offsets(CHAT) == [901]


async def test_another_epoch_is_no_continuation(kind: str) -> None:
    async with a_hall(a_gate()) as first, at_the_end_of_a_cable(kind, first) as (client, cable):
        first.say(CHAT, 50)
        await client.tells("publication", CHAT)
        await lose(client, cable, first)
        async with a_hall(a_gate("epoch-2")) as second:
            cable.mend(second.port)
            assert not (await client.tells("subscribed", CHAT, times=2))["recovered"]
            second.say(CHAT, 2)
            await client.tells("publication", CHAT, times=2)
            assert client.offsets(CHAT) == [50, 2]


async def test_a_channel_taken_away_for_good_stays_away(kind: str) -> None:
    async with a_hall(a_gate()) as hall, at_the_end_of_a_cable(kind, hall) as (client, _):
        hall.hub.unsubscribe(CHAT, "ada", code=2000, reason="dismissed")
        assert (await client.tells("unsubscribed", CHAT))["code"] == 2000


async def test_a_channel_taken_away_for_a_gap_is_recovered(kind: str) -> None:
    async with a_hall(a_gate()) as hall, at_the_end_of_a_cable(kind, hall) as (client, _):
        hall.say(CHAT, 5)
        hall.hub.unsubscribe(CHAT, code=2500, reason="insufficient state")
        assert (await client.tells("subscribed", CHAT, times=2))["recovered"]
        hall.say(CHAT, 7)
        await client.tells("publication", CHAT, times=2)
        assert client.offsets(CHAT) == [5, 7]


async def test_a_banned_user_does_not_come_back(kind: str) -> None:
    async with a_hall(a_gate()) as hall, at_the_end_of_a_cable(kind, hall) as (client, _):
        hall.hub.disconnect("ada", code=4502, reason="banned")
        assert (await client.tells("disconnected"))["code"] == 4502


async def test_a_shutdown_brings_clients_to_the_next_server(kind: str) -> None:
    gate = a_gate()
    async with (
        a_hall(gate) as first,
        at_the_end_of_a_cable(kind, first) as (client, cable),
        a_hall(gate) as second,
    ):
        cable.mend(second.port)
        first.hub.shutdown()
        assert (await client.tells("connecting", times=2))["code"] == 3001
        await client.tells("connected", times=2)


async def test_clients_answer_pings_and_stay(kind: str) -> None:
    async with (
        a_hall(a_gate(), rhythm=Rhythm(ping=2.0, pong=1.9, stale=5)) as hall,
        at_the_end_of_a_cable(kind, hall) as (client, _),
        hall.wire("") as clock,
    ):
        for _ in range(3):
            assert await clock.line() == {}
            await clock.say("{}")
        assert len(client.told("connecting")) == 1
        assert hall.hub.connections == 2


async def test_after_an_unsubscribe_nothing_is_heard(kind: str) -> None:
    async with a_hall(a_gate()) as hall, at_the_end_of_a_cable(kind, hall) as (client, _):
        await client.unsubscribe(CHAT)
        await client.tells("unsubscribed", CHAT)
        await until(lambda: hall.hub.channels == 1)
        hall.say(CHAT, 5)
        hall.say(USER, 6)
        await client.tells("publication", USER)
        assert client.offsets(CHAT) == []


async def test_all_works_over_tls(kind: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    async with (
        a_hall(a_gate(), certificate=certificate) as hall,
        real_client(kind, hall.url, hall.tls, certificate[0], data={"token": "ada"}) as client,
    ):
        await client.tells("subscribed", USER)
        hall.say(USER, 5)
        await client.tells("publication", USER)
