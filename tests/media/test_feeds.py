"""Layers, changes between them, numbering over wraps, and repairs from the cache: no sockets."""

from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from livehall.media.client.publisher import vp8_payload
from livehall.media.rtp import rtcp, vp8
from livehall.media.rtp.packet import Header
from livehall.media.tracks.programme import Packet
from livehall.media.tracks.track import Track


class Uplink:
    def __init__(self) -> None:
        self.sent: list[rtcp.Report] = []

    def send_rtcp(self, compound: bytes) -> None:
        self.sent.extend(rtcp.parse(compound))


class Reader:
    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.reports: list[tuple[int, int]] = []
        self.is_over = False

    def packet(self, packet: Packet) -> None:
        self.packets.append(packet)

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self.reports.append((ntp, timestamp))

    def ended(self) -> None:
        self.is_over = True


def make_track(uplink: Uplink, *, rids: tuple[str, ...] = (), kind: str = "video") -> Track:
    return Track(
        uplink,
        sid="TR_1",
        identity="alice",
        kind=kind,
        codec="vp8" if kind == "video" else "opus",
        source="CAMERA",
        clock_rate=90000 if kind == "video" else 48000,
        payload_type=96,
        rtx_payload_type=97,
        rids=rids,
    )


def put(layer, sequence: int, timestamp: int, payload: bytes, now: float) -> None:
    packet = b"\0" * 12 + payload
    header = Header(sequence & 0xFFFF, timestamp & 0xFFFFFFFF, layer.ssrc, 96, True, 12, len(packet))
    layer.receive(packet, header, {}, now)


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """The monotonic clock, moved by hand."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def test_a_video_reader_begins_at_a_key_frame(now):
    track, reader = make_track(Uplink()), Reader()
    layer = track.add_layer(7)
    track.tap(reader)
    put(layer, 10, 0, vp8_payload(key=False, picture=1), now[0])
    put(layer, 11, 3000, vp8_payload(key=True, picture=2), now[0])
    put(layer, 12, 6000, vp8_payload(key=False, picture=3), now[0])

    assert [packet.sequence for packet in reader.packets] == [11, 12]


def test_an_audio_reader_begins_at_once(now):
    track, reader = make_track(Uplink(), kind="audio"), Reader()
    layer = track.add_layer(7)
    track.tap(reader)
    put(layer, 10, 0, b"opus", now[0])

    assert [packet.payload for packet in reader.packets] == [b"opus"]


def test_tapping_asks_for_a_key_frame(now):
    uplink = Uplink()
    track = make_track(uplink)
    track.add_layer(7)
    track.tap(Reader())

    assert rtcp.KeyFrameRequest(7) in uplink.sent


def test_key_frame_requests_are_throttled_and_the_last_one_is_made_up_for(now):
    uplink = Uplink()
    layer = make_track(uplink).add_layer(7)
    for _ in range(100):
        layer.request_key_frame()
    assert len(uplink.sent) == 1

    now[0] += 0.5
    layer.tick(now[0])
    assert len(uplink.sent) == 2
    now[0] += 0.5
    layer.tick(now[0])
    assert len(uplink.sent) == 2


def test_a_plain_track_keeps_its_numbers_over_the_wrap(now):
    track, reader = make_track(Uplink()), Reader()
    layer = track.add_layer(7)
    track.tap(reader)
    for step in range(2000):
        now[0] += 0.01
        put(layer, 65000 + step, 0xFFFFFF00 + step * 900, vp8_payload(key=step == 0, picture=step), now[0])

    assert [packet.sequence for packet in reader.packets] == [(65000 + step) & 0xFFFF for step in range(2000)]
    assert reader.packets[-1].timestamp == (0xFFFFFF00 + 1999 * 900) & 0xFFFFFFFF


def test_each_packet_is_delivered_once(now):
    track, reader = make_track(Uplink()), Reader()
    layer = track.add_layer(7)
    track.tap(reader)
    for sequence in (65535, 0, 0, 65535, 1):
        put(layer, sequence, 0, vp8_payload(key=sequence == 65535, picture=1), now[0])

    assert [packet.sequence for packet in reader.packets] == [65535, 0, 1]


def counters(packets: list[Packet]) -> list[tuple[int, int, int]]:
    found = []
    for packet in packets:
        descriptor = vp8.parse(packet.payload)
        found.append((packet.sequence, descriptor.picture, descriptor.layer_index))
    return found


def test_a_change_of_layer_leaves_no_seam_even_at_the_wraps(now):
    track, reader = make_track(Uplink(), rids=("q", "f")), Reader()
    low, high = track.add_layer(7, "q"), track.add_layer(8, "f")
    # The lower layer flows alone, close to the end of every counter.
    low_sequence, low_picture, low_index = 65530, 0x7FFA, 250
    put(
        low,
        low_sequence,
        0xFFFFF000,
        vp8_payload(key=True, picture=low_picture, layer_index=low_index),
        now[0],
    )
    track.tick(now[0])
    track.tap(reader)
    for step in range(1, 6):
        now[0] += 1 / 30
        payload = vp8_payload(key=step == 1, picture=low_picture + step, layer_index=low_index + step)
        put(low, low_sequence + step, 0xFFFFF000 + 3000 * step, payload, now[0])
    # Then the better one comes, with numbers of its own, first without a key frame.
    for step in range(6):
        now[0] += 1 / 30
        put(high, 100 + step, 5000 + 3000 * step, vp8_payload(key=step == 2, picture=40 + step), now[0])
        track.tick(now[0])
        payload = vp8_payload(key=False, picture=low_picture + 6 + step, layer_index=low_index + 6 + step)
        put(low, low_sequence + 6 + step, 0xFFFFF000 + 3000 * (6 + step), payload, now[0])

    found = counters(reader.packets)
    sequences = [sequence for sequence, _, _ in found]
    pictures = [picture for _, picture, _ in found]
    assert all((later - earlier) & 0xFFFF == 1 for earlier, later in pairwise(sequences))
    assert all((later - earlier) & 0x7FFF == 1 for earlier, later in pairwise(pictures))
    steps = [
        (later.timestamp - earlier.timestamp) & 0xFFFFFFFF for earlier, later in pairwise(reader.packets)
    ]
    assert all(0 < step < 9001 for step in steps)
    assert len(found) >= 9


def test_layers_are_aligned_by_their_sender_reports(now):
    track, reader = make_track(Uplink(), rids=("q", "f")), Reader()
    low = track.add_layer(7, "q")
    ntp = 4_000_000_000 << 32
    low.sender_report(rtcp.SenderReport(7, ntp, 1000), now[0])
    put(low, 1, 1000, vp8_payload(key=True, picture=1), now[0])
    track.tap(reader)
    put(low, 2, 1000, vp8_payload(key=True, picture=2), now[0])
    high = track.add_layer(8, "f")
    high.sender_report(rtcp.SenderReport(8, ntp, 777_000), now[0])
    # Taken 100 ms after the lower layer's picture, but delivered 30 ms later only.
    now[0] += 0.130
    put(high, 50, 777_000 + 9000, vp8_payload(key=False, picture=1), now[0])
    track.tick(now[0])
    put(high, 51, 777_000 + 9000, vp8_payload(key=True, picture=2), now[0])

    assert reader.packets[-1].timestamp - reader.packets[-2].timestamp == 9000


def test_a_layer_that_stops_gives_way_to_one_that_flows(now):
    track, reader = make_track(Uplink(), rids=("q", "f")), Reader()
    low, high = track.add_layer(7, "q"), track.add_layer(8, "f")
    put(low, 1, 0, vp8_payload(key=True, picture=1), now[0])
    put(high, 1, 0, vp8_payload(key=True, picture=1), now[0])
    track.tap(reader)
    put(high, 2, 0, vp8_payload(key=True, picture=2), now[0])
    assert len(reader.packets) == 1

    now[0] += 2.0
    put(low, 2, 9000, vp8_payload(key=False, picture=2), now[0])
    track.tick(now[0])
    put(low, 3, 12000, vp8_payload(key=True, picture=3), now[0])
    assert len(reader.packets) == 2


def test_a_tap_hears_the_end(now):
    track, reader = make_track(Uplink()), Reader()
    track.add_layer(7)
    track.tap(reader)
    track.close()

    assert reader.is_over


def test_a_tap_that_ended_itself_hears_nothing_more(now):
    track, reader = make_track(Uplink(), kind="audio"), Reader()
    layer = track.add_layer(7)
    end = track.tap(reader)
    put(layer, 1, 0, b"one", now[0])
    end()
    put(layer, 2, 0, b"two", now[0])
    track.close()

    assert len(reader.packets) == 1
    assert not reader.is_over


class Broken(Reader):
    """Takes nothing."""

    def __init__(self, breaks_at: str) -> None:
        super().__init__()
        self.breaks_at = breaks_at
        self.asked = 0

    def packet(self, packet: Packet) -> None:
        self._ask("packet")

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self._ask("report")

    def _ask(self, what: str) -> None:
        if what == self.breaks_at:
            self.asked += 1
            raise OverflowError(what)


@pytest.mark.parametrize("breaks_at", ["packet", "report"])
def test_a_reader_that_raises_is_given_up_and_the_others_get_everything(now, breaks_at):
    track = make_track(Uplink())
    layer, before, broken, after = track.add_layer(7), Reader(), Broken(breaks_at), Reader()
    for reader in (before, broken, after):
        track.tap(reader)
    with capture_logs() as lines:
        for number in range(5):
            put(layer, 10 + number, 3000 * number, vp8_payload(key=number == 0, picture=number), now[0])
            layer.sender_report(rtcp.SenderReport(7, 1 << 40, 3000 * number), now[0])
            track.tick(now[0])

    assert [p.sequence for p in before.packets] == [p.sequence for p in after.packets] == [*range(10, 15)]
    assert len(before.reports) == len(after.reports) == 5
    assert broken.asked == 1
    assert [line["event"] for line in lines] == ["a reader is given up"]


def test_a_reader_that_raises_at_its_beginning_is_given_up_and_the_others_begin(now):
    track = make_track(Uplink())
    layer, before, broken, after = track.add_layer(7), Reader(), Broken("report"), Reader()
    layer.sender_report(rtcp.SenderReport(7, 1 << 40, 0), now[0])
    for reader in (before, broken, after):
        track.tap(reader)
    put(layer, 10, 0, vp8_payload(key=True, picture=0), now[0])
    put(layer, 11, 3000, vp8_payload(key=True, picture=1), now[0])

    assert len(before.packets) == len(after.packets) == 2
    assert broken.asked == 1


def test_a_publishers_time_that_ends_its_epoch_is_told_as_it_wraps(now):
    track, reader = make_track(Uplink()), Reader()
    layer = track.add_layer(7)
    layer.sender_report(rtcp.SenderReport(7, 0xFFFFFFFFFFFFFFFF, 0), now[0])
    now[0] += 1
    track.tap(reader)
    put(layer, 10, 90_000, vp8_payload(key=True, picture=0), now[0])

    assert reader.reports == [(0xFFFFFFFF, 90_000)]
