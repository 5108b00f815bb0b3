"""Layers within one stream, spatial and temporal: what each subscriber gets, and under which numbers."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livehall.media.rtp import dependency, vp9
from livehall.media.rtp.packet import Header, extensions, parse_header
from livehall.media.tracks.layered import LayeredSubscription, subscribe
from livehall.media.tracks.steps import ALL, Steps
from livehall.media.tracks.track import Track
from tests.media.test_feeds import Uplink

TICKS = 3000  # of one picture
TEMPORAL = (0, 2, 1, 2)  # of pictures in a row
# What Chromium 156 sends for AV1 with three spatial and three temporal layers (L3T3_KEY): extension, spatial
# layer, temporal layer.
KEY = bytes.fromhex(
    "c0000180081485214eaaaaa8000600004000100002aa80a8000600004000100002a000a800060000400016d549241b5524906d"
    "54923157e001974ca864330e222396eca8655304224390eca87753013f00b3027f016704ff02cf"
)
CHROMIUM = [
    (KEY, 0, 0),
    ("c50002", 1, 0),
    ("8a0003", 2, 0),
    ("4a0003", 2, 0),
    ("c30004", 0, 2),
    ("c80005", 1, 2),
    ("8d0006", 2, 2),
    ("c20007", 0, 1),
    ("c70008", 1, 1),
    ("8c0009", 2, 1),
]


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """The monotonic clock, moved by hand."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


class Way:
    """Stands for a subscriber's transport and its way; `sent` are packets as they would be encrypted."""

    def __init__(self) -> None:
        self.sealer: Any = object()
        self.destination: Any = self
        self.is_ready = True
        self.outgoing: dict[int, object] = {}
        self.sent: list[tuple[int, int, int, bytes]] = []  # SSRC, sequence, timestamp, whole packet

    @property
    def outbox(self) -> "Way":
        return self

    def send_rtp(self, packet, sequence, timestamp, ssrc, sealer, to, number=-1) -> None:
        self.sent.append((ssrc, sequence, timestamp, packet))

    def send_rtcp(self, compound: bytes) -> None:
        """Sender reports are not looked at here."""


def vp9_payload(picture: int, spatial: int, temporal: int, *, key: bool, first=True, last=True) -> bytes:
    """As libvpx writes it in flexible mode: picture id of 15 bits, layers, what it refers to."""
    is_inter = not key
    head = 0xB0 | 0x40 * is_inter | 0x08 * first | 0x04 * last
    has_structure = key and spatial == 0 and first
    layers = temporal << 5 | 0x10 * (temporal < 2) | spatial << 1 | (key and spatial > 0)
    payload = bytes((head | 0x02 * has_structure, 0x80 | picture >> 8 & 0x7F, picture & 0xFF, layers))
    if is_inter:
        payload += b"\x02"  # to the picture before
    if has_structure:
        payload += b"\x40"  # three spatial layers, no more said
    return payload + b"body"


