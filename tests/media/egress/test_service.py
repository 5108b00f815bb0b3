"""The whole egress: a room, recorder processes, files on disk. Real time, a few seconds each."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from livekit.protocol import egress as proto
from tests.media.egress.stage import Room, Show, camera, microphone, watch

from livehall.media.egress.service import EgressService

pytestmark = pytest.mark.media
PATIENT_S = 30.0


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
        info = await self.service.start_room_composite(request)
        assert info.status == proto.EGRESS_STARTING
        return info.egress_id

    async def until(self, is_so: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENT_S
        while not is_so():
            assert time.monotonic() < deadline, "it did not happen"
            await asyncio.sleep(0.02)

    async def ended(self) -> proto.EgressInfo:
        await self.until(lambda: any(event == "egress_ended" for event, _ in self.told))
        return next(info for event, info in self.told if event == "egress_ended")

    async def stop(self, egress_id: str) -> proto.EgressInfo:
        await self.service.stop(proto.StopEgressRequest(egress_id=egress_id))
        return await self.ended()

    def pid(self, egress_id: str) -> int | None:
        return self.service._jobs[egress_id].recorder_pid


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(Room(), tmp_path)
    yield desk
    await desk.service.close()


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_a_recording_holds_every_frame_in_order_with_its_sound(desk: Desk, codec: str) -> None:
    video, audio = camera(codec), microphone()
    desk.room.lines = [video, audio]
    egress = await desk.record()
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
    print(codec, took, seen.offsets, seen.duration, json.loads(Path(file.location + ".json").read_text()))
    assert seen.numbers == show.shown
    assert took < 10
    assert abs(file.duration / 1e9 - (asked - begun)) < 1
    assert abs(seen.duration - file.duration / 1e9) < 0.1
    assert abs(file.started_at / 1e9 - begun) < 0.5
    assert len(seen.beeps) >= 5
    assert max(map(abs, seen.offsets)) < 0.1
    assert (
        Path(file.location).read_bytes()[4:40].find(b"moov") > 0
        or b"moov" in Path(file.location).read_bytes()[:64]
    )
