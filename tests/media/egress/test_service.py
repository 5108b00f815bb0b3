"""The whole egress: a room, recorder processes, files on disk. Real time, a few seconds each."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import av
import pytest
from livekit.protocol import egress as proto

from livehall.media.egress.faults import EgressFault
from livehall.media.egress.service import EgressService
from livehall.media.tracks.speaker import Speaker
from tests.media.egress.stage import FPS, PATIENT_S, Room, Show, camera, microphone, read, until, watch

pytestmark = pytest.mark.media
BOB = 500  # number of his first picture


class Desk:
    """A service over one room, and what it told."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room = room
        self.folder = folder
        self.told: list[tuple[str, proto.EgressInfo]] = []
        self.service = self.another_service()

    def another_service(self) -> EgressService:
        return EgressService(
            lambda name: self.room if name == self.room.name else None,
            lambda event, info: self.told.append((event, info)),
            self.folder,
        )

    async def record(self, **outputs: object) -> str:
        outputs = outputs or {"file_outputs": [proto.EncodedFileOutput(filepath="rec/show.mp4")]}
        request = proto.RoomCompositeEgressRequest(room_name="hall", **outputs)
        info = await self.service.start(request)
        assert info.status == proto.EGRESS_STARTING
        return info.egress_id

    async def ended(self) -> proto.EgressInfo:
        await until(lambda: any(event == "egress_ended" for event, _ in self.told))
        return next(info for event, info in self.told if event == "egress_ended")

    async def stop(self, egress_id: str) -> proto.EgressInfo:
        await self.service.stop(proto.StopEgressRequest(egress_id=egress_id))
        return await self.ended()

    def pid(self, egress_id: str) -> int | None:
        return self.service._jobs[egress_id].recorder_pid


def check_of(info: proto.EgressInfo) -> dict[str, float]:
    """The figures beside the file."""
    found: dict[str, float] = json.loads(Path(info.manifest_location).read_text())
    return found


def is_index_in_front(path: str) -> bool:
    data = Path(path).read_bytes()
    return 0 < data.index(b"moov") < data.index(b"mdat")


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(Room(), tmp_path)
    yield desk
    await desk.service.close()


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_a_recording_holds_every_frame_in_order_with_its_sound(desk: Desk, codec: str) -> None:
    video, audio = camera(codec), microphone()
    desk.room.lines = [video, audio]
    egress = await desk.record(
        file_outputs=[proto.EncodedFileOutput(filepath="rec/show.mp4")],
        image_outputs=[proto.ImageOutput(filename_prefix="rec/show", capture_interval=1)],
    )
    show = Show(video, audio)
    begun = time.time()
    await show.play(5)
    asked = time.time()
    info = await desk.stop(egress)
    took = time.time() - asked

    assert info.status == proto.EGRESS_COMPLETE, info.error
    assert [event for event, _ in desk.told] == ["egress_started", "egress_updated", "egress_ended"]
    file = info.file_results[0]
    seen = watch(file.location)
    assert seen.numbers == show.shown
    assert took < 10
    assert abs(file.duration / 1e9 - (asked - begun)) < 1
    assert abs(seen.duration - file.duration / 1e9) < 0.1
    assert abs(file.started_at / 1e9 - begun) < 0.5
    assert len(seen.beeps) >= 5
    assert max(map(abs, seen.offsets)) < 0.1
    assert is_index_in_front(file.location)
    with av.open(f"{file.location}.jpeg") as poster:
        assert read(next(poster.decode(video=0)))[0] in show.shown
    (pictures,) = info.image_results
    assert pictures.image_count == len(list((desk.folder / "rec").glob("show_0*.jpeg"))) in (5, 6)
    assert pictures.filename_prefix == str(desk.folder / "rec/show")


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_one_picture_at_a_time_is_that_of_whoever_speaks(desk: Desk, codec: str) -> None:
    ada, bob = camera(codec, "TR_ada"), replace(camera(codec, "TR_bob"), identity="bob")
    desk.room.lines = [ada, bob, microphone()]
    egress = await desk.record()
    shows = Show(ada, desk.room.lines[2]), Show(bob, None, first=BOB)
    playing = asyncio.gather(*(show.play(9) for show in shows))
    await until(lambda: len(shows[0].shown) >= 2 * FPS)  # nobody has said anything: the first stays
    desk.room.levels = {"bob": 0.25}
    await until(lambda: bool(bob.taps))
    desk.room.levels = {"ada": 1.0}  # at once, but bob has just begun
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location).numbers
    runs = [(is_bob, list(numbers)) for is_bob, numbers in groupby(seen, lambda number: number >= BOB)]
    assert [is_bob for is_bob, _ in runs] == [False, True, False]
    for _, numbers in runs:
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
    first, second, third = (numbers for _, numbers in runs)
    assert first[0] == shows[0].shown[0]
    assert third[-1] == shows[0].shown[-1]
    assert len(second) >= Speaker.HOLD_S * FPS - 3  # the change waits for a key frame
    assert abs(second[0] - BOB - first[-1]) < FPS  # their clocks differ a little, but no second is missing
    assert abs(third[0] - (second[-1] - BOB)) < FPS