class Stream:
    """A publisher's stream of three spatial layers, two packets each, and what comes of it."""

    def __init__(self, clock: list[float], *, sequence: int = 100, picture: int = 10) -> None:
        self.clock = clock
        self.uplink = Uplink()
        self.track = Track(
            self.uplink,
            sid="TR_1",
            identity="alice",
            kind="video",
            codec="vp9",
            source="CAMERA",
            clock_rate=90000,
            payload_type=98,
            rtx_payload_type=99,
        )
        self.layer = self.track.add_layer(7)
        self.sequence = sequence
        self.picture = picture
        self.number = 0
        self.late: list[tuple[int, int, bytes, bool]] = []

    def subscriber(self, **options: Any) -> tuple[LayeredSubscription, Way]:
        way = Way()
        made = subscribe(
            self.track, way, payload_type=98, rtx_payload_type=99, send_time_id=None, ssrc=5, **options
        )
        self.track.attach(made)
        made.start()
        return made, way

    def put(self, sequence: int, timestamp: int, payload: bytes, marker: bool) -> None:
        packet = b"\0" * 12 + payload
        header = Header(
            sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.layer.ssrc, 98, marker, 12, len(packet)
        )
        self.layer.receive(packet, header, {}, self.clock[0])

    def pictures(self, count: int, *, key: bool = False, lost: tuple[int, ...] = ()) -> None:
        """`count` pictures; the packets at the places `lost`, counted over all, are kept back in `late`."""
        place = 0
        for index in range(count):
            is_key = key and index == 0
            if is_key:
                self.number = 0
            temporal = TEMPORAL[self.number % 4]
            for spatial in range(3):
                for part in (0, 1):
                    payload = vp9_payload(
                        self.picture, spatial, temporal, key=is_key, first=part == 0, last=part == 1
                    )
                    packet = (self.sequence, self.timestamp, payload, spatial == 2 and part == 1)
                    self.late.append(packet) if place in lost else self.put(*packet)
                    self.sequence += 1
                    place += 1
            self.number += 1
            self.picture = (self.picture + 1) & 0x7FFF
            self.clock[0] += 1 / 30
            self.layer.tick(self.clock[0])

    @property
    def timestamp(self) -> int:
        return self.picture * TICKS


def units(way: Way) -> Iterator[tuple[int, vp9.Unit, bool]]:
    """(sequence, what it is, marker) of what was sent, retransmissions left out."""
    for ssrc, sequence, _, packet in way.sent:
        if ssrc == 5 and (header := parse_header(packet)) is not None:
            unit = vp9.parse(packet[header.payload_start : header.payload_end])
            if unit is not None:
                yield sequence, unit, header.marker


def sequences(way: Way) -> list[int]:
    return [sequence for ssrc, sequence, _, _ in way.sent if ssrc == 5]


def is_unbroken(numbers: list[int]) -> bool:
    return all((after - before) & 0xFFFF == 1 for before, after in pairwise(numbers))


@pytest.mark.parametrize(("quality", "highest"), [(0, 0), (1, 1), (2, 2)])
def test_a_quality_is_a_spatial_layer_in_unbroken_numbers(now, quality: int, highest: int):
    stream = Stream(now, sequence=65500, picture=0x7FFA)
    one, way = stream.subscriber()
    one.want(quality=quality, is_paused=False)
    stream.pictures(20, key=True)

    got = list(units(way))
    assert {unit.spatial for _, unit, _ in got} == set(range(highest + 1))
    assert {unit.temporal for _, unit, _ in got} == {0, 1, 2}
    assert len(got) == 20 * 2 * (highest + 1)
    assert is_unbroken(sequences(way))
    for _, unit, marker in got:  # the last packet of each picture says so
        assert marker == (unit.spatial == highest and unit.ends)
    pictures = [unit.picture for _, unit, _ in got[:: 2 * (highest + 1)]]
    assert pictures == [(0x7FFA + n) & 0x7FFF for n in range(20)]


def test_down_goes_at_the_next_picture_and_up_at_a_key_frame_that_is_asked_for(now):
    stream = Stream(now)
    one, way = stream.subscriber()
    stream.pictures(5, key=True)
    asked = len(stream.uplink.sent)
    one.want(quality=0, is_paused=False)
    stream.pictures(5)
    assert [unit.spatial for _, unit, _ in list(units(way))[30:]] == [0, 0] * 5
    assert len(stream.uplink.sent) == asked

    now[0] += 0.5  # key frames are asked for no more often
    one.want(quality=2, is_paused=False)
    assert len(stream.uplink.sent) == asked + 1
    stream.pictures(3)
    assert [unit.spatial for _, unit, _ in list(units(way))[40:]] == [0, 0] * 3
    stream.pictures(3, key=True)
    assert [unit.spatial for _, unit, _ in list(units(way))[46:]] == [0, 0, 1, 1, 2, 2] * 3

    assert is_unbroken(sequences(way))
    timestamps = [timestamp for _, _, timestamp, _ in way.sent]
    assert sorted(set(timestamps)) == [(10 + n) * TICKS for n in range(16)]  # the publisher's own: no seam
    assert not stream.layer.waiting


