"""Connections and subscriptions that end by themselves unless the gate renews them."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from livehall.core.ports.realtime import Refused
from livehall.gateway.centrifugo import Rhythm
from tests.support.realtime import Hall, Wire, a_hall, until

QUICK = Rhythm(ping=0.25, pong=5, stale=5)  # nobody is to go for being slow on a busy machine
STAFF = "staff:1"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with a_hall(rhythm=QUICK) as hall:
        hall.gate.person("ada", "ada", expires_at=int(time.time()) + 1)
        hall.gate.person("bob", "bob")
        yield hall


async def stay(wire: Wire, pings: int) -> None:
    """Answer so many pings."""
    while pings:
        line = await wire.line()
        if line == {}:
            pings -= 1
            await wire.say("{}")
        else:
            wire.pushes.append(line)


async def test_a_connection_is_renewed_before_it_expires_without_asking_the_client(hall: Hall) -> None:
    async with hall.wire() as wire:
        answer = await wire.ask("connect", token="ada")
        assert "expires" not in answer
        await stay(wire, 8)
        assert hall.gate.asked.count("refresh hall ada") == 1  # with what the gate gave as `meta`
        assert await wire.ask("ping") == {}


async def test_a_connection_whose_right_is_gone_is_sent_to_ask_again(hall: Hall) -> None:
    hall.gate.connection_expiry = None
    async with hall.wire() as wire:
        await wire.say('{"id":1,"connect":{"data":{"token":"ada"}}}')  # may end before it is answered
        with suppress(ConnectionClosed):
            await stay(wire, 100)  # who answers no ping is gone before that
        assert await wire.end() == (3005, "connection expired")


async def test_a_gate_that_fails_for_a_moment_ends_nothing(hall: Hall) -> None:
    answers = iter([OSError("database away"), None])

    async def failing_once(meta: Mapping[str, str], user: str) -> int | None:
        if (failure := next(answers, None)) is not None:
            raise failure
        return int(time.time()) + 3600

    hall.gate.refresh = failing_once  # type: ignore[method-assign]
    async with hall.wire("ada") as wire:
        await stay(wire, 8)
        assert await wire.ask("ping") == {}


async def test_a_gate_that_stays_away_lets_the_connection_expire(hall: Hall) -> None:
    async def failing(meta: Mapping[str, str], user: str) -> int | None:
        raise OSError("database away")

    hall.gate.refresh = failing  # type: ignore[method-assign]
    async with hall.wire("ada") as wire:
        with suppress(ConnectionClosed):
            await stay(wire, 100)
        assert await wire.end() == (3005, "connection expired")
        assert time.time() > (hall.gate.people["ada"].expires_at or 0)


async def test_a_subscription_is_renewed_before_it_expires(hall: Hall) -> None:
    hall.gate.channel(STAFF, expires_at=int(time.time()) + 1)
    async with hall.wire("bob") as wire:
        assert "expires" not in await wire.ask("subscribe", channel=STAFF)
        await stay(wire, 8)
        assert hall.gate.asked.count(f"refresh {STAFF}") == 1
        hall.say(STAFF, 1)
        assert await wire.offsets(1) == [1]


async def test_a_subscription_whose_right_is_gone_is_taken_away(hall: Hall) -> None:
    hall.gate.channel(STAFF, expires_at=int(time.time()) + 1)
    hall.gate.subscription_expiry = None
    async with hall.wire("bob") as wire:
        await wire.ask("subscribe", channel=STAFF)
        assert await wire.push() == {
            "channel": STAFF,
            "unsubscribe": {"code": 2501, "reason": "subscription expired"},
        }
        await until(lambda: hall.hub.channels == 0)


async def test_a_client_may_bring_a_new_token(hall: Hall) -> None:
    hall.gate.person("newer", "ada", expires_at=int(time.time()) + 900)
    async with hall.wire("ada") as wire:
        answer = await wire.ask("refresh", token="newer")
        assert answer["expires"]
        assert 890 <= answer["ttl"] <= 900


async def test_the_token_of_another_is_no_refresh(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.say('{"id":9,"refresh":{"token":"bob"}}')
        assert await wire.end() == (3500, "invalid token")


async def test_a_bad_token_is_no_refresh(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.say('{"id":9,"refresh":{"token":"forged"}}')
        assert await wire.end() == (4501, "bad token")


async def test_a_client_may_ask_for_its_subscription_to_be_renewed(hall: Hall) -> None:
    hall.gate.channel(STAFF)
    async with hall.wire("bob") as wire:
        await wire.ask("subscribe", channel=STAFF)
        answer = await wire.ask("sub_refresh", channel=STAFF, token="unused")
        assert answer["expires"]
        hall.gate.subscription_expiry = None
        refused = await wire.ask("sub_refresh", channel=STAFF, token="unused")
        assert refused["error"]["code"] == Refused(103, "").code
