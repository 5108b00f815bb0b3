"""Pictures of a recording as JPEG files."""

from pathlib import Path

import av
import pytest
from livekit.protocol import egress as proto

from livehall.media.egress import images
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.plans import ImagePlan, Plan
from livehall.media.egress.plans import plan as plan_of
from livehall.media.tracks.programme import Codec
from tests.media.egress.stage import Show, camera, read
from tests.media.egress.studio import Studio


def of_images(folder: Path, **fields: object) -> Plan:
    return Plan(images=(ImagePlan(prefix=str(folder / "pics/show"), **fields),), has_audio=False)


def pictures(folder: Path) -> dict[str, av.VideoFrame]:
    found = {}
    for path in sorted((folder / "pics").iterdir()):
        with av.open(str(path)) as container:
            assert container.streams.video[0].codec_context.name == "mjpeg"
            found[path.name] = next(container.decode(video=0))
    return found


@pytest.mark.parametrize(("codec", "every_s"), [("h264", 1), ("vp8", 1), ("vp9", 5)])
def test_a_picture_is_taken_every_so_often_and_named_by_its_number(
    tmp_path: Path, codec: Codec, every_s: int
) -> None:
    video = camera(codec)
    studio = Studio(tmp_path, video, plan=of_images(tmp_path, interval_s=every_s))
    studio.play(10.5, Show(video, None))
    studio.close()

    found = pictures(tmp_path)
    assert list(found) == [f"show_{number:05d}.jpeg" for number in range(10 // every_s + (every_s == 1))]
    numbers = [read(image)[0] for image in found.values()]
    late = 2 if every_s == 1 else 4 * 15  # seldom ones are key frames
    for place, number in enumerate(numbers):
        assert 0 <= number - place * every_s * 15 <= late
    done = images.kept(tmp_path, 0)
    assert done is not None
    assert (done.count, done.ended_at > done.started_at) == (len(found), True)


def test_a_successor_goes_on_with_the_next_name(tmp_path: Path) -> None:
    video = camera()
    for _ in range(2):
        studio = Studio(tmp_path, video, plan=of_images(tmp_path, interval_s=1))
        studio.play(1.5, Show(video, None))
        studio.close()
    assert list(pictures(tmp_path)) == [f"show_{number:05d}.jpeg" for number in range(4)]


@pytest.mark.parametrize(
    ("fields", "size"),
    [({"width": 160}, (160, 90)), ({"height": 360}, (640, 360)), ({"width": 200, "height": 200}, (200, 200))],
)
def test_a_picture_is_as_large_as_was_asked_for(
    tmp_path: Path, fields: dict[str, int], size: tuple[int, int]
) -> None:
    video = camera("h264")
    studio = Studio(tmp_path, video, plan=of_images(tmp_path, suffix="none", **fields))
    studio.play(1, Show(video, None))
    studio.close()
    ((name, image),) = pictures(tmp_path).items()
    assert (name, (image.width, image.height)) == ("show.jpeg", size)


def test_names_by_time_tell_when_a_picture_was_taken(tmp_path: Path) -> None:
    video = camera("h264")
    studio = Studio(tmp_path, video, plan=of_images(tmp_path, suffix="timestamp", interval_s=1))
    studio.play(1.5, Show(video, None))
    studio.close()
    assert next(iter(pictures(tmp_path))) == "show_20270115080000000.jpeg"


def a_request(*outputs: proto.ImageOutput, **fields: object) -> proto.RoomCompositeEgressRequest:
    return proto.RoomCompositeEgressRequest(room_name="hall", image_outputs=outputs, **fields)


def test_an_image_output_is_planned_as_livekit_would(tmp_path: Path) -> None:
    output = proto.ImageOutput(filename_prefix="a/{room_name}", width=320, filename_suffix=1)
    (plan,) = plan_of(a_request(output), tmp_path).images
    assert plan == ImagePlan(prefix=str(tmp_path / "a/hall"), interval_s=10, suffix="timestamp", width=320)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (a_request(proto.ImageOutput(filename_prefix="../a")), "invalid_argument"),
        (a_request(proto.ImageOutput(width=5000)), "invalid_argument"),
        (a_request(proto.ImageOutput(width=-1)), "invalid_argument"),
        (a_request(*[proto.ImageOutput(filename_prefix="a")] * 2), "invalid_argument"),
        (a_request(*[proto.ImageOutput()] * 5), "resource_exhausted"),
        (a_request(proto.ImageOutput(), audio_only=True), "invalid_argument"),
        (a_request(proto.ImageOutput(s3=proto.S3Upload(bucket="b"))), "unimplemented"),
    ],
)
def test_images_that_cannot_be_made_are_refused_by_name(
    tmp_path: Path, request_: proto.RoomCompositeEgressRequest, code: str
) -> None:
    with pytest.raises(EgressFault) as refusal:
        plan_of(request_, tmp_path)
    assert refusal.value.code == code
