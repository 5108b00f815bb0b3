"""Attacks on a server in a process of its own while somebody watches: the picture goes on, memory stays
bounded, the server lives (threats 31 and 34; what a single bad packet does is in `test_hostile`)."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from livekit import api
from livekit.protocol import models, rtc
from websockets.exceptions import ConnectionClosed

from livehall.media.client.publisher import LightPublisher, play
from livehall.media.client.receiver import LightClient
from livehall.media.net.ice import binding_request
from livehall.media.rtp import rtcp
from livehall.media.rtp.packet import build
from livehall.media.sdp.parse import MOST_SECTIONS
from tests.media.conformance import servers
from tests.media.conftest import eventually
from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.processes import Program

pytestmark = pytest.mark.media

DEADLINE_S = 30.0
GROWTH = 48 << 20  # bytes that the server may take more during an attack, freed later or not
SHARE = 0.9  # of the packets of an attack's time that a viewer must have got at its end
ROUND = 200  # datagrams, then others have their turn in this process


class Scene:
    """A publisher, a viewer of it, and whoever attacks."""

    def __init__(self, url: str, room: str) -> None:
        self.url = url
        self.room = room
        self.alice = LightPublisher(url, self.token("alice"))
        self.bob = LightClient(url, self.token("bob"))
        self.eve = LightPublisher(url, self.token("eve"))

    def token(self, identity: str) -> str:
        grant = api.VideoGrants(room_join=True, room=self.room, can_update_own_metadata=True)
        return api.AccessToken(API_KEY, API_SECRET).with_identity(identity).with_grants(grant).to_jwt()

    @property
    def udp(self) -> tuple[str, int]:
        return self.bob._address

    def packets(self) -> int:
        stream = self.bob.stream("video")
        return stream.packets if stream is not None else 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[servers.Server, int]]:
    started: list[int] = []

    class Noted(Program):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)
            started.append(self.pid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers, "Program", Noted)
        with servers.ours(Path(tmp_path_factory.mktemp("media"))) as running:
            yield running, started[0]


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def watched(server: tuple[servers.Server, int]) -> AsyncIterator[Scene]:
    """What happens in the block must cost the viewer next to nothing, and the server little memory."""
    running, pid = server
    scene = Scene(running.signal_url, f"room-{random.randrange(1 << 40)}")
    people = (scene.alice, scene.bob, scene.eve)
    try:
        for person in people:
            await person.connect(DEADLINE_S)
        (video,) = await scene.alice.publish_video()
        playing = asyncio.create_task(play(video, seconds=120, frames_per_s=60))
        await scene.bob.until(lambda: scene.packets() > 60, DEADLINE_S)
        memory, sent, got = resident(pid), video.packets, scene.packets()
        yield scene
        expected = (video.packets - sent) * SHARE
        await scene.bob.until(lambda: scene.packets() - got >= expected, DEADLINE_S)
        after = scene.packets()
        await scene.bob.until(lambda: scene.packets() > after + 60, DEADLINE_S)  # and goes on
        playing.cancel()
        assert resident(pid) - memory < GROWTH
    finally:
        for person in people:
            await person.vanish()


async def flood(count: int, send: Callable[[int], None]) -> None:
    for number in range(count):
        send(number)
        if number % ROUND == ROUND - 1:
            await asyncio.sleep(0.01)


async def strange_checks(scene: Scene) -> None:
    chance = random.Random(1)
    ufrag = scene.bob.path._remote[0]
    signed_wrong = binding_request((ufrag, "0" * 32), "eve")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.connect(scene.udp)

        def send(number: int) -> None:
            with suppress(BlockingIOError):
                if number % 4 == 0:
                    udp.send(binding_request((chance.randbytes(6).hex(), "p" * 32), "eve"))
                else:
                    udp.send(signed_wrong if number % 4 == 1 else b"\0\1" + chance.randbytes(number % 1200))

        await flood(10_000, send)
        with pytest.raises(BlockingIOError):
            udp.recv(2048)  # nobody was answered


async def unknown_streams(scene: Scene) -> None:
    await flood(
        5000,
        lambda number: scene.eve.path.send_rtp(build(96, True, number & 0xFFFF, 1, number + 7, b"x" * 900)),
    )


async def oversized(scene: Scene) -> None:
    chance = random.Random(2)
    path = scene.eve.path

    def send(number: int) -> None:
        if number % 3 == 0:
            path.send(b"\x80\x60" + chance.randbytes(1400 + number % 600))
        elif number % 3 == 1:
            path.send_rtcp(b"\x9f\xc9\xff\xff" + chance.randbytes(1196))
        else:
            path.send_rtcp(rtcp.nack(1, 7, list(range(number, number + 250, 20))) * 20)

    await flood(4000, send)


async def requests(scene: Scene) -> None:
    """For key frames and for repairs, of streams that the attacker does receive."""
    await scene.eve.until(lambda: scene.eve.stream("video") is not None, DEADLINE_S)
    stream = scene.eve.stream("video")

    def send(number: int) -> None:
        if number % 2:
            scene.eve.request_key_frame(stream.ssrc)
        else:
            scene.eve.nack(stream.ssrc, [(stream.highest - back) & 0xFFFF for back in range(60)])

    await flood(6000, send)


async def dtls_garbage(scene: Scene) -> None:
    chance = random.Random(3)
    kinds = (20, 21, 22, 23, 25, 63)

    def send(number: int) -> None:
        head = bytes((kinds[number % 6],)) + b"\xfe\xfd" + chance.randbytes(8)
        body = chance.randbytes(number % 1300)
        scene.eve.path.send(head + len(body).to_bytes(2) + body)

    await flood(8000, send)


async def huge_descriptions(scene: Scene) -> None:
    for kind in ("sections", "bytes", "lines"):
        mallory = LightClient(scene.url, scene.token(f"mallory-{kind}"), receive=1)
        await mallory.connect(DEADLINE_S)
        if kind == "sections":
            offer = mallory._offers.write(mallory.sections)
            audio = offer.split("m=")[1]
            offer += "".join(f"m={audio}".replace("a=mid:0", f"a=mid:x{n}") for n in range(1000))
            assert offer.count("m=") > MOST_SECTIONS
        else:
            offer = "v=0\r\n" + ("a=x" * 400_000 if kind == "bytes" else "a=x\r\n" * 70_000)
        with suppress(ConnectionClosed):
            await mallory.signal(offer=rtc.SessionDescription(type="offer", sdp=offer))
        await mallory.until(lambda mallory=mallory: mallory.leave_reason is not None, DEADLINE_S)
        assert mallory.leave_reason == models.STATE_MISMATCH
        await mallory.vanish()


async def deaf_signalling(scene: Scene) -> None:
    """A client that reads nothing, in a room where much is told."""
    deaf = LightClient(scene.url, scene.token("deaf"))
    await deaf.connect(DEADLINE_S)
    deaf._socket.transport.pause_reading()
    for number in range(500):
        await scene.eve.signal(update_metadata=rtc.UpdateParticipantMetadata(metadata=f"{number} " * 5000))
        if number % 100 == 99:
            await asyncio.sleep(0.6)  # within the rate that everybody may ask at
    await deaf.vanish()


async def data_flood(scene: Scene) -> None:
    message = b"x" * 8000
    for number in range(1500):
        await eventually(lambda: scene.eve.send_data(message, label="_reliable"), DEADLINE_S)
        scene.eve.send_data(message[:1000], label="_lossy")
        if number % 20 == 19:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "attack",
    [
        strange_checks,
        unknown_streams,
        oversized,
        requests,
        dtls_garbage,
        huge_descriptions,
        deaf_signalling,
        data_flood,
    ],
    ids=lambda attack: attack.__name__.replace("_", " "),
)
async def test_the_picture_goes_on_and_memory_stays_bounded(
    server: tuple[servers.Server, int], attack: Callable[[Scene], Awaitable[None]]
):
    async with watched(server) as scene:
        await attack(scene)
    os.kill(server[1], 0)  # lives
