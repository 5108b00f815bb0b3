"""What one client may do to the others: nothing. Slow, silent, greedy, and speaking in tongues."""

import asyncio
import itertools
import random
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from livehall.core.ports.realtime import Publication
from livehall.gateway.centrifugo import ConnectionLimits, Rhythm
from tests.support.certificate import make_certificate
from tests.support.realtime import Hall, Wire, a_hall, until

CHAT = "chat:1"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with a_hall(
        connection_limits=ConnectionLimits(backlog_bytes=256 * 1024, close_timeout=0.5)
    ) as hall:
        hall.gate.channel(CHAT)
        yield hall


def one_who_does_not_read(hall: Hall) -> socket.socket:
    """A connected socket with the smallest receive buffer."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.setblocking(False)
    return made


async def test_a_slow_client_is_sent_away_and_the_others_miss_nothing(hall: Hall) -> None:
    sock = one_who_does_not_read(hall)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", hall.port))
    async with hall.wire("") as quick, hall.wire("", sock=sock, max_queue=1) as slow:
        for wire in (quick, slow):
            await wire.ask("subscribe", channel=CHAT)
        slow.socket.transport.pause_reading()
        data = b'"%b"' % (b"x" * 8000)
        position = 0
        slowest = 0.0
        while hall.hub.connections == 2:
            began = time.monotonic()
            batch = range(position + 1, position + 21)
            for position in batch:
                hall.hub.publish(CHAT, Publication(data=data, position=position))
            assert await quick.offsets(20) == list(batch)
            slowest = max(slowest, time.monotonic() - began)
            assert position < 2000, "the slow client was never sent away"
        assert slowest < 1.0
        hall.hub.publish(CHAT, Publication(data=b"1", position=position + 1))
        assert await quick.offsets(1) == [position + 1]
        slow.socket.transport.abort()


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_slow_client_that_wakes_up_reads_why_it_was_sent_away(
    encrypted: bool, tmp_path: Path
) -> None:
    limits = ConnectionLimits(backlog_bytes=64 * 1024, close_timeout=10.0)
    certificate = make_certificate(tmp_path) if encrypted else None
    async with a_hall(connection_limits=limits, certificate=certificate) as hall:
        hall.gate.channel(CHAT)
        async with hall.wire("") as slow:
            await slow.ask("subscribe", channel=CHAT)
            slow.socket.transport.pause_reading()
            positions = itertools.count(1)

            def is_away_after_some_more() -> bool:
                for position in itertools.islice(positions, 20):
                    hall.hub.publish(CHAT, Publication(data=b'"%b"' % (b"x" * 8000), position=position))
                return hall.hub.connections == 0

            await until(is_away_after_some_more)
            slow.socket.transport.resume_reading()
            assert await slow.end() == (3008, "slow")


async def test_a_flood_of_commands_ends_the_connection(hall: Hall) -> None:
    async with hall.wire("") as flood, hall.wire("") as other:
        for number in range(100, 400):
            await flood.say(f'{{"id":{number},"ping":{{}}}}')
        assert await flood.end() == (3013, "too many requests")
        assert await other.ask("ping") == {}


async def test_a_flood_of_subscribes_is_bounded_and_leaves_nothing(hall: Hall) -> None:
    async with hall.wire("") as flood:
        commands = (
            f'{{"id":{number},"subscribe":{{"channel":"chat:1"}}}}\n'
            f'{{"id":{number},"unsubscribe":{{"channel":"chat:1"}}}}'
            for number in range(100, 10_100)
        )
        await flood.say("\n".join(list(commands)[:400]))
        assert await flood.end() == (3013, "too many requests")
    await until(lambda: hall.hub.channels == 0)


async def test_a_flood_in_one_frame_or_of_pings_is_a_flood_too(hall: Hall) -> None:
    async with hall.wire("") as lines:
        await lines.say("\n" * 1000)
        assert await lines.end() == (3013, "too many requests")
    async with hall.wire("") as pings:
        for _ in range(300):
            await pings.socket.ping()
        assert await pings.end() == (3013, "too many requests")


async def test_a_usual_start_is_no_flood(hall: Hall) -> None:
    async with hall.wire("") as wire:
        for number in range(30):
            await wire.ask("subscribe", channel=hall.gate.channel(f"session:{number}"))
        assert await wire.ask("ping") == {}


async def test_a_message_over_the_limit_ends_the_connection(hall: Hall) -> None:
    async with hall.wire("") as wire:
        await wire.say('{"id":9,"ping":{"x":"%s"}}' % ("x" * 70_000))
        assert (await wire.end())[0] == 1009


async def test_one_who_never_connects_is_sent_away() -> None:
    async with a_hall(rhythm=Rhythm(ping=1.0, pong=0.4, stale=0.2)) as hall, hall.wire() as wire:
        assert await wire.end() == (3502, "stale")


async def test_one_who_answers_no_ping_is_sent_away() -> None:
    async with a_hall(rhythm=Rhythm(ping=0.5, pong=0.2, stale=5)) as hall, hall.wire("") as wire:
        assert await wire.line() == {}
        assert await wire.end() == (3012, "no pong")


async def test_a_pong_may_take_longer_than_the_next_ping() -> None:
    async with a_hall(rhythm=Rhythm(ping=0.2, pong=1.0, stale=5)) as hall, hall.wire("") as wire:
        assert [await wire.line() for _ in range(4)] == [{}] * 4
        assert await wire.end() == (3012, "no pong")


async def test_pongs_that_were_held_up_count_for_one_ping_each() -> None:
    async with a_hall(rhythm=Rhythm(ping=0.2, pong=5.0, stale=5)) as hall, hall.wire("") as wire:
        assert [await wire.line() for _ in range(3)] == [{}] * 3
        for _ in range(3):
            await wire.say("{}")
        assert await wire.ask("ping") == {}


async def test_one_who_answers_its_pings_stays() -> None:
    async with a_hall(rhythm=Rhythm(ping=1.0, pong=0.9, stale=5)) as hall, hall.wire("") as wire:
        for _ in range(3):
            assert await wire.line() == {}
            await wire.say("{}")
        assert await wire.ask("ping") == {}


async def test_a_pong_without_a_ping_is_a_bad_request(hall: Hall) -> None:
    async with hall.wire("") as wire:
        await wire.say("{}")
        assert await wire.end() == (3501, "bad request")


async def test_garbage_ends_its_own_connection_only(hall: Hall) -> None:
    chance = random.Random(11)
    async with hall.wire("") as other:
        for _ in range(100):
            reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
            await _upgrade(hall, reader, writer)
            writer.write(chance.randbytes(chance.randint(14, 300)) + b"\x81\x01x" * 20)
            async with asyncio.timeout(10):
                assert (await reader.readexactly(2))[0] & 0x0F in (8, 10)  # a close, perhaps a pong first
            writer.close()
            await writer.wait_closed()
        assert await other.ask("ping") == {}
    await until(lambda: hall.hub.connections == 0)


async def _upgrade(hall: Hall, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"GET /connection/websocket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")


async def test_commands_are_garbled_without_harm(hall: Hall) -> None:
    chance = random.Random(13)
    commands = [
        b'{"id":1,"connect":{"data":{"token":""},"subs":{"user:1":{"recover":true}}}}',
        b'{"id":2,"subscribe":{"channel":"chat:1","recover":true,"epoch":"e","offset":7,"flag":2}}',
        b'{"id":3,"history":{"channel":"chat:1","limit":9,"since":{"offset":1,"epoch":"x"}}}',
    ]
    for _ in range(100):
        garbled = bytearray(chance.choice(commands))
        for _ in range(chance.randint(1, 3)):
            garbled[chance.randrange(len(garbled))] = chance.randrange(32, 127)
        async with hall.wire("") as wire:
            await wire.say(bytes(garbled).decode())
            await wire.say('{"id":9,"send":{}}')
            assert (await wire.end())[0] in (3501, 3508)
    await until(lambda: hall.hub.connections == 0)


async def test_a_client_that_does_not_answer_the_close_is_cut_off(hall: Hall) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    await _upgrade(hall, reader, writer)
    writer.write(b"\x81\x82\x00\x00\x00\x00{}")  # a command before the connect
    async with asyncio.timeout(10):
        assert (await reader.read())[2:4] == (3501).to_bytes(2)
    writer.close()
    await writer.wait_closed()


async def test_a_hanging_gate_holds_up_nobody_else() -> None:
    async with a_hall(connection_limits=ConnectionLimits(gate_timeout=0.3)) as hall:
        hall.gate.channel(CHAT)
        hall.gate.open.clear()

        async def subscribe(wire: Wire) -> object:
            return (await wire.ask("subscribe", channel=CHAT))["error"]

        async with hall.wire("") as waiting, hall.wire("") as other:
            asking = asyncio.create_task(subscribe(waiting))
            await until(lambda: f"subscribe {CHAT}" in hall.gate.asked)
            assert await other.ask("ping") == {}
            assert await asking == {"code": 100, "message": "internal server error", "temporary": True}
