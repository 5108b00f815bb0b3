"""Several people in one picture: where they stand, and that a recording of them is what happened."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from livekit.protocol import egress as proto

from livehall.media.egress import feed, layouts
from livehall.media.egress.composing import Composer
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.layouts import Box, arrange, parse
from livehall.media.egress.service import EgressService
from livehall.media.egress.speaking import Speaker
from livehall.media.tracks.speaker import Speaker as Shown
from tests.media.egress.stage import Clock, Line, Room, Show, camera, draw, microphone, read, until, watch

CANVAS = (1280, 720)


@given(
    name=some.sampled_from(["grid", "speaker", "single-speaker", "side-by-side"]),
    tiles=some.lists(some.integers(0, 99), min_size=1, max_size=20, unique=True),
    first=some.integers(0, 99) | some.none(),
)
@settings(max_examples=200, derandomize=True, deadline=None, database=None)
def test_tiles_stand_on_the_canvas_and_beside_each_other(name, tiles, first):
    layout = parse(name)
    assert layout is not None
    boxes = arrange(layout, tiles, first, CANVAS)
    covered = np.zeros((CANVAS[1], CANVAS[0]), np.uint8)
    for box in boxes.values():
        assert all(length % 2 == 0 for length in box)
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= CANVAS[0]
        assert box.y + box.height <= CANVAS[1]
        covered[box.y : box.y + box.height, box.x : box.x + box.width] += 1
    assert covered.max() == 1
    if name == "grid":
        assert list(boxes) == tiles[: layouts.MOST_TILES]
        assert len({box[2:] for box in boxes.values()}) == 1
    elif name == "side-by-side" and len(tiles) > 1:
        assert len({box[2:] for box in boxes.values()}) == 1
        assert len(boxes) == 2
        assert list(boxes) == sorted(boxes, key=tiles.index)  # nobody changes sides by speaking
        assert first not in tiles or first in boxes
    else:
        main = first if first in tiles else tiles[0]
        assert max(boxes, key=lambda tile: boxes[tile].width * boxes[tile].height) == main


def test_a_picture_in_the_picture_lies_upon_the_large_one():
    boxes = arrange(layouts.Layout("picture-in-picture"), [4, 7, 9], 7, CANVAS)
    assert list(boxes.items()) == [(7, Box(0, 0, 1280, 720)), (4, Box(928, 508, 320, 180))]


def test_names_of_layouts_are_those_of_livekit():
    assert parse("grid-light") == layouts.Layout("grid", is_light=True)
    assert parse("speaker-dark") == parse("speaker") == layouts.Layout("speaker")
    assert parse("mosaic") is None


def test_the_screen_of_a_view_is_scaled_into_its_tile_and_shown_when_its_time_has_come():
    composer = Composer(layouts.Layout("grid"), CANVAS)
    composer.arrange([1, 2])
    composer.see(1, draw(5), 0)
    composer.see(2, draw(6), 0)
    composer.see(2, draw(7), 9000)
    early, late = (number_in(composer.compose(at), 2, [1, 2]) for at in (0, 9000))
    assert (early, late) == (6, 7)
    composer.arrange([2])  # alone now: as large as the canvas
    assert read(composer.compose(9001))[0] == 7


def test_the_speaker_changes_when_the_last_one_is_silent():
    speaker, loud, quiet = Speaker(), b"\x00\x20" * 960, bytes(1920)
    assert speaker.heard("ada", loud, 0.0)
    assert not speaker.heard("bob", loud, 0.5)
    assert not speaker.heard("ada", quiet, Shown.HOLD_S + 0.5)
    assert speaker.heard("bob", loud, Shown.HOLD_S + 1.1)
    assert speaker.identity == "bob"


def number_in(canvas: av.VideoFrame, tile: int, tiles: list[int], layout: str = "grid") -> int:
    """The number that a tile shows."""
    found = parse(layout)
    assert found is not None
    box = arrange(found, tiles, None, CANVAS)[tile]
    return read(av.VideoFrame.from_ndarray(cut(canvas, box), format="gray"))[0]


def cut(canvas: av.VideoFrame, box: Box) -> np.ndarray:
    """The 16 by 9 in the middle of a box."""
    luma = canvas.reformat(*CANVAS, format="gray").to_ndarray()
    width, height = min(box.width, box.height * 16 // 9), min(box.height, box.width * 9 // 16)
    left, top = box.x + (box.width - width) // 2, box.y + (box.height - height) // 2
    return np.ascontiguousarray(luma[top : top + height, left : left + width])


class Desk:
    def __init__(self, folder: Path, *lines: Line) -> None:
        self.room = Room(*lines)
        self.clock = Clock()
        self.told: list[tuple[str, proto.EgressInfo]] = []
        self.service = EgressService(
            lambda name: self.room, lambda event, info: self.told.append((event, info)), folder
        )

    async def record(self, layout: str) -> str:
        request = proto.RoomCompositeEgressRequest(
            room_name="hall", layout=layout, file_outputs=[proto.EncodedFileOutput(filepath="show.mp4")]
        )
        return (await self.service.start(request)).egress_id

    async def stop(self, egress: str) -> proto.EgressInfo:
        await self.service.stop(proto.StopEgressRequest(egress_id=egress))
        await until(lambda: self.told[-1][0] == "egress_ended")
        return self.told[-1][1]


@pytest.fixture
def ada() -> Line:
    return camera("vp8", "TR_ada")


@pytest.fixture
def bob() -> Line:
    return Line("TR_bob", "bob", "video", "h264", "CAMERA", 90_000)


@pytest.fixture
async def desk(tmp_path: Path, ada: Line, bob: Line, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, ada, bob, microphone())
    # The room's time is that of the shows: a machine that is late with a picture has not sent it late.
    monkeypatch.setattr(feed, "time", SimpleNamespace(time=desk.clock.time, monotonic=time.monotonic))
    yield desk
    await desk.service.close()


def canvases(path: str) -> list[av.VideoFrame]:
    with av.open(path) as container:
        return list(container.decode(video=0))


@pytest.mark.media
async def test_a_grid_shows_everybody_in_step_with_the_sound(desk, ada, bob):
    egress = await desk.record("grid")
    shows = Show(ada, desk.room.lines[2]), Show(bob, None)
    await asyncio.gather(*(show.play(6, desk.clock) for show in shows))
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = canvases(info.file_results[0].location)
    times = [frame.time for frame in seen]
    assert all(abs(after - before - 0.04) < 0.002 for before, after in itertools.pairwise(times))
    both = [(number_in(frame, 1, [1, 2]), number_in(frame, 2, [1, 2])) for frame in seen[25:-40]]
    for side in zip(*both, strict=True):
        assert sorted(side) == list(side)
        assert set(side) >= set(range(side[0], side[-1]))  # none left out
    apart = [one - other for one, other in both]
    assert max(apart) - min(apart) <= 2  # they stay as far apart as they began
    (path,) = (file.location for file in info.file_results)
    beeps = watch_sound(path)
    flashes = [
        frame.time for before, frame in itertools.pairwise(seen) if is_flash(frame) and not is_flash(before)
    ]
    assert len(beeps) >= 5
    assert all(min(abs(flash - beep) for flash in flashes) <= 0.12 for beep in beeps[1:-1])


def is_flash(canvas: av.VideoFrame) -> bool:
    """Whether the first of two tiles flashes."""
    box = arrange(layouts.Layout("grid"), [1, 2], None, CANVAS)[1]
    small = av.VideoFrame.from_ndarray(cut(canvas, box), format="gray").reformat(320, 180, format="gray")
    return bool(small.to_ndarray()[100:150, 60:260].mean() > 130)


def watch_sound(path: str) -> list[float]:
    """Seconds at which beeps begin."""
    found: list[float] = []
    with av.open(path) as container:
        for frame in container.decode(audio=0):
            is_loud = np.abs(frame.to_ndarray()[0]).max() > 0.05
            if is_loud and (not found or (frame.time or 0.0) - found[-1] > 0.5):
                found.append(frame.time or 0.0)
    return found


@pytest.mark.media
async def test_the_layout_is_changed_on_the_way_and_who_leaves_makes_room(desk, ada, bob):
    egress = await desk.record("grid")
    shows = Show(ada, desk.room.lines[2]), Show(bob, None)
    playing = asyncio.gather(shows[0].play(8, desk.clock), shows[1].play(5, desk.clock))
    await until(lambda: len(shows[0].shown) >= 3 * 15)
    info = await desk.service.update_layout(proto.UpdateLayoutRequest(egress_id=egress, layout="speaker"))
    assert info.room_composite.layout == "speaker"
    await until(lambda: len(shows[1].shown) >= 5 * 15)
    desk.room.unpublish(bob)
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = canvases(info.file_results[0].location)
    assert number_in(seen[50], 2, [1, 2]) > 0
    assert number_in(seen[4 * 25], 1, [1, 2], "speaker") > 0  # ada speaks: large
    assert number_in(seen[4 * 25], 2, [1, 2], "speaker") > 0
    assert read(seen[7 * 25])[0] > 0  # ada alone: the whole canvas
    with pytest.raises(EgressFault):
        await desk.service.update_layout(proto.UpdateLayoutRequest(egress_id=egress, layout="grid"))


@pytest.mark.media
async def test_what_is_no_layout_is_refused(desk):
    with pytest.raises(EgressFault) as refusal:
        await desk.record("mosaic")
    assert refusal.value.code == "invalid_argument"
    egress = await desk.record("")
    with pytest.raises(EgressFault) as refusal:
        await desk.service.update_layout(proto.UpdateLayoutRequest(egress_id=egress, layout="grid"))
    assert refusal.value.code == "failed_precondition"
    await desk.stop(egress)


@pytest.mark.media
async def test_one_participant_alone_is_recorded_and_ends_with_them(desk, bob, monkeypatch):
    monkeypatch.setattr(feed, "ABSENT_S", 1.0)
    sound = microphone("TR_bobs", "bob")
    desk.room.lines.append(sound)
    request = proto.ParticipantEgressRequest(
        room_name="hall", identity="bob", file_outputs=[proto.EncodedFileOutput(filepath="bob.mp4")]
    )
    info = await desk.service.start(request)
    assert info.participant.identity == "bob"
    show = Show(bob, sound)
    await show.play(3, desk.clock)
    desk.room.unpublish(bob)
    desk.room.unpublish(sound)
    await until(lambda: desk.told[-1][0] == "egress_ended")
    info = desk.told[-1][1]
    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location)
    assert seen.numbers == show.shown
    assert len(seen.beeps) >= 3


@pytest.mark.media
async def test_chosen_tracks_are_recorded_and_end_with_them(desk, ada, bob):
    def asked(**tracks: str) -> proto.TrackCompositeEgressRequest:
        outputs = [proto.EncodedFileOutput(filepath="ada.mp4")]
        return proto.TrackCompositeEgressRequest(room_name="hall", file_outputs=outputs, **tracks)

    with pytest.raises(EgressFault) as refusal:
        await desk.service.start(asked(video_track_id="TR_nobody"))
    assert refusal.value.code == "not_found"
    with pytest.raises(EgressFault) as refusal:
        await desk.service.start(asked())
    assert refusal.value.code == "invalid_argument"
    info = await desk.service.start(asked(video_track_id="TR_ada"))
    assert info.track_composite.video_track_id == "TR_ada"
    shows = Show(ada, desk.room.lines[2]), Show(bob, None)
    await asyncio.gather(*(show.play(3, desk.clock) for show in shows))
    desk.room.unpublish(ada)
    await until(lambda: desk.told[-1][0] == "egress_ended")
    info = desk.told[-1][1]
    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location)
    assert seen.numbers == shows[0].shown
    assert not seen.beeps  # no sound was asked for