def test_a_spatial_layer_that_refers_to_nothing_before_lifts_without_a_key_frame(now):
    stream = Stream(now)
    one, way = stream.subscriber()
    one.want(quality=0, is_paused=False)
    stream.pictures(4, key=True)
    one.want(quality=1, is_paused=False)
    stream.put(stream.sequence, stream.timestamp, vp9_payload(stream.picture, 0, 0, key=False), False)
    lifted = bytearray(vp9_payload(stream.picture, 1, 0, key=True))
    stream.put(stream.sequence + 1, stream.timestamp, bytes(lifted), True)

    assert [unit.spatial for _, unit, _ in list(units(way))[-2:]] == [0, 1]


def test_fewer_frames_are_a_temporal_layer_and_more_come_where_the_stream_lets_them(now):
    stream = Stream(now)
    one, way = stream.subscriber()
    stream.pictures(70, key=True)  # until the rate of the whole is known
    one.want(quality=2, is_paused=False, frames_per_s=7)
    way.sent.clear()
    stream.pictures(20)
    assert {unit.temporal for _, unit, _ in units(way)} == {0}
    one.want(quality=2, is_paused=False, frames_per_s=15)
    stream.pictures(20)
    assert {unit.temporal for _, unit, _ in units(way)} == {0, 1}
    one.want(quality=2, is_paused=False)
    stream.pictures(20)
    got = list(units(way))
    assert {unit.temporal for _, unit, _ in got} == {0, 1, 2}
    assert is_unbroken(sequences(way))
    # The first of a higher layer comes behind a picture that says that it may.
    first = next(n for n, (_, unit, _) in enumerate(got) if unit.temporal)
    assert got[first - 1][1].lifts_temporal


def test_a_missing_packet_keeps_its_place_and_comes_in_late_under_its_number(now):
    stream = Stream(now, sequence=65530)
    one, way = stream.subscriber()
    one.want(quality=1, is_paused=False)
    stream.pictures(4, key=True, lost=(6, 7, 13))  # two of the lowest layer's, one of the next picture's
    missing = sequences(way)
    for packet in stream.late:
        stream.put(*packet)

    assert not is_unbroken(missing)
    assert is_unbroken(sorted(sequences(way), key=lambda number: (number - 65530) & 0xFFFF))
    late = list(units(way))[-3:]
    assert [(unit.picture, unit.spatial) for _, unit, _ in late] == [(11, 0), (11, 0), (12, 0)]


def test_a_late_packet_that_is_left_out_leaves_no_hole(now):
    stream = Stream(now)
    one, way = stream.subscriber()
    one.want(quality=0, is_paused=False)
    stream.pictures(4, key=True, lost=(8,))  # of a layer that nobody wants
    assert not is_unbroken(sequences(way))
    stream.put(*stream.late[0])

    assert is_unbroken(sorted(sequences(way)))
    filler = parse_header(way.sent[-1][3])
    assert filler.payload_start == filler.payload_end  # padding alone


def test_a_repair_is_found_by_the_number_that_the_subscriber_knows(now):
    stream = Stream(now, sequence=65520)
    one, way = stream.subscriber()
    one.want(quality=0, is_paused=False)
    stream.pictures(30, key=True)
    sent = {sequence: packet for ssrc, sequence, _, packet in way.sent if ssrc == 5}
    wanted = tuple(list(sent)[20:25])
    one.nacked(wanted)

    repairs = [packet for ssrc, _, _, packet in way.sent if ssrc == one.rtx_ssrc]
    assert [int.from_bytes(packet[12:14]) for packet in repairs] == list(wanted)
    assert [packet[14:] for packet in repairs] == [sent[number][12:] for number in wanted]


