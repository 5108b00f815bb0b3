"""Getting in: the handshake, origins, TLS, and every path that is not the hub's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from livehall.gateway.centrifugo import ConnectionLimits
from tests.support.certificate import make_certificate
from tests.support.realtime import Hall, a_hall, until

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 §1.3


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with a_hall() as hall:
        yield hall


async def status_of(hall: Hall, head: str) -> int:
    """The status with which a request head is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    writer.write(head.replace("\n", "\r\n").encode())
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])


def upgrade(path: str = "/connection/websocket", key: str = KEY, version: int = 13) -> str:
    return (
        f"GET {path} HTTP/1.1\nHost: hall.test\nConnection: Upgrade\nUpgrade: websocket\n"
        f"Sec-WebSocket-Key: {key}\nSec-WebSocket-Version: {version}\n\n"
    )


async def test_the_accept_header_is_that_of_the_rfc(hall: Hall) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    writer.write(upgrade().replace("\n", "\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head


async def test_the_query_is_no_part_of_the_path(hall: Hall) -> None:
    assert await status_of(hall, upgrade("/connection/websocket?format=json")) == 101


async def test_a_poor_handshake_is_refused(hall: Hall) -> None:
    assert await status_of(hall, upgrade(key="short")) == 400
    assert await status_of(hall, upgrade(version=8)) == 426
    assert await status_of(hall, upgrade().replace("GET", "POST")) == 400


async def test_a_page_of_another_origin_is_refused(hall: Hall) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(hall.url, origin="https://elsewhere.test", proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


async def test_a_page_of_our_own_is_let_in(hall: Hall) -> None:
    async with hall.wire("", origin=f"http://127.0.0.1:{hall.port}"):
        assert hall.hub.connections == 1


async def test_compression_is_not_negotiated(hall: Hall) -> None:
    async with hall.wire("") as wire:
        assert wire.socket.protocol.extensions == []


async def test_the_subprotocol_of_the_clients_is_taken(hall: Hall) -> None:
    async with hall.wire("", subprotocols=["centrifuge-protobuf", "centrifuge-json"]) as wire:
        assert wire.socket.subprotocol == "centrifuge-json"


async def test_websockets_of_other_paths_reach_the_application(hall: Hall) -> None:
    async with connect(f"{hall.origin}/rtc/v1", proxy=None) as socket:
        assert await socket.recv() == "/rtc/v1"
        await socket.send("hello")
        assert await socket.recv() == "hello"
        assert hall.hub.connections == 0


async def test_connections_over_the_limit_are_refused() -> None:
    async with a_hall(connection_limits=ConnectionLimits(connections=1)) as hall:
        async with hall.wire(""):
            assert await status_of(hall, upgrade()) == 503
        await until(lambda: hall.hub.connections == 0)
        async with hall.wire(""):
            assert hall.hub.connections == 1


async def test_all_works_over_tls(tmp_path: Path) -> None:
    async with a_hall(certificate=make_certificate(tmp_path)) as hall:
        channel = hall.gate.channel("session:1", data=b'"' + b"x" * 60_000 + b'"')
        async with hall.wire("") as wire:
            assert len((await wire.ask("subscribe", channel=channel))["data"]) == 60_000
            hall.say(channel, *range(1, 200))
            assert await wire.offsets(199) == list(range(1, 200))
            hall.hub.shutdown()
            assert await wire.end() == (3001, "shutdown")
        async with connect(f"{hall.origin}/other", ssl=hall.tls, proxy=None) as socket:
            assert await socket.recv() == "/other"


async def test_a_client_that_leaves_is_forgotten(hall: Hall) -> None:
    async with hall.wire(""):
        assert hall.hub.connections == 1
    await until(lambda: hall.hub.connections == 0)


async def test_a_client_that_vanishes_is_forgotten(hall: Hall) -> None:
    async with hall.wire("") as wire:
        wire.socket.transport.abort()
        await until(lambda: hall.hub.connections == 0)


async def test_a_ping_frame_is_answered(hall: Hall) -> None:
    async with hall.wire("") as wire:
        async with asyncio.timeout(10):
            await (await wire.socket.ping(b"there?"))


async def test_a_fragmented_command_is_understood(hall: Hall) -> None:
    async with hall.wire("") as wire:
        await wire.socket.send(['{"id":9,', '"ping"', ":{}}"])
        assert await wire.line() == {"id": 9, "ping": {}}


async def test_a_binary_message_ends_the_connection(hall: Hall) -> None:
    async with hall.wire("") as wire:
        await wire.socket.send(b"\x00\x01")
        assert (await wire.end())[0] == 1003
