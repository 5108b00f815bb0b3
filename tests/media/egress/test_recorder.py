"""The recorder alone, in the time that its messages carry: bad networks, clocks and changes of shape."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import av
import pytest

from livehall.media.egress import wire
from livehall.media.egress.plans import Plan, SegmentPlan
from livehall.media.egress.recorder import Recorder
from livehall.media.tracks.programme import Codec
from tests.media.egress.stage import Show, camera, microphone, ticks_of
from tests.media.egress.studio import T0, Studio


@pytest.fixture(params=["vp8", "h264", "vp9", "av1"])
def codec(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_packets_that_come_late_are_put_in_order(tmp_path: Path, codec: str) -> None:
    video, audio = camera(codec), microphone()
    video.late = dict.fromkeys(range(10, 60, 7), 3)
    audio.late = dict.fromkeys(range(10, 200, 9), 2)
    studio, show = Studio(tmp_path, video, audio), Show(video, audio)
    studio.play(5, show)
    result = studio.finish()

    assert studio.watch().numbers == show.shown
    assert result.frames_lost == 0


def test_after_a_lost_packet_a_key_frame_is_wanted_and_no_damaged_frame_is_kept(
    tmp_path: Path, codec: str
) -> None:
    video = camera(codec)
    video.lost = frozenset({30})
    studio, show = Studio(tmp_path, video), Show(video, None)
    studio.play(5, show)
    result = studio.finish()

    numbers = studio.watch().numbers
    assert numbers == sorted(set(numbers))
    missing = len(show.shown) - len(numbers)
    assert 1 <= missing <= 9  # 0.3 to 0.5 s of waiting for a retransmission, then a key frame is asked for
    assert result.frames_in == len(show.shown) - 1  # the lost packet was a frame of its own
    assert result.frames_lost == missing - 1
    assert any(isinstance(report, wire.KeyFrameWanted) for report in studio.reports)


def test_what_comes_by_the_last_retransmission_is_recorded(tmp_path: Path, codec: str) -> None:
    video, audio = camera(codec), microphone()
    video.late = {30: 14, 52: 13}  # comes after so many others, 0.9 s later
    studio, show = Studio(tmp_path, video, audio), Show(video, audio)
    studio.play(6, show)
    result = studio.finish()

    watched = studio.watch()
    assert watched.numbers == show.shown
    assert result.frames_lost == 0
    assert max(map(abs, watched.offsets)) < 0.1


@pytest.mark.parametrize("layout", ["", "grid"])
def test_what_is_on_its_way_at_the_end_has_not_come_yet(tmp_path: Path, codec: str, layout: str) -> None:
    video = camera(codec)
    video.lost = frozenset({72})  # of 75 pictures, a few of more than one packet
    plan = Plan(file=str(tmp_path / "out.mp4"), layout=layout)
    studio, show = Studio(tmp_path, video, plan=plan), Show(video, None)
    studio.play(5, show)  # to the end, the retransmission is waited for
    result = studio.finish()

    assert 69 <= result.frames_in <= 72
    assert result.frames_lost == 0


class _Late:
    """The media process while something else has the machine: what comes lies in the socket, and is read
    behind what was due by the clock. Messages carry the times at which they were read."""

    def __init__(self, recorder: Recorder, *lapses: tuple[float, float]) -> None:
        self._handle = recorder.handle
        self._lapses = [(T0 + start, T0 + end) for start, end in lapses]
        self._unread: list[wire.Message] = []
        recorder.handle = self.handle  # type: ignore[method-assign]

    def handle(self, at: float, message: wire.Message) -> None:
        if any(start <= at < end for start, end in self._lapses):
            self._unread += [message] * (not isinstance(message, wire.Tick))
            return
        ended = [end for start, end in self._lapses if end <= at]
        unread, self._unread = self._unread, []
        for number, each in enumerate(unread):
            read_at = ended[-1] + number * 0.0005
            if number % 64 == 0:
                self._handle(read_at, wire.Tick())
            if isinstance(each, wire.Media):
                each = wire.Media(each.track, each.packet._replace(arrived_at=read_at))
            self._handle(read_at, each)
        self._handle(at, message)


def test_what_lay_in_a_late_servers_socket_is_recorded(tmp_path: Path, codec: str) -> None:
    video, audio = camera(codec), microphone()
    video.late = {40: 30, 90: 20}  # missing when the server begins to be late, read when it has time again
    studio, show = Studio(tmp_path, video, audio), Show(video, audio)
    _Late(studio.recorder, (2.5, 5.5), (5.6, 7.4))
    studio.play(10, show)
    result = studio.finish()

    watched = studio.watch()
    assert watched.numbers == show.shown
    assert [round(time * 90_000) for time in watched.times] == [ticks_of(number) for number in range(150)]
    assert (result.frames_lost, len(watched.beeps)) == (0, 10)
    assert max(map(abs, watched.offsets)) < 0.1


def test_pictures_keep_their_own_timestamps_one_to_one(tmp_path: Path, codec: str) -> None:
    video = camera(codec)
    studio, show = Studio(tmp_path, video), Show(video, None)
    studio.play(3, show)
    studio.finish()

    times = studio.watch().times
    assert [round(time * 90_000) for time in times] == [ticks_of(number) for number in range(45)]


def test_a_first_picture_that_was_late_on_its_way_moves_none_of_the_others(
    tmp_path: Path, codec: str
) -> None:
    video, audio = camera(codec), microphone()
    studio, show = Studio(tmp_path, video, audio), Show(video, audio)
    handle = studio.recorder.handle

    def late(at: float, message: wire.Message) -> None:
        delay = max(0.0, 0.4 - (at - T0)) if at else 0.0  # a busy machine's, which is over after 0.4 s
        if isinstance(message, wire.Media):
            packet = message.packet
            message = wire.Media(message.track, packet._replace(arrived_at=packet.arrived_at + delay))
        handle(at + delay, message)

    studio.recorder.handle = late  # type: ignore[method-assign]
    studio.play(6, show)
    studio.finish()

    watched = studio.watch()
    assert watched.numbers == show.shown
    first = watched.times[0]
    times = [round((time - first) * 90_000) for time in watched.times]
    assert times == [ticks_of(number) for number in show.shown]
    assert max(map(abs, watched.offsets[1:])) < 0.1


def test_the_last_picture_is_shown_as_long_as_the_one_before(tmp_path: Path, codec: str) -> None:
    video = camera(codec)
    studio = Studio(tmp_path, video)
    studio.play(3, Show(video, None))
    studio.finish()

    with av.open(studio.plan.file) as container:
        assert container.streams.video[0].duration == 2 * ticks_of(44) - ticks_of(43)


def test_sound_and_picture_fit_although_sound_travels_longer(tmp_path: Path) -> None:
    video, audio = camera(), microphone()
    studio = Studio(tmp_path, video, audio)
    studio.play(10, Show(video, audio, audio_delay_s=0.25))
    studio.finish()

    assert max(map(abs, studio.watch().offsets[2:])) < 0.1


@pytest.mark.parametrize("layout", ["", "grid"])
@pytest.mark.parametrize("ticks_after", [0.0, 0.07, 0.19])
def test_a_file_begins_with_a_picture_and_its_sound_whenever_the_clock_ticks(
    tmp_path: Path, layout: str, ticks_after: float
) -> None:
    video, audio = camera(), microphone()
    plan = Plan(file=str(tmp_path / "out.mp4"), layout=layout)
    studio = Studio(tmp_path, video, audio, plan=plan)
    studio.play(3, Show(video, audio), ticks_after=ticks_after)

    result = studio.finish()

    assert (result.parts, result.av_offset_ms) == (1, 0.0)
    seen = studio.watch()
    assert len(seen.offsets) == 3
    assert max(map(abs, seen.offsets)) <= 0.08


@pytest.mark.parametrize("layout", ["", "grid"])
def test_every_event_is_there_with_its_sound_and_in_its_time(tmp_path: Path, layout: str) -> None:
    video, audio = camera("h264"), microphone()
    video.late, audio.late = dict.fromkeys(range(10, 400, 17), 2), dict.fromkeys(range(10, 1500, 19), 2)
    plan = Plan(file=str(tmp_path / "out.mp4"), layout=layout)
    studio = Studio(tmp_path, video, audio, plan=plan)
    studio.play(30, Show(video, audio, audio_delay_s=0.05))
    studio.finish()

    seen = studio.watch()
    assert (len(seen.flashes), len(seen.beeps)) == (30, 30)
    for times in (seen.flashes, seen.beeps):
        assert max(abs(later - earlier - 1) for earlier, later in pairwise(times)) <= 0.12
    assert max(map(abs, seen.offsets)) <= 0.08


def test_a_muted_microphone_leaves_silence_and_the_rest_in_its_place(tmp_path: Path) -> None:
    video, audio = camera(), microphone()
    studio, show = Studio(tmp_path, video, audio), Show(video, audio)
    studio.silence(audio, 2.5, 5.5)
    studio.play(8, show)
    studio.finish()

    seen = studio.watch()
    assert [round(beep) for beep in seen.beeps] == [0, 1, 2, 6, 7]
    assert max(map(abs, seen.offsets)) < 0.1
    assert abs(seen.duration - 8) < 0.1


def test_two_microphones_are_heard_together(tmp_path: Path) -> None:
    lines = [microphone("TR_one", "ada"), microphone("TR_two", "ben"), microphone("TR_three", "cy")]
    alone, both = Studio(tmp_path / "alone", *lines[:1]), Studio(tmp_path / "both", *lines[1:])
    for studio in (alone, both):
        studio.folder.mkdir()
        studio.play(4, *(Show(None, line) for line in studio.lines.values()))
        studio.finish()

    # each beep is of the same pitch and phase, so together they are twice as loud (or clipped)
    assert abs(both.watch().sound).max() > 1.5 * abs(alone.watch().sound).max()


def test_a_growing_picture_begins_a_part_and_a_shrinking_one_does_not(tmp_path: Path) -> None:
    sizes = [(160, 90), (320, 180), (160, 90)]
    video = camera()
    studio = Studio(tmp_path, video)
    for number, size in enumerate(sizes):
        show = Show(video, None, first=45 * number, size=size)
        video.wants_key = True
        video.timestamp = (0xFFFF_0000 + 3 * number * 90_000) & 0xFFFFFFFF
        studio.play(3, show, start=3.0 * number)
    result = studio.finish()

    assert result.parts == 2
    assert result.frames_written == 135
    assert studio.watch().numbers == list(range(135))


@pytest.mark.parametrize(("codec", "layout"), [("vp8", ""), ("h264", ""), ("vp8", "grid")])
def test_what_is_said_before_the_first_picture_is_heard_under_it(
    tmp_path: Path, codec: Codec, layout: str
) -> None:
    audio, video = microphone(), camera(codec)
    plan = Plan(file=str(tmp_path / "out.mp4"), layout=layout)
    studio = Studio(tmp_path, audio, plan=plan)
    studio.play(1.5, Show(None, audio))
    studio.add(video)
    audio.timestamp = (0xFFFF_0000 + 72_000) & 0xFFFFFFFF
    show = Show(video, audio)
    studio.play(3, show, start=1.5)
    result = studio.finish()

    seen = studio.watch()
    assert result.parts == 1
    assert (result.duration / 1e9, seen.duration) == pytest.approx((4.5, 4.5), abs=0.1)
    assert seen.beeps == pytest.approx([0, 1, 1.5, 2.5, 3.5], abs=0.1)
    assert seen.times[0] == 0
    if layout:
        assert seen.numbers[: round(1.4 * 25)] == [0] * round(1.4 * 25)
    else:
        assert seen.numbers == [0, *show.shown]
        assert seen.times[1] == pytest.approx(1.5, abs=0.1)


def test_a_picture_that_comes_long_after_the_sound_joins_in_its_place(tmp_path: Path) -> None:
    audio, video = microphone(), camera()
    studio = Studio(tmp_path, audio)
    studio.play(5, Show(None, audio))
    studio.add(video)
    audio.timestamp = (0xFFFF_0000 + 5 * 48_000) & 0xFFFFFFFF
    studio.play(4, Show(video, audio), start=5.0)
    result = studio.finish()

    seen = studio.watch()
    assert result.parts == 2
    assert abs(seen.duration - 9) < 0.2
    assert abs(seen.times[0] - 5) < 0.1
    assert len(seen.beeps) == 9
    assert max(min(abs(beep - flash) for beep in seen.beeps) for flash in seen.flashes) < 0.1


def test_a_picture_larger_than_720p_is_scaled_and_keeps_its_aspect(tmp_path: Path, codec: str) -> None:
    video = camera(codec)
    studio, show = Studio(tmp_path, video), Show(video, None, size=(1600, 900))
    studio.play(0.6, show)
    studio.finish()

    with av.open(studio.plan.file) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1280, 720)
    assert studio.watch().numbers == show.shown


def test_a_publisher_that_renumbers_its_packets_is_followed(tmp_path: Path) -> None:
    video = camera()
    studio, show = Studio(tmp_path, video), Show(video, None)
    for number, (at, act) in enumerate(show.events(5)):
        if number == 40:
            video.sequence = 20_000
        studio.now = T0 + at
        act(T0)
    studio.now = T0 + 5
    studio.finish()

    assert show.shown[-1] == studio.watch().numbers[-1]


def test_segments_of_sound_alone_are_cut_by_time(tmp_path: Path) -> None:
    audio = microphone()
    plan = Plan(segments=SegmentPlan(prefix=str(tmp_path / "s"), playlist=str(tmp_path / "s.m3u8")))
    studio = Studio(tmp_path, audio, plan=plan)
    studio.play(9, Show(None, audio))
    studio.recorder.handle(studio.now, wire.End())

    lines = (tmp_path / "s.m3u8").read_text().splitlines()
    assert [line for line in lines if line.startswith("#EXTINF")][:4] == ["#EXTINF:2.00533,"] * 4
    assert lines[-1] == "#EXT-X-ENDLIST"


def test_the_media_process_never_loads_a_codec_library() -> None:
    program = "import sys, livehall.media.egress.service; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
