"""What a recorder is given: a real pipe, read from the other end."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from livehall.media.egress import wire
from livehall.media.egress.feed import Feed
from livehall.media.egress.plans import Plan
from livehall.media.tracks.programme import Codec, Packet
from tests.media.egress.stage import Room, camera, microphone


class Recorder:
    """The other end of a feed."""

    def __init__(self) -> None:
        self.messages: list[wire.Message] = []

    async def connect(self, feed: Feed) -> None:
        near, far = socket.socketpair()
        self._reader, self._unused = await asyncio.open_connection(sock=far)
        _, self._writer = await asyncio.open_connection(sock=near)
        feed.attach(self._writer)

    async def read(self, until: type) -> list[wire.Message]:
        cutter = wire.Reader()
        while not any(isinstance(message, until) for message in self.messages):
            data = await asyncio.wait_for(self._reader.read(1 << 16), 10)
            assert data, "the feed has ended"
            self.messages += [message for _, message in cutter.feed(data)]
        return self.messages

    async def close(self) -> None:
        for writer in (self._writer, self._unused):
            writer.close()
            await writer.wait_closed()

    def numbers(self) -> list[int]:
        return [message.packet.sequence for message in self.messages if isinstance(message, wire.Media)]


@pytest.fixture
async def feed() -> AsyncIterator[Feed]:
    feed = Feed(Room(camera(), microphone()), Plan(file="x.mp4"), on_closed=lambda: None, most_bytes=20_000)
    feed.open()
    yield feed
    feed.close()


def send(feed: Feed, *numbers: int) -> None:
    for number in numbers:
        feed.send_packet(1, Packet(number, 0, True, bytes(1000), 0.0))


async def test_a_recorder_gets_what_came_before_it_was_there(feed: Feed) -> None:
    send(feed, 1, 2, 3)
    recorder = Recorder()
    await recorder.connect(feed)
    send(feed, 4)
    feed.end()
    messages = await recorder.read(wire.End)
    await recorder.close()

    assert isinstance(messages[0], wire.Resume)
    assert [message.sid for message in messages if isinstance(message, wire.Track)] == ["TR_cam", "TR_mic"]
    assert recorder.numbers() == [1, 2, 3, 4]


async def test_a_successor_begins_at_the_last_safe_place(feed: Feed) -> None:
    send(feed, 1, 2, 3)
    first = feed.safe_number
    safe = wire.Resume(number=first + 3, epoch=5.0, picture=1)  # a tick, a picture, and packet 1
    feed.safe(safe)
    recorder = Recorder()
    await recorder.connect(feed)
    feed.end()
    messages = await recorder.read(wire.End)
    await recorder.close()

    assert messages[0] == safe
    assert recorder.numbers()[-1] == 3
    assert 1 not in recorder.numbers()


async def test_what_no_recorder_survives_is_left_out(feed: Feed) -> None:
    send(feed, 1, 2, 3)
    feed.skip()
    send(feed, 4)
    recorder = Recorder()
    await recorder.connect(feed)
    feed.end()
    messages = await recorder.read(wire.End)
    await recorder.close()

    assert recorder.numbers() == [4]
    assert isinstance(messages[0], wire.Resume)
    assert messages[0].picture == 1
    assert feed.dropped >= 3


async def test_a_full_journal_leaves_packets_out_and_counts_them(feed: Feed) -> None:
    send(feed, *range(100))
    assert 70 <= feed.dropped <= 85


async def test_only_the_picture_and_the_microphones_are_tapped() -> None:
    one, two, sound = camera(sid="TR_1"), camera(sid="TR_2"), microphone()
    screen = camera(sid="TR_3", source="SCREEN_SHARE")
    room = Room(one, two, sound)
    feed = Feed(room, Plan(file="x.mp4"), on_closed=lambda: None)
    feed.open()
    assert [len(line.taps) for line in (one, two, sound)] == [1, 0, 1]
    room.publish(screen)
    assert [len(line.taps) for line in (one, two, screen)] == [1, 0, 1]  # until the screen is shown
    feed.shown(3)
    assert [len(line.taps) for line in (one, two, screen)] == [0, 0, 1]
    room.mute(screen, True)
    assert [len(line.taps) for line in (one, two)] == [1, 0]
    feed.close()
    assert not any(line.taps for line in (one, two, screen, sound))
    assert not room.observers


@pytest.mark.parametrize("codec", ["vp8", "h264", "vp9", "av1"])
async def test_whatever_codec_is_published_is_tapped(codec: Codec) -> None:
    line = camera(codec)
    feed = Feed(Room(line), Plan(file="x.mp4"), on_closed=lambda: None)
    feed.open()
    assert len(line.taps) == 1
    feed.close()


def test_messages_survive_the_wire_in_any_pieces() -> None:
    messages: list[wire.Message] = [
        wire.Resume(number=7, epoch=1.5, picture=2, anchors={2: wire.Anchor(5, 6)}, frames_in=9),
        wire.Track(index=1, sid="TR", identity="ada", kind="video", codec="vp8", clock_rate=90_000),
        wire.Media(1, Packet(65_535, 2**32 - 1, True, b"payload", 12.25)),
        wire.SenderReport(1, 2**64 - 1, 2**32 - 1),
        wire.Picture(wire.NO_TRACK),
        wire.Ended(1),
        wire.Tick(),
        wire.End(),
    ]
    stream = b"".join(wire.encode(3.5, message) for message in messages)
    for size in (1, 7, 1000):
        reader = wire.Reader()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [item for piece in pieces for item in reader.feed(piece)] == [(3.5, m) for m in messages]
