"""Where media comes in: several addresses, both versions of IP, and TCP where UDP is closed."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from livehall.media.client.publisher import LightPublisher, play
from livehall.media.client.receiver import LightClient
from livehall.media.net import streams
from livehall.media.net.addresses import candidate_addresses, open_doors
from livehall.media.net.ice import binding_request
from livehall.media.net.native import Datagrams
from livehall.media.net.port import UdpPort
from livehall.media.net.registry import Registry
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from tests.media.conftest import DEADLINE_S, Hooks, Stage, eventually, settings

pytestmark = pytest.mark.media


@pytest.fixture
async def stage(hooks: Hooks, tmp_path: Path) -> AsyncIterator[Stage]:
    """A server on three addresses, by UDP and TCP."""
    changes = {"listen": ("127.0.0.1", "127.0.0.2", "::1")}
    async with MediaServer(settings(hooks, tmp_path, **changes)) as server, AsyncExitStack() as stack:
        yield Stage(server, stack, hooks)


def framed(datagram: bytes) -> bytes:
    return len(datagram).to_bytes(2) + datagram


async def watch(stage: Stage, bob: LightClient, **options: object) -> None:
    """Until `bob` has got pictures that somebody sends in the same way."""
    alice = LightPublisher(stage.url, stage.token("alice"), **options)
    try:
        await bob.connect(DEADLINE_S)
        await alice.connect(DEADLINE_S)
        (video,) = await alice.publish_video()
        playing = asyncio.create_task(play(video, seconds=DEADLINE_S))
        await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 20)
        playing.cancel()
    finally:
        await alice.vanish()
        await bob.vanish()


async def test_every_address_has_candidates_of_udp_and_tcp_on_one_port_each(stage: Stage):
    bob = await stage.viewer()
    lines = {line for line in bob._answer.splitlines() if line.startswith("a=candidate:")}
    found = {tuple(line.split()[i] for i in (2, 4, 5)) for line in lines}
    udp, tcp = str(stage.server.udp_port), str(stage.server.tcp_port)

    addresses = ("127.0.0.1", "127.0.0.2", "::1")
    assert found == {("udp", at, udp) for at in addresses} | {("tcp", at, tcp) for at in addresses}


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
async def test_media_flows_by_ipv6(stage: Stage, protocol: str):
    bob = LightClient(stage.url, stage.token("bob"), sample_every=1, protocol=protocol, family=6)
    await watch(stage, bob)
    assert bob.path._wire is not None
    assert bob._address[0] == "::1"
    assert bob.bad_samples == 0


async def test_an_answer_comes_from_the_address_that_was_asked(stage: Stage):
    """The socket is connected: what came from another address of the machine would not reach it."""
    bob = LightClient(stage.url, stage.token("bob"), sample_every=1)
    bob._is_wanted = "127.0.0.2".__eq__
    await watch(stage, bob)
    assert bob._address[0] == "127.0.0.2"


async def test_media_moves_to_the_way_that_is_nominated(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    bob.path._checks.cancel()  # they would nominate UDP again
    (video,) = await alice.publish_video()
    playing = asyncio.create_task(play(video, seconds=DEADLINE_S))
    await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 5)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.tcp_port)
    writer.write(framed(binding_request(bob.path._remote, bob.path.party.ufrag)))

    kinds = []
    async with asyncio.timeout(DEADLINE_S):
        while kinds.count("rtp") < 20:
            size = int.from_bytes(await reader.readexactly(2))
            packet = await reader.readexactly(size)
            kinds.append("stun" if packet[0] < 4 else "rtp" if 127 < packet[0] < 192 else "dtls")
    assert kinds[0] == "stun"

    writer.close()  # the next check, by UDP, brings it back
    bob.path.send(binding_request(bob.path._remote, bob.path.party.ufrag))
    packets = bob.stream("video").packets
    await bob.until(lambda: bob.stream("video").packets > packets + 20)
    playing.cancel()


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        framed(binding_request(("nobody", "password"), "me")),
        framed(b"\x80" + b"x" * 100),
        framed(b"\x16" + b"x" * 100),
        b"\xff\xff",
    ],
    ids=["http", "unknown fragment", "rtp", "dtls", "longest frame"],
)
async def test_a_stranger_on_tcp_is_cut_off_without_a_word(stage: Stage, said: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.tcp_port)
    writer.write(said)
    with pytest.raises(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
        raise ConnectionResetError  # closed without a word, whichever way
    writer.close()


async def test_only_so_many_strangers_wait_on_tcp_and_others_still_come_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streams, "PATIENCE_S", 0.3)
    number = streams.MOST_OF_ONE_ADDRESS + 10
    opened = [await asyncio.open_connection("127.0.0.1", stage.server.tcp_port) for _ in range(number)]
    refused = 0
    for reader, _ in opened[streams.MOST_OF_ONE_ADDRESS :]:
        try:
            refused += await asyncio.wait_for(reader.read(), 5) == b""
        except ConnectionError:
            refused += 1
    assert refused == 10

    (port,) = [door for door in stage.server._doors.registry.doors if isinstance(door, streams.StreamPort)]
    await eventually(lambda: not port._strangers)  # patience is over
    await watch(stage, LightClient(stage.url, stage.token("bob"), protocol="tcp"), protocol="tcp")
    for _, writer in opened:
        writer.close()


async def test_who_reads_nothing_on_tcp_costs_bounded_memory_and_nobody_else(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    lazy = await stage.viewer("lazy")
    lazy.path._checks.cancel()  # they would nominate UDP again
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        tcp.connect(("127.0.0.1", stage.server.tcp_port))
        tcp.send(framed(binding_request(lazy.path._remote, lazy.path.party.ufrag)))
        transport = stage.server.rooms.find("hall").participants["lazy"].publisher.transport
        await eventually(lambda: isinstance(transport.destination, streams.StreamLink))
        link = transport.destination
        for number in range(3000):
            video.send(b"\x90\x80\x00\x10" + b"x" * 1100, number * 3000)
            if number % 20 == 0:
                await asyncio.sleep(0.002)
        await bob.until(lambda: bob.stream("video") is not None and bob.stream("video").packets > 2500)

        waiting = link._transport.get_write_buffer_size() + link._waiting
        assert waiting <= streams.MOST_BUFFERED + streams.LARGEST_FRAME
        assert link._port.dropped > 1000


async def test_a_machine_without_ipv6_is_served_by_ipv4(monkeypatch: pytest.MonkeyPatch):
    bound = UdpPort.bind

    def without_ipv6(host: str, port: int, registry: Registry, datagrams: Datagrams) -> UdpPort:
        if ":" in host:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return bound(host, port, registry, datagrams)

    monkeypatch.setattr(UdpPort, "bind", without_ipv6)
    key = {"key": "s" * 32}
    doors = await open_doors(MediaSettings(keys=key, listen=("127.0.0.1", "::"), udp_port=0), Registry())
    assert len(doors.registry.doors) == 1
    doors.registry.close()
    with pytest.raises(OSError, match="family"):  # an address that was asked for by name has to be there
        await open_doors(MediaSettings(keys=key, listen=("127.0.0.1", "::1"), udp_port=0), Registry())


def test_the_addresses_that_are_told():
    def told(**changes: object) -> tuple[str, ...]:
        return candidate_addresses(MediaSettings(keys={"key": "s" * 32}, **changes))

    assert told(advertise=("203.0.113.7", "2001:db8::7")) == ("203.0.113.7", "2001:db8::7")
    assert told(udp_host="192.0.2.9") == ("192.0.2.9",)
    assert told(listen=("192.0.2.9", "2001:db8::9")) == ("192.0.2.9", "2001:db8::9")
    assert all("." in address for address in told(udp_host="0.0.0.0"))
