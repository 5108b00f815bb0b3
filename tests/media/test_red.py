"""Sound with redundancy (RFC 2198): forwarded to those who take it, opened for those who do not."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livehall.media.client.offer import OPUS, RED
from livehall.media.client.publisher import LightPublisher, SentStream
from livehall.media.client.receiver import LightClient
from livehall.media.rtp import red
from livehall.media.tracks.programme import Packet
from tests.media.conftest import DEADLINE_S, Stage, both_ways, eventually

FRAME = 960  # ticks


def sound(number: int) -> bytes:
    return b"\xf8" + bytes((number,)) * 20


def redundant(number: int, distance: int = 2) -> bytes:
    """Sound with the `distance` packets before it."""
    earlier = [(back * FRAME, sound(number - back)) for back in range(distance, 0, -1)]
    return red.build(earlier, sound(number), OPUS)


def test_a_packet_and_those_before_it_are_found():
    payload = redundant(7)
    found = red.parse(payload, OPUS)
    assert payload[found.primary_at :] == sound(7)
    blocks = [(block.offset, payload[block.start : block.end]) for block in found.earlier]
    assert blocks == [(2 * FRAME, sound(5)), (FRAME, sound(6))]


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xef", b"\xef\x00\x00\x05", b"\xef\x00\x00\x05\x6f1234", b"\x00abc", b"\xe0\x00\x00\x01\x6f1"],
)
def test_what_is_no_redundancy_of_opus_is_refused(payload: bytes):
    assert red.parse(payload, OPUS) is None


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused_within_their_length(payload: bytes):
    found = red.parse(payload, 111)
    if found is not None:
        assert 0 < found.primary_at <= len(payload)
        assert all(0 < block.start <= block.end <= found.primary_at for block in found.earlier)


class Heard:
    """The sound that a client got: (payload type, sequence, payload)."""

    def __init__(self, client: LightClient) -> None:
        self.client = client
        self.packets: list[tuple[int, int, bytes]] = []
        client.on_rtp = self._take

    def _take(self, packet: bytes, header) -> None:
        payload = packet[header.payload_start : header.payload_end]
        self.packets.append((header.payload_type, header.sequence, payload))


async def send(audio: SentStream, numbers: range, *, lost: tuple[int, ...] = ()) -> None:
    for number in numbers:
        if number in lost:
            audio.skip()
        else:
            audio.send(redundant(number), number * FRAME, level=10, payload_type=RED, marker=False)
        await asyncio.sleep(0.002)


async def client(stage: Stage, identity: str, *, takes_red: bool) -> LightClient:
    made = LightClient(stage.url, stage.token(identity), sample_every=1, red=takes_red)
    stage._stack.push_async_callback(made.vanish)
    await made.connect(DEADLINE_S)
    return made


@pytest.mark.media
@both_ways
async def test_who_takes_redundancy_gets_it_and_who_does_not_gets_opus_without_the_losses(stage: Stage):
    alice = LightPublisher(stage.url, stage.token("alice"), red=True)
    stage._stack.push_async_callback(alice.vanish)
    await alice.connect(DEADLINE_S)
    mender, plain = (
        await client(stage, "mender", takes_red=True),
        await client(stage, "plain", takes_red=False),
    )
    by_mender, by_plain = Heard(mender), Heard(plain)
    audio = await alice.publish_audio()
    audio.sequence = 65525  # the numbers wrap around on the way
    await mender.until(lambda: bool(mender.tracks_by_mid))
    await plain.until(lambda: bool(plain.tracks_by_mid))
    (track,) = stage.server.rooms.find("hall").published()
    tapped: list[Packet] = []

    class Tap:
        packet = staticmethod(tapped.append)

        def sender_report(self, ntp: int, timestamp: int) -> None: ...

        def ended(self) -> None: ...

    track.tap(Tap())
    lost = (10, 20, 21, 30, 31, 32)
    await send(audio, range(2, 42), lost=lost)
    await eventually(lambda: len(by_plain.packets) == 39 and len(by_mender.packets) == 34)

    sent = [number for number in range(2, 42) if number not in lost]
    assert by_mender.packets == [(RED, (65524 + n) & 0xFFFF, redundant(n)) for n in sent]
    # Two packets back is as far as this redundancy reaches, so one of three in a row is lost.
    mended = [number for number in range(2, 42) if number != 30]
    assert by_plain.packets == [(OPUS, (65524 + n) & 0xFFFF, sound(n)) for n in mended]
    assert [packet.payload for packet in tapped] == [sound(n) for n in mended]
    assert [packet.timestamp for packet in tapped] == [n * FRAME for n in mended]


@pytest.mark.media
@both_ways
async def test_nonsense_under_the_type_of_redundancy_is_dropped(stage: Stage):
    alice = LightPublisher(stage.url, stage.token("alice"), red=True)
    stage._stack.push_async_callback(alice.vanish)
    await alice.connect(DEADLINE_S)
    plain = await client(stage, "plain", takes_red=False)
    heard = Heard(plain)
    audio = await alice.publish_audio()
    await plain.until(lambda: bool(plain.tracks_by_mid))
    await send(audio, range(2, 5))
    for payload in (b"\xef\xff\xff\xff", b"\x6e" + sound(1)):
        audio.send(payload, 5 * FRAME, payload_type=RED)
    audio.skip()
    await send(audio, range(9, 12))
    await eventually(lambda: heard.packets[-1:] != [] and heard.packets[-1][2] == sound(11))
    assert all(payload in {sound(n) for n in range(12)} for _, _, payload in heard.packets)


@pytest.mark.media
@both_ways
async def test_padding_keeps_its_number_so_that_nobody_takes_it_for_a_loss(stage: Stage):
    """Publishers measure their way with it as soon as they have sent one packet."""
    alice = LightPublisher(stage.url, stage.token("alice"), red=True)
    stage._stack.push_async_callback(alice.vanish)
    await alice.connect(DEADLINE_S)
    by = {takes: Heard(await client(stage, f"takes {takes}", takes_red=takes)) for takes in (True, False)}
    audio = await alice.publish_audio()
    await eventually(lambda: all(heard.client.tracks_by_mid for heard in by.values()))
    await send(audio, range(2, 4))
    for _ in range(3):
        audio.send(b"", 3 * FRAME, payload_type=RED, marker=False)
    await send(audio, range(4, 6))
    for heard in by.values():
        await eventually(lambda: len(heard.packets) == 7)  # noqa: B023 - awaited within the round
        numbers = [sequence for _, sequence, _ in heard.packets]
        assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(7)]
        assert [len(payload) == 0 for _, _, payload in heard.packets] == [False] * 2 + [True] * 3 + [
            False
        ] * 2
        assert heard.client.totals().lost == 0