def test_what_the_way_allows_is_a_lower_layer_at_once_and_nothing_when_nothing_fits(now):
    stream = Stream(now)
    one, way = stream.subscriber()
    stream.pictures(4, key=True)
    one.allow(0)
    way.sent.clear()
    stream.pictures(4)
    assert {unit.spatial for _, unit, _ in units(way)} == {0}
    one.allow(-1)
    way.sent.clear()
    stream.pictures(4)
    assert not way.sent
    one.allow(2)
    stream.pictures(4, key=True)
    assert {unit.spatial for _, unit, _ in units(way)} == {0, 1, 2}
    assert [low for low, _ in stream.track.rates(now[0])] == [0, 1, 2]


def test_layers_that_are_streams_of_their_own_are_joined_with_picture_ids_moved(now):
    track = Track(
        Uplink(),
        sid="TR_1",
        identity="alice",
        kind="video",
        codec="vp9",
        source="CAMERA",
        clock_rate=90000,
        payload_type=98,
        rtx_payload_type=99,
        rids=("q", "h", "f"),
    )
    way = Way()
    one = subscribe(track, way, payload_type=98, rtx_payload_type=None, send_time_id=None, ssrc=5)
    track.attach(one)
    low, high = track.add_layer(1, "q"), track.add_layer(3, "f")

    def put(layer, sequence: int, picture: int, *, key: bool) -> None:
        packet = b"\0" * 12 + vp9_payload(picture, 0, 0, key=key)
        header = Header(sequence, picture * TICKS, layer.ssrc, 98, True, 12, len(packet))
        layer.receive(packet, header, {}, now[0])
        now[0] += 1 / 30

    for number in range(6):
        put(low, 65533 + number & 0xFFFF, 0x7FFE + number & 0x7FFF, key=number == 0)
        put(high, 9000 + number, 77 + number, key=number == 0)
        one.start()
    one.want(quality=0, is_paused=False)
    for number in range(6, 12):
        put(low, 65533 + number & 0xFFFF, 0x7FFE + number & 0x7FFF, key=number == 8)
        put(high, 9000 + number, 77 + number, key=False)
    pictures = [unit.picture for _, unit, _ in units(way)]
    assert is_unbroken(sequences(way))
    assert all((after - before) & 0x7FFF == 1 for before, after in pairwise(pictures))
    assert len({sequence for sequence, _, _ in units(way)}) == len(pictures)


# The dependency descriptor


def test_what_chromium_says_of_its_layers_is_understood():
    structure = None
    found = []
    for data, spatial, temporal in CHROMIUM:
        described = dependency.parse(bytes.fromhex(data) if isinstance(data, str) else data, structure)
        structure = described.structure
        assert (described.unit.spatial, described.unit.temporal) == (spatial, temporal)
        found.append(described)
    assert [d.frame for d in found] == [1, 2, 3, 3, 4, 5, 6, 7, 8, 9]
    assert [d.unit.is_key for d in found] == [True] + [False] * 9
    assert [d.unit.starts for d in found[:4]] == [True, True, True, False]
    assert [d.unit.ends for d in found[:4]] == [True, True, False, True]
    assert [d.unit.lifts_spatial for d in found[:5]] == [True] * 4 + [False]
    assert [d.unit.lifts_temporal for d in found[4:8]] == [False, False, False, True]
    assert (structure.spatial_layers, len(structure.targets), structure.targets[-1]) == (3, 9, (2, 2))
    assert found[0].unit.spatial_layers == 3


