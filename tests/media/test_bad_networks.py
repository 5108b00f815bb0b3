"""Listed packets are lost, doubled, late and out of order: everything arrives, once, in the end."""

import asyncio
from collections import Counter

import pytest

from livehall.media.client.offer import OPUS
from livehall.media.client.publisher import LightPublisher, SentStream, vp8_payload
from livehall.media.client.receiver import LightClient
from livehall.media.rtp import vp8
from livehall.media.rtp.packet import Header
from tests.media.conftest import DEADLINE_S, Stage, both_ways, eventually
from tests.media.scripted import Script, scripted_way

pytestmark = [pytest.mark.media, both_ways]

COUNT = 200
BAD = Script(
    lost={7, 30, 31, 32, 90, 150, 151},
    doubled={12, 60, 61, 120},
    late={20: 1, 45: 3, 70: 12, 71: 2, 100: 25, 130: 1, 131: 1},
)


class Received:
    """Pictures by their ids, and how often each came; repairs are counted under `repaired`."""

    def __init__(self, client: LightClient) -> None:
        self.pictures: Counter[int] = Counter()
        self.repaired: Counter[int] = Counter()
        self.sequences: list[int] = []
        self.sounds: Counter[bytes] = Counter()
        self._client = client
        client.on_rtp = self._take

    def _take(self, packet: bytes, header: Header) -> None:
        payload = packet[header.payload_start : header.payload_end]
        kind = self._client.streams[header.ssrc].kind
        if kind == "audio" or header.payload_type == OPUS:
            self.sounds[payload] += 1
        elif kind == "repair":
            self.repaired[vp8.parse(payload[2:]).picture] += 1
        else:
            self.pictures[vp8.parse(payload).picture] += 1
            self.sequences.append(header.sequence)

    def everything(self) -> set[int]:
        return set(self.pictures) | set(self.repaired)


async def send(video: SentStream, *, answers: bool = False) -> dict[int, int]:
    """`COUNT` pictures of one packet, 5 ms apart: {sequence: picture}. With `answers` it repairs."""
    sent: dict[int, int] = {}
    for number in range(COUNT):
        video.send(vp8_payload(key=number == 0, picture=number, layer_index=number), number * 3000)
        sent[video.sequence] = number
        if answers:
            repair(video, sent)
        await asyncio.sleep(0.005)
    return sent


def repair(video: SentStream, sent: dict[int, int]) -> None:
    asked, video.asked_again = video.asked_again, []
    for sequence in asked:
        number = sent[sequence]
        video.repair(
            sequence, vp8_payload(key=number == 0, picture=number, layer_index=number), number * 3000
        )


async def test_on_the_way_down_every_loss_is_repaired_from_the_cache_and_nothing_else(stage: Stage):
    alice = await stage.publisher()
    async with scripted_way(stage.url, down=BAD) as (way, url):
        bob = LightClient(url, stage.token("bob"), sample_every=1)
        try:
            await bob.connect(DEADLINE_S)
            received = Received(bob)
            (video,) = await alice.publish_video()
            await bob.until(lambda: bool(bob.tracks_by_mid))
            video.sequence = 65400  # the numbers wrap around on the way
            sent = await send(video)
            last = max(set(range(COUNT)) - BAD.lost)
            await bob.until(lambda: received.pictures[last] > 0)
            missing = [sequence for sequence, picture in sent.items() if not received.pictures[picture]]
            bob.nack(bob.stream("video").ssrc, missing)
            await bob.until(lambda: received.everything() == set(range(COUNT)))
        finally:
            await bob.vanish()
    assert way.down.lost == len(BAD.lost)
    assert set(received.repaired) == BAD.lost
    # The second of two alike is refused below (RFC 3711 §3.3.2): it is never seen.
    assert set(received.pictures.values()) == {1}


async def test_on_the_way_up_what_is_missing_is_asked_for_and_passed_on_once(stage: Stage):
    bob = await stage.viewer()
    received = Received(bob)
    async with scripted_way(stage.url, up=BAD) as (way, url):
        alice = LightPublisher(url, stage.token("alice"))
        try:
            await alice.connect(DEADLINE_S)
            (video,) = await alice.publish_video()
            await bob.until(lambda: bool(bob.tracks_by_mid))
            video.sequence = 65400
            sent = await send(video, answers=True)

            def is_whole() -> bool:
                repair(video, sent)
                return len(received.pictures) == COUNT

            await eventually(is_whole)
        finally:
            await alice.vanish()
    assert way.up.lost >= len(BAD.lost)  # repairs are media, too, and may be on the list
    assert set(received.pictures.values()) == {1}
    assert sorted((sequence - 65400) & 0xFFFF for sequence in received.sequences) == list(range(1, COUNT + 1))
    assert bob.totals().lost == 0


async def test_sound_is_passed_on_as_it_comes_without_repairs(stage: Stage):
    bob = await stage.viewer()
    received = Received(bob)
    async with scripted_way(stage.url, up=BAD) as (_, url):
        alice = LightPublisher(url, stage.token("alice"))
        try:
            await alice.connect(DEADLINE_S)
            audio = await alice.publish_audio()
            await bob.until(lambda: bool(bob.tracks_by_mid))
            for number in range(COUNT):
                audio.send(b"opus" + bytes((number,)), number * 960, level=10)
                await asyncio.sleep(0.002)
            await bob.until(lambda: received.sounds[b"opus" + bytes((COUNT - 1,))] == 1)
        finally:
            await alice.vanish()
    arrived = {number for number in range(COUNT) if number not in BAD.lost}
    assert received.sounds == Counter({b"opus" + bytes((number,)): 1 for number in arrived})
    assert not audio.asked_again
