"""What a request may ask for, and where it may write to."""

from dataclasses import replace
from pathlib import Path

import pytest
from livekit.protocol import egress as proto

from livehall.media.egress.choosing import choose_picture
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.plans import plan as plan_of
from tests.media.egress.stage import Line, camera, microphone


def a_request(**fields: object) -> proto.RoomCompositeEgressRequest:
    return proto.RoomCompositeEgressRequest(room_name="a/b", **fields)


def a_file(path: str, **fields: object) -> proto.RoomCompositeEgressRequest:
    return a_request(file_outputs=[proto.EncodedFileOutput(filepath=path, **fields)])


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.mp4", "a.mp4"), ("x/y/a", "x/y/a.mp4"), ("x/a.b", "x/a.b.mp4"), ("{room_name}.mp4", "a_b.mp4")],
)
def test_a_file_lies_below_the_output_folder(tmp_path: Path, path: str, expected: str) -> None:
    assert plan_of(a_file(path), tmp_path).file == str(tmp_path / expected)


def test_a_folder_gets_a_name_of_room_and_time(tmp_path: Path) -> None:
    path = Path(plan_of(a_file("x/"), tmp_path).file)
    assert path.parent == tmp_path / "x"
    assert path.name.startswith("a_b-2")


@pytest.mark.parametrize(
    "path", ["/etc/a.mp4", "../a.mp4", "x/../../a.mp4", ".state/a.mp4", "x/.a.mp4", "a\0.mp4", "x" * 600]
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(EgressFault, match="invalid_argument"):
        plan_of(a_file(path), tmp_path)


def test_a_link_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "link").symlink_to(tmp_path)
    with pytest.raises(EgressFault, match="invalid_argument"):
        plan_of(a_file("link/a.mp4"), out)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (a_request(), "invalid_argument"),
        (proto.RoomCompositeEgressRequest(), "invalid_argument"),
        (a_file("a.ogg", file_type=proto.OGG), "invalid_argument"),
        (a_file("a.mp3", file_type=proto.MP3), "unimplemented"),
        (
            a_request(
                audio_only=True,
                file_outputs=[proto.EncodedFileOutput(file_type=proto.OGG)],
                segment_outputs=[proto.SegmentedFileOutput()],
            ),
            "invalid_argument",
        ),
        (a_file("a.mp4", s3=proto.S3Upload(bucket="b")), "unimplemented"),
        (
            a_request(stream_outputs=[proto.StreamOutput(protocol=proto.SRT, urls=["srt://x/y"])]),
            "unimplemented",
        ),
        (a_request(audio_only=True, video_only=True), "invalid_argument"),
        (
            a_request(
                segment_outputs=[proto.SegmentedFileOutput(filename_prefix="a/s", playlist_name="b/i.m3u8")]
            ),
            "invalid_argument",
        ),
        (a_request(segment_outputs=[proto.SegmentedFileOutput(segment_duration=60)]), "invalid_argument"),
        (
            a_request(file_outputs=[proto.EncodedFileOutput(filepath=name) for name in "ab"]),
            "invalid_argument",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    tmp_path: Path, request_: proto.RoomCompositeEgressRequest, code: str
) -> None:
    with pytest.raises(EgressFault) as refusal:
        plan_of(request_, tmp_path)
    assert refusal.value.code == code
    assert refusal.value.msg