async def test_a_killed_recorder_is_followed_by_another_and_nothing_is_lost(desk: Desk) -> None:
    video, audio = camera(), microphone()
    desk.room.lines = [video, audio]
    egress = await desk.record()
    show = Show(video, audio)
    playing = asyncio.create_task(show.play(13))
    await until(lambda: len(show.shown) > 9.5 * 15)
    kill(desk.pid(egress))
    parts = sorted((desk.folder / ".state" / egress).glob("part-*.mp4"))
    assert watch(str(parts[0])).numbers[:90] == show.shown[:90]  # playable as it lies there
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location)
    check = check_of(info)
    assert desk.service._jobs == {}
    assert check["parts"] == 2
    assert seen.numbers == show.shown
    assert check["frames_in"] == check["frames_written"] == len(show.shown)
    assert abs(seen.duration - 13) < 0.5
    assert len(seen.beeps) == 13
    assert max(map(abs, seen.offsets)) < 0.1


async def test_tracks_are_kept_as_they_were_sent_over_a_killed_recorder(desk: Desk) -> None:
    video, audio = camera("vp9"), microphone()
    desk.room.lines = [video, audio]
    started = [
        await desk.service.start(
            proto.TrackEgressRequest(
                room_name="hall", track_id=line.sid, file=proto.DirectFileOutput(filepath="rec/{track_id}")
            )
        )
        for line in (video, audio)
    ]
    show = Show(video, audio)
    playing = asyncio.create_task(show.play(6))
    await until(lambda: len(show.shown) > 3 * 15)
    for info in started:
        kill(desk.pid(info.egress_id))
    await playing
    for line in (video, audio):
        desk.room.unpublish(line)  # ends what records it
    await until(lambda: sum(event == "egress_ended" for event, _ in desk.told) == 2)

    ended = {info.track.track_id: info for event, info in desk.told if event == "egress_ended"}
    pictures, sound = (ended[line.sid].file_results[0] for line in (video, audio))
    assert [info.status for info in ended.values()] == [proto.EGRESS_COMPLETE] * 2
    assert (pictures.filename, sound.filename) == ("TR_cam.webm", "TR_mic.ogg")
    assert watch(pictures.location).numbers == show.shown
    assert len(watch(sound.location).beeps) == 6


async def test_what_a_killed_media_process_recorded_is_finished_by_the_next(desk: Desk) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.media.egress.media_process", str(desk.folder), "5",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout is not None
    shown = json.loads(await asyncio.wait_for(server.stdout.readline(), PATIENT_S))
    server.kill()
    await server.wait()
    await desk.service.open()
    info = await desk.ended()

    assert info.status == proto.EGRESS_COMPLETE, info.error
    assert [event for event, _ in desk.told] == ["egress_ended"]
    seen = watch(info.file_results[0].location)
    assert seen.numbers == shown
    assert max(map(abs, seen.offsets)) < 0.1


async def test_a_room_without_tracks_is_aborted_with_a_reason(desk: Desk) -> None:
    egress = await desk.record()
    await asyncio.sleep(0.5)
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_ABORTED
    assert "Nobody published" in info.error


async def test_the_end_of_the_room_ends_the_recording(desk: Desk) -> None:
    video, audio = camera(), microphone()
    desk.room.lines = [video, audio]
    await desk.record()
    await Show(video, audio).play(1)
    desk.room.close()

    assert (await desk.ended()).status == proto.EGRESS_COMPLETE


async def test_an_ended_egress_cannot_be_stopped_and_is_still_listed(desk: Desk) -> None:
    egress = await desk.record()
    await desk.stop(egress)

    with pytest.raises(EgressFault, match="failed_precondition"):
        await desk.service.stop(proto.StopEgressRequest(egress_id=egress))
    listed = await desk.another_service().list(proto.ListEgressRequest(room_name="hall"))
    assert [item.egress_id for item in listed.items] == [egress]
    assert not (await desk.service.list(proto.ListEgressRequest(active=True))).items


