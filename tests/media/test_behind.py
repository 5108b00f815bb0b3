"""More comes in than can be forwarded: pictures are left out; sound, checks and handshakes are not."""

import asyncio
import socket
import time

import pytest

from livehall.media.client.publisher import play
from livehall.media.net import native, port
from livehall.media.net.ice import Check, Credentials, binding_request
from livehall.media.net.port import UdpPort
from livehall.media.net.registry import Registry, Way
from tests.media.conftest import DEADLINE_S, Stage, eventually
from tests.support.needs import need

pytestmark = pytest.mark.media
WORK_S = 0.03  # for each datagram: longer than a door reads at once


class Slow:
    """A peer whose datagrams are much work; notes when each came, and whether that was said to be late."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.credentials = Credentials()
        self.seen: list[tuple[float, bool]] = []

    def checked(self, check: Check, way: Way) -> bytes | None:
        return check.answer(way.address, self.credentials.password)

    def stream(self, ssrc: int) -> None:
        """Nobody else can open what it is sent."""

    def receive(self, datagram: bytes) -> None:
        self.seen.append((time.monotonic(), self._registry.is_behind))
        time.sleep(WORK_S)  # stands for forwarding that keeps the loop busy


@pytest.mark.parametrize("choice", ["off", "on"], ids=["interpreter", "native"])
@pytest.mark.parametrize("kind", [b"\x80", b"\x17"], ids=["rtp", "data"])
async def test_a_door_knows_when_forwarding_is_behind_and_leaves_the_loop_its_turns(
    kind: bytes, choice: native.Choice
):
    if choice == "on":
        need("native")
    registry = Registry()
    peer = Slow(registry)
    registry.register(peer.credentials.ufrag, peer)
    door = UdpPort.bind("127.0.0.1", 0, registry, native.datagrams(choice))
    flood = round(port.BEHIND_S / WORK_S * 2)
    turns = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.connect(("127.0.0.1", door.number))
            udp.send(binding_request((peer.credentials.ufrag, peer.credentials.password), "me"))
            await eventually(lambda: bool(door._by_address))
            for _ in range(flood):
                udp.send(kind + b"x" * 20)
            async with asyncio.timeout(DEADLINE_S):
                while len(peer.seen) < flood:
                    turns += 1
                    await asyncio.sleep(0)
            udp.send(b"\xff")
            await eventually(lambda: len(peer.seen) > flood)
        finally:
            registry.close()
    assert turns >= flood - 1  # the loop's other work was never more than one datagram away
    late = [is_late for _, is_late in peer.seen]
    if kind == b"\x17":
        assert not any(late)  # to leave pictures out would not help
        return
    in_time = late.index(True)
    assert late == [False] * in_time + [True] * (flood - in_time) + [False]
    assert peer.seen[in_time][0] - peer.seen[0][0] > port.BEHIND_S


async def test_pictures_give_way_to_sound_and_to_those_who_come(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,), sound = await alice.publish_video(), await alice.publish_audio()
    playing = asyncio.create_task(play(video, seconds=3 * DEADLINE_S))

    async def speak() -> None:
        for number in range(10_000):
            sound.send(b"\x78" + b"x" * 60, number * 960)
            await asyncio.sleep(0.02)

    speaking = asyncio.create_task(speak())

    def packets(kind: str) -> int:
        stream = bob.stream(kind)
        return stream.packets if stream is not None else 0

    try:
        await bob.until(lambda: packets("video") > 20 and packets("audio") > 20)
        # As on a machine that is always behind: the socket is never found empty, everything is late.
        monkeypatch.setattr(port, "_READ_AT_ONCE", 1)
        monkeypatch.setattr(port, "BEHIND_S", 0.0)
        monkeypatch.setattr(port, "CAUGHT_UP_S", 0.0)
        monkeypatch.setattr(port, "_MOSTLY", -1.0)
        dropped = stage.server._doors.registry.dropped
        await eventually(lambda: stage.server._doors.registry.dropped > dropped)
        seen, heard = packets("video"), packets("audio")
        carol = await stage.viewer("carol")  # her checks and her handshake are answered
        await carol.until(lambda: (at := carol.stream("audio")) is not None and at.packets > 20)
        assert packets("audio") > heard + 20
        assert packets("video") <= seen + 1  # one may have been on its way
        assert carol.stream("video") is None

        monkeypatch.undo()
        await carol.until(lambda: (at := carol.stream("video")) is not None and at.packets > 20)
        await bob.until(lambda: packets("video") > seen + 20)
    finally:
        playing.cancel()
        speaking.cancel()
