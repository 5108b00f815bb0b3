"""Packets in order, clocks of publishers, and sound in its place: the pure parts."""

import math
import struct

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from livehall.media.egress.clocks import PublisherClock, Timeline, TrackClock
from livehall.media.egress.mixing import BLOCK, Mixer
from livehall.media.egress.ordering import Reorderer, Unwrapper
from livehall.media.tracks.programme import Packet


def a_packet(number: int, at: float = 0.0) -> Packet:
    return Packet(number & 0xFFFF, number, False, b"x", at)


@seed(1)
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 0xFFFF), st.permutations(range(12)))
def test_any_order_becomes_the_right_one(first: int, order: list[int]) -> None:
    reorderer = Reorderer(wait_s=1.0)
    reorderer.push(a_packet(first), 0.0)
    got = list(reorderer.pop(0.0))
    for number in order:
        reorderer.push(a_packet(first + 1 + number), 0.0)
        got += reorderer.pop(0.0)
    assert [packet.timestamp for packet in got if packet] == [first + number for number in range(13)]


def test_a_gap_is_waited_for_and_then_told_once() -> None:
    reorderer = Reorderer(wait_s=0.3)
    for number, at in ((0, 0.0), (2, 0.1), (3, 0.2)):
        reorderer.push(a_packet(number, at), at)
    assert [packet and packet.sequence for packet in reorderer.pop(0.2)] == [0]
    assert list(reorderer.pop(0.39)) == []
    assert [packet and packet.sequence for packet in reorderer.pop(0.41)] == [None, 2, 3]
    reorderer.push(a_packet(1, 0.5), 0.5)
    assert list(reorderer.pop(9.0)) == []
    assert reorderer.lost == 1


def test_a_doubled_packet_comes_out_once() -> None:
    reorderer = Reorderer(wait_s=0.3)
    for number in (0, 0, 1, 1, 0):
        reorderer.push(a_packet(number), 0.0)
    assert [packet and packet.sequence for packet in reorderer.pop(1.0)] == [0, 1]


@seed(2)
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(-(2**20), 2**30), max_size=20))
def test_unwrapped_time_runs_on_like_the_true_one(start: int, steps: list[int]) -> None:
    unwrapper = Unwrapper(32)
    assert unwrapper.unwrap(start) == start
    true = start
    for step in steps:
        true += step
        assert unwrapper.unwrap(true % 2**32) == true


def test_tracks_of_one_publisher_share_its_clock_through_sender_reports() -> None:
    publisher = PublisherClock()
    video, audio = TrackClock(90_000, publisher), TrackClock(48_000, publisher)
    for n in range(50):  # sound needs 200 ms longer on its way than pictures
        video.observe(90_000 * n // 10, 1000.0 + n / 10 + 0.02)
        audio.observe(48_000 * n // 10, 1000.0 + n / 10 + 0.22)
    assert video.wall(0) - audio.wall(0) == pytest.approx(-0.2)
    video.report(5000 << 32, 0)
    audio.report(5000 << 32, 0)
    for n in range(50, 60):
        video.observe(90_000 * n // 10, 1000.0 + n / 10 + 0.02)
        audio.observe(48_000 * n // 10, 1000.0 + n / 10 + 0.22)
    assert video.wall(450_000) == pytest.approx(audio.wall(240_000), abs=1e-6)
    assert video.wall(450_000) == pytest.approx(1005.02, abs=1e-6)


def test_a_first_report_before_late_packets_puts_nothing_later() -> None:
    clock = TrackClock(90_000, PublisherClock())
    for n in range(15):
        clock.observe(6000 * n, 1000.0 + n / 15 + 0.02)
    clock.report(5000 << 32, 90_000)
    for n in range(15, 30):
        clock.observe(6000 * n, 1000.0 + n / 15 + 0.15)
        assert clock.wall(6000 * n) == pytest.approx(1000.02 + n / 15, abs=1e-6)


def test_a_report_that_contradicts_the_arrivals_is_not_believed() -> None:
    clock = TrackClock(48_000, PublisherClock())
    clock.observe(0, 1000.0)
    clock.report(5000 << 32, 48_000 * 60)
    clock.observe(960, 1000.02)
    publisher_says_a_minute_later = clock.wall(48_000 * 2)
    assert publisher_says_a_minute_later == pytest.approx(1002.0, abs=0.05)


def test_a_timeline_moves_only_when_it_is_too_far_off() -> None:
    line = Timeline(tolerance=100)
    assert line.place(0, 5000) == 5000
    assert line.place(960, 6050) == 5960
    assert line.place(1920, 7100) == 7100
    assert line.place(2880, 8000) == 8060


def _pcm(value: int, samples: int) -> bytes:
    return struct.pack("<hh", value, value) * samples


def test_silence_fills_what_nobody_said() -> None:
    mixer = Mixer()
    mixer.write(1, BLOCK + 10, _pcm(1000, 5))
    blocks = list(mixer.blocks(3 * BLOCK))
    assert [position for position, _ in blocks] == [0, BLOCK, 2 * BLOCK]
    assert blocks[1][1] == _pcm(0, 10) + _pcm(1000, 5) + _pcm(0, BLOCK - 15)
    assert blocks[0][1] == blocks[2][1] == _pcm(0, BLOCK)
    assert (mixer.mixed, mixer.silent) == (3, 2)


def test_voices_are_added_and_clipped() -> None:
    mixer = Mixer()
    for track, value in ((1, 20_000), (2, 10_000)):
        mixer.write(track, 0, _pcm(value, BLOCK))
    mixer.write(1, BLOCK, _pcm(-20_000, BLOCK))
    mixer.write(2, BLOCK, _pcm(-20_000, BLOCK))
    assert [block[:2] for _, block in mixer.blocks(2 * BLOCK)] == [
        struct.pack("<h", 30_000),
        struct.pack("<h", -32_768),
    ]


def test_sound_that_comes_too_late_or_from_a_broken_clock_is_left_out() -> None:
    mixer = Mixer()
    list(mixer.blocks(BLOCK))
    mixer.write(1, 0, _pcm(1000, BLOCK + 1))
    mixer.write(1, 10**12, _pcm(1000, 1))
    (_, block), *rest = mixer.blocks(2 * BLOCK)
    assert block == _pcm(1000, 1) + _pcm(0, BLOCK - 1)
    assert rest == []


def test_an_ended_voice_is_forgotten_when_it_has_been_heard() -> None:
    mixer = Mixer()
    mixer.write(1, 0, _pcm(1000, BLOCK))
    mixer.remove(1)
    assert math.isclose(len(list(mixer.blocks(BLOCK))), 1)
    assert mixer._voices == {}
