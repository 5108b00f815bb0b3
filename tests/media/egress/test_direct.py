"""One track as it was sent, and sound alone: what lies in WebM, MP4 and OGG files."""

from itertools import pairwise
from pathlib import Path

import av
import pytest

from livehall.media.egress.opus import SILENCE, OpusLine, samples_of
from livehall.media.egress.plans import CONTAINERS, Plan
from livehall.media.tracks.programme import Codec
from tests.media.egress.stage import Line, Show, camera, microphone, ticks_of
from tests.media.egress.studio import Studio


def of_one(line: Line, folder: Path) -> Plan:
    container = CONTAINERS[line.codec]
    return Plan(
        file=str(folder / f"out.{container}"), container=container, is_direct=True, tracks=(line.sid,),
        has_audio=line.kind == "audio", has_video=line.kind == "video",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "name"), [("vp8", "vp8"), ("vp9", "vp9"), ("av1", "libdav1d"), ("h264", "h264")]
)
def test_a_video_track_is_kept_as_it_was_sent(tmp_path: Path, codec: Codec, name: str) -> None:
    video = camera(codec)
    video.late = {20: 3}
    studio = Studio(tmp_path, video, plan=of_one(video, tmp_path))
    size = (1920, 1080) if codec == "h264" else (320, 180)
    show = Show(video, None, size=size)
    studio.play(3, show)
    result = studio.finish()

    watched = studio.watch()
    assert watched.numbers == show.shown
    assert [round(time * 1000) for time in watched.times] == pytest.approx(
        [ticks_of(number) / 90 for number in show.shown], abs=1.01
    )
    assert (result.frames_lost, result.parts) == (0, 1)
    with av.open(studio.plan.file) as container:
        assert [stream.codec_context.name for stream in container.streams] == [name]
        assert (container.streams.video[0].width, container.streams.video[0].height) == size


def test_a_microphone_is_kept_as_it_was_sent_with_silence_where_it_was_muted(tmp_path: Path) -> None:
    audio = microphone()
    studio, show = Studio(tmp_path, audio, plan=of_one(audio, tmp_path)), Show(None, audio)
    studio.silence(audio, 1.95, 4.95)
    studio.play(7, show)
    result = studio.finish()

    assert result.duration / 1e9 == pytest.approx(7, abs=0.1)
    assert studio.watch().beeps == pytest.approx([0, 1, 5, 6], abs=0.05)
    with av.open(studio.plan.file) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.pts is not None]
        assert container.streams.audio[0].codec_context.name == "opus"
    assert all(later.pts - earlier.pts == 960 for earlier, later in pairwise(packets))
    assert 140 < sum(bytes(packet) == SILENCE for packet in packets) < 160


def test_all_microphones_together_become_an_ogg_file(tmp_path: Path) -> None:
    ada, bob = microphone("TR_a"), microphone("TR_b", identity="bob")
    plan = Plan(file=str(tmp_path / "out.ogg"), container="ogg", has_video=False)
    studio = Studio(tmp_path, ada, bob, plan=plan)
    studio.play(5, Show(None, ada), Show(None, bob))
    result = studio.finish()

    assert (result.duration / 1e9, result.silent_share < 0.9) == (pytest.approx(5, abs=0.1), True)
    assert studio.watch().beeps == pytest.approx([0, 1, 2, 3, 4], abs=0.05)
    with av.open(studio.plan.file) as container:
        assert (container.format.name, container.streams.audio[0].codec_context.name) == ("ogg", "opus")


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        ("", 0),
        ("f8 ff fe", 960),
        ("08", 960),
        ("18", 2880),
        ("60", 480),
        ("e0", 120),
        ("f9", 1920),
        ("fb 03", 2880),
        ("fb 07", 0),
        ("fb", 0),
    ],
)
def test_an_opus_packet_tells_how_long_it_is(packet: str, samples: int) -> None:
    assert samples_of(bytes.fromhex(packet)) == samples  # RFC 6716 §3.1; more than 120 ms is no packet


def test_a_line_of_opus_has_no_holes_and_does_not_run_backwards() -> None:
    line, packet = OpusLine(), b"\xf8abc"
    placed = [line.put(at, packet) for at in (100, 1060, 4000, 3000, 4900)]
    assert [[(sound.position, sound.data == packet) for sound in sounds] for sounds in placed] == [
        [(100, True)],
        [(1060, True)],
        [(2020, False), (2980, False), (4000, True)],
        [],
        [(4960, True)],
    ]
