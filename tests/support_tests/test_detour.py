"""The relay that loses everything on demand."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from tests.support.detour import Detour, detour
from tests.support.waiting import eventually


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override] # narrower
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


@pytest.fixture
async def relay() -> AsyncIterator[Detour]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                writer.write(data)
        except ConnectionResetError:
            pass
        writer.close()

    loop = asyncio.get_running_loop()
    tcp = await asyncio.start_server(echo, "127.0.0.1", 0)
    udp, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    ports = udp.get_extra_info("sockname")[1], tcp.sockets[0].getsockname()[1]
    async with detour(*ports) as relay:
        yield relay
    udp.close()
    tcp.close()


@pytest.fixture
async def phone(relay: Detour) -> AsyncIterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.connect(("127.0.0.1", relay.udp_port))
        yield phone


async def say(phone: socket.socket, words: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(phone, words)
    return await asyncio.wait_for(loop.sock_recv(phone, 2000), 10)


def rtp(timestamp: int, sequence: int = 1, ssrc: int = 7) -> bytes:
    return struct.pack("!BBHII", 0x80, 96, sequence, timestamp, ssrc) + b"payload"


async def test_datagrams_come_back_until_they_are_swallowed(relay: Detour, phone: socket.socket) -> None:
    assert await say(phone, b"\x00before") == b"\x00before"

    await relay.swallow()
    await asyncio.get_running_loop().sock_sendall(phone, b"\x00lost")
    await eventually(relay.counts, lambda counts: counts["swallowed_datagrams"], within=10, what="the loss")
    await relay.flow()

    assert await say(phone, b"\x00after") == b"\x00after"


async def test_a_connection_that_lost_bytes_is_reset_when_the_network_returns(relay: Detour) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", *relay.tcp.values())
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"

    await relay.swallow()
    writer.write(b"lost")
    await eventually(relay.counts, lambda counts: counts["swallowed_bytes"], within=10, what="the loss")
    assert not reader.at_eof()

    await relay.flow()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_a_connection_that_was_silent_meanwhile_goes_on(relay: Detour) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", *relay.tcp.values())
    writer.write(b"one")
    assert await reader.readexactly(3) == b"one"

    await relay.swallow()
    await relay.flow()

    writer.write(b"two")
    assert await reader.readexactly(3) == b"two"
    writer.close()


async def test_frames_towards_the_server_are_noted_once_each(relay: Detour, phone: socket.socket) -> None:
    for datagram in (rtp(100, 1), rtp(100, 2), rtp(6100, 3), b"\x80\xc8" + b"rtcp, no frame"):
        await say(phone, datagram)

    frames = await relay.frames()
    assert [(frame.ssrc, frame.payload_type, frame.timestamp) for frame in frames] == [
        (7, 96, 100),
        (7, 96, 6100),
    ]
    assert frames[0].at <= frames[1].at