@pytest.mark.parametrize(
    ("fields", "path", "container"),
    [
        ({}, "a.mp4", "mp4"),
        ({"audio_only": True}, "a.ogg", "ogg"),
        ({"audio_only": True, "file_type": proto.OGG}, "a.ogg", "ogg"),
        ({"audio_only": True, "file_type": proto.MP4}, "a.mp4", "mp4"),
        ({"audio_only": True, "segments": proto.SegmentedFileOutput()}, "a.mp4", "mp4"),
        ({"video_only": True}, "a.mp4", "mp4"),
    ],
)
@pytest.mark.parametrize("name", ["a", "a.mp4", "a.ogg", "a.webm"])
def test_a_file_is_of_the_kind_that_livekit_makes_and_named_so(
    tmp_path: Path, fields: dict[str, object], path: str, container: str, name: str
) -> None:
    others = dict(fields)
    file = proto.EncodedFileOutput(filepath=name, file_type=others.pop("file_type", proto.DEFAULT_FILETYPE))
    plan = plan_of(a_request(file_outputs=[file], **others), tmp_path)
    assert (plan.file, plan.container) == (str(tmp_path / path), container)


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        (camera("vp8"), "a/{track_id}", "a/TR_cam.webm"),
        (camera("vp9"), "a/x.mp4", "a/x.webm"),
        (camera("av1"), "{publisher_identity}-{track_source}", "ada-camera.webm"),
        (camera("h264"), "{room_name}-{track_type}", "hall-video.mp4"),
        (microphone(), "a/TR.ogg", "a/TR.ogg"),
    ],
)
def test_a_tracks_file_is_what_its_codec_needs(tmp_path: Path, line: Line, path: str, expected: str) -> None:
    request = a_track(track_id=line.sid, file=proto.DirectFileOutput(filepath=path))
    plan = plan_of(request, tmp_path, [line])
    assert plan.file == str(tmp_path / expected)
    assert (plan.is_direct, plan.tracks, plan.has_video) == (True, (line.sid,), line.kind == "video")


def a_track(**fields: object) -> proto.TrackEgressRequest:
    return proto.TrackEgressRequest(room_name="hall", **fields)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (a_track(track_id="TR_mic", websocket_url="wss://example.com"), "unimplemented"),
        (a_track(track_id="TR_mic"), "invalid_argument"),
        (a_track(file=proto.DirectFileOutput()), "invalid_argument"),
        (a_track(track_id="TR_other", file=proto.DirectFileOutput()), "not_found"),
        (a_track(track_id="TR_mic", file=proto.DirectFileOutput(filepath="../a")), "invalid_argument"),
        (
            a_track(track_id="TR_mic", file=proto.DirectFileOutput(s3=proto.S3Upload(bucket="b"))),
            "unimplemented",
        ),
    ],
)
def test_what_cannot_be_done_with_one_track_is_refused_by_name(
    tmp_path: Path, request_: proto.TrackEgressRequest, code: str
) -> None:
    with pytest.raises(EgressFault) as refusal:
        plan_of(request_, tmp_path, [microphone()])
    assert refusal.value.code == code


def test_segments_lie_beside_their_playlist(tmp_path: Path) -> None:
    output = proto.SegmentedFileOutput(filename_prefix="hls/s", playlist_name="hls/index.m3u8")
    plan = plan_of(a_request(segment_outputs=[output]), tmp_path).segments
    assert plan is not None
    assert (plan.prefix, plan.playlist) == (str(tmp_path / "hls/s"), str(tmp_path / "hls/index.m3u8"))
    assert (plan.live_playlist, plan.duration_s) == ("", 2)


def test_a_screen_comes_before_a_camera_and_the_shown_one_stays() -> None:
    one, two = camera(sid="TR_1"), camera(sid="TR_2")
    screen = camera(sid="TR_3", source="SCREEN_SHARE")
    assert choose_picture([microphone()], "") is None
    assert choose_picture([one, two], "") is one
    assert choose_picture([one, two], "TR_2") is two
    assert choose_picture([one, two, screen], "TR_2") is screen
    bob = replace(camera(sid="TR_4"), identity="bob")
    assert choose_picture([one, two, bob], "TR_2", "bob") is bob
    assert choose_picture([one, two, bob], "TR_2", "ada") is two
    assert choose_picture([one, two, bob], "TR_2", "eve") is two  # shows nothing
    assert choose_picture([one, bob, screen], "TR_1", "bob") is screen
    two.muted = True
    assert choose_picture([one, two], "TR_2") is one
    assert choose_picture([two, one], "TR_2", "ada") is one
    one.muted = True
    assert choose_picture([one, two], "TR_2") is None