def test_a_descriptor_needs_the_structure_it_refers_to():
    assert dependency.parse(bytes.fromhex("c50002"), None) is None
    assert dependency.parse(KEY[:40], None) is None
    known = dependency.parse(KEY, None).structure
    assert dependency.parse(b"\x3f\x00\x01", known) is None  # a template beyond the last
    assert dependency.parse(b"", known) is None


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.binary(max_size=120), st.booleans())
def test_any_descriptor_is_understood_or_refused(data: bytes, is_known: bool):
    known = dependency.parse(KEY, None).structure if is_known else None
    found = dependency.parse(data, known)
    if found is not None:
        assert found.unit.spatial < 8
        assert found.unit.temporal < 8


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=len(KEY)), st.integers(0, len(KEY)))
def test_a_damaged_structure_is_understood_or_refused(noise: bytes, at: int):
    damaged = KEY[:at] + noise + KEY[at + len(noise) :]
    found = dependency.parse(damaged, None)
    if found is not None:
        assert 0 < len(found.structure.templates) <= 64


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=40))
def test_any_vp9_payload_is_read_or_refused(payload: bytes):
    unit = vp9.parse(payload)
    if unit is not None:
        assert unit.picture_at < len(payload)
        assert unit.layer_index_at < len(payload)


def test_av1_is_forwarded_with_its_descriptors_the_long_one_of_a_key_frame_too(now):
    track = Track(
        Uplink(),
        sid="TR_1",
        identity="alice",
        kind="video",
        codec="av1",
        source="CAMERA",
        clock_rate=90000,
        payload_type=45,
        rtx_payload_type=None,
        dependency_id=12,
    )
    layer = track.add_layer(7)
    ways = {}
    for quality in (0, 2):
        ways[quality] = Way()
        options = {"payload_type": 45, "rtx_payload_type": None, "send_time_id": 2, "ssrc": 5}
        one = subscribe(track, ways[quality], dependency_id=4, **options)
        track.attach(one)
        one.want(quality=quality, is_paused=False)
    for number, (data, spatial, _) in enumerate(CHROMIUM):
        described = bytes.fromhex(data) if isinstance(data, str) else data
        packet = b"\0" * 12 + (b"\x18" if number == 0 else b"\x10") + b"obu"
        header = Header(100 + number, 3000 * (number // 4), 7, 45, spatial == 2, 12, len(packet))
        layer.receive(packet, header, {12: described}, now[0])

    for quality, way in ways.items():
        wanted = [data for data, spatial, _ in CHROMIUM if spatial <= quality]
        got = [extensions(packet)[4] for _, _, _, packet in way.sent]
        assert got == [bytes.fromhex(data) if isinstance(data, str) else data for data in wanted]
        assert all(packet[-3:] == b"obu" for _, _, _, packet in way.sent)
        assert is_unbroken(sequences(way))
        assert all(2 in extensions(packet) for _, _, _, packet in way.sent[1:])


def test_qualities_mean_the_highest_spatial_layers_or_temporal_ones_where_there_is_one():
    three, two, one = Steps(), Steps(), Steps()
    three.spatial_layers, two.spatial_layers = 3, 2
    assert [three.spatial(quality) for quality in range(3)] == [0, 1, ALL]
    assert [two.spatial(quality) for quality in range(3)] == [0, 0, ALL]
    one.temporal_layers = 3
    assert [one.temporal(allowed, 0) for allowed in range(3)] == [0, 1, ALL]
    assert [three.temporal(allowed, 0) for allowed in range(3)] == [ALL] * 3


def test_a_publisher_whose_numbers_jump_makes_no_long_repetition(now, monkeypatch):
    stream = Stream(now)
    subscription, way = stream.subscriber()
    stream.pictures(1, key=True)
    assert way.sent
    for _ in range(60):  # nearly two million numbers in all; the first picture keeps its place in the history
        stream.sequence += 31 * 1024
        payload = vp9_payload(stream.picture, 0, 0, key=False)
        stream.put(stream.sequence, stream.timestamp, payload, True)
    looked_for: list[int] = []
    monkeypatch.setattr(LayeredSubscription, "_find", lambda _, sequence: looked_for.append(sequence))
    subscription.key_frame_wanted()
    assert 0 < len(looked_for) <= 500