async def test_an_unknown_room_and_an_unknown_egress_are_not_found(desk: Desk) -> None:
    output = proto.EncodedFileOutput(filepath="a.mp4")
    with pytest.raises(EgressFault, match="not_found"):
        await desk.service.start(
            proto.RoomCompositeEgressRequest(room_name="elsewhere", file_outputs=[output])
        )
    with pytest.raises(EgressFault, match="not_found"):
        await desk.service.stop(proto.StopEgressRequest(egress_id="EG_nothing"))


async def test_one_egress_more_than_allowed_is_refused(tmp_path: Path) -> None:
    desk = Desk(Room(), tmp_path)
    desk.service = EgressService(lambda _: desk.room, lambda *_: None, tmp_path, most_at_once=1)
    await desk.record()
    try:
        with pytest.raises(EgressFault, match="resource_exhausted"):
            await desk.record(file_outputs=[proto.EncodedFileOutput(filepath="b.mp4")])
    finally:
        await desk.service.close()


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_segments_of_two_seconds_play_as_one(desk: Desk, codec: str) -> None:
    video, audio = camera(codec), microphone()
    desk.room.lines = [video, audio]
    egress = await desk.record(
        segment_outputs=[
            proto.SegmentedFileOutput(
                filename_prefix="hls/s", playlist_name="index.m3u8", live_playlist_name="live.m3u8"
            )
        ]
    )
    playlist = desk.folder / "hls/index.m3u8"
    show = Show(video, audio)
    playing = asyncio.create_task(show.play(9))
    await until(lambda: playlist.exists() and "s_00001.ts" in playlist.read_text())
    assert not playing.done()
    assert "#EXT-X-ENDLIST" not in playlist.read_text()
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    text = playlist.read_text()
    lengths = [float(line[8:-1]) for line in text.splitlines() if line.startswith("#EXTINF")]
    assert all(1.8 <= length <= 2.6 for length in lengths[:-1])
    assert text.endswith("#EXT-X-ENDLIST\n")
    seen = watch(str(playlist))
    assert seen.numbers == show.shown
    assert max(map(abs, seen.offsets)) < 0.1
    assert info.segment_results[0].segment_count == len(lengths)
    assert (desk.folder / "hls/live.m3u8").exists()


async def test_a_killed_recorder_goes_on_with_its_segments(desk: Desk) -> None:
    video, audio = camera(), microphone()
    desk.room.lines = [video, audio]
    egress = await desk.record(
        segment_outputs=[proto.SegmentedFileOutput(filename_prefix="s")],
        file_outputs=[proto.EncodedFileOutput(filepath="s.mp4")],
    )
    show = Show(video, audio)
    playing = asyncio.create_task(show.play(12))
    await until(lambda: len(show.shown) > 7.5 * 15)
    kill(desk.pid(egress))
    await playing
    info = await desk.stop(egress)

    text = (desk.folder / "s.m3u8").read_text()
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert watch(info.file_results[0].location).numbers == show.shown
    numbers = [
        n
        for name in text.splitlines()
        if name.endswith(".ts")
        for n in watch(str(desk.folder / name)).numbers
    ]
    assert numbers == show.shown


async def test_a_screen_is_the_picture_before_a_camera_and_the_camera_comes_back(desk: Desk) -> None:
    video, audio = camera(), microphone()
    screen = camera("h264", "TR_screen", "SCREEN_SHARE")
    desk.room.lines = [video, audio]
    egress = await desk.record()
    show, shared = Show(video, audio), Show(screen, None, first=1000, size=(640, 360))
    playing = asyncio.create_task(show.play(8))
    await until(lambda: len(show.shown) > 30)
    desk.room.publish(screen)
    await shared.play(3)
    desk.room.unpublish(screen)
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location)
    assert [n for n in seen.numbers if n >= 1000] == shared.shown
    cameras = [n for n in seen.numbers if n < 1000]
    assert cameras == sorted(cameras)
    assert seen.times == sorted(set(seen.times))
    assert cameras[-1] == show.shown[-1]
    assert abs(seen.duration - 8) < 0.5


async def test_a_microphone_alone_becomes_a_file_with_sound_alone(desk: Desk) -> None:
    audio = microphone()
    desk.room.lines = [audio]
    egress = await desk.record()
    await Show(None, audio).play(5)
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location)
    assert seen.numbers == []
    assert len(seen.beeps) == 5
    assert abs(seen.duration - 5) < 0.3
