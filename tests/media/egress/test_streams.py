"""RTMP targets: what they get, and that one which fails disturbs nobody. The servers are ffmpeg's own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import pytest
from livekit.protocol import egress as proto

from livehall.media.egress import streams, wire
from livehall.media.egress.encoders import Picture
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.service import EgressService
from livehall.media.egress.streams import Streams
from livehall.media.egress.targets import shown
from tests.media.egress.stage import (
    PATIENT_S,
    Encoder,
    Room,
    Show,
    camera,
    microphone,
    ticks_of,
    until,
    watch,
)
from tests.support.processes import Program, free_port

pytestmark = pytest.mark.media
KEY = "live_5f0a-secret-91c2"


class Receiver:
    """An RTMP server for one publisher; `file` is what it got."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"rtmp://127.0.0.1:{port}/app/{KEY}"
        self.file = folder / f"got-{port}.flv"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "warning", "-listen", "1"]
        command += ["-i", self.url, "-c", "copy", str(self.file)]
        self.program = Program("ffmpeg", command, log=folder / f"got-{port}.log")
        self.program.wait_ready(lambda: is_taken(port), within=PATIENT_S)

    async def whole(self) -> str:
        """The file, once the publisher has gone."""
        await until(lambda: not self.program.is_running)
        return str(self.file)


def is_taken(port: int) -> bool:
    """Whether somebody listens; found without a connection: ffmpeg takes the first for its publisher."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


class Desk:
    def __init__(self, folder: Path) -> None:
        self.video, self.audio = camera("h264"), microphone()
        self.room = Room(self.video, self.audio)
        self.told: list[tuple[str, proto.EgressInfo]] = []
        self.service = EgressService(
            lambda name: self.room, lambda event, info: self.told.append((event, info)), folder
        )

    async def start(self, *urls: str, **outputs: object) -> str:
        request = proto.RoomCompositeEgressRequest(
            room_name="hall", stream_outputs=[proto.StreamOutput(urls=urls)], **outputs
        )
        info = await self.service.start(request)
        return info.egress_id

    async def now(self, egress: str) -> proto.EgressInfo:
        (info,) = (await self.service.list(proto.ListEgressRequest(egress_id=egress))).items
        return info

    async def stop(self, egress: str) -> proto.EgressInfo:
        await self.service.stop(proto.StopEgressRequest(egress_id=egress))
        await until(lambda: self.told[-1][0] == "egress_ended")
        return self.told[-1][1]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "out")
    yield desk
    await desk.service.close()


async def test_every_target_gets_picture_and_sound_and_no_answer_holds_its_key(desk, tmp_path):
    one, two = Receiver(tmp_path), Receiver(tmp_path)
    egress = await desk.start(one.url)
    show = Show(desk.video, desk.audio)
    playing = asyncio.create_task(show.play(9))
    await until(lambda: len(show.shown) > 15)
    request = proto.UpdateStreamRequest(egress_id=egress, add_output_urls=[two.url])
    assert len((await desk.service.update_stream(request)).stream_results) == 2
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    assert [result.status for result in info.stream_results] == [proto.StreamInfo.FINISHED] * 2
    assert all(result.duration > 10**9 for result in info.stream_results)
    assert {result.url for result in info.stream_results} == {shown(one.url), shown(two.url)}
    assert not any(KEY in str(told) for _, told in desk.told)
    assert "{liv...1c2}" in info.room_composite.stream_outputs[0].urls[0]
    for receiver, most_missing in ((one, 0), (two, 9 * 15 - 45)):
        seen = watch(await receiver.whole())
        assert seen.numbers == list(range(seen.numbers[0], seen.numbers[-1] + 1))
        assert seen.numbers[-1] == show.shown[-1]
        assert seen.numbers[0] <= most_missing
        assert seen.beeps
        assert max(map(abs, seen.offsets)) < 0.3
        for times in (seen.flashes[1:], seen.beeps[1:]):  # a stream may begin in the middle of one
            assert max(abs(later - earlier - 1) for earlier, later in pairwise(times)) <= 0.12


async def test_a_target_that_refuses_is_tried_again_and_the_file_is_whole(desk, tmp_path):
    egress = await desk.start(
        f"rtmp://127.0.0.1:{free_port()}/app/{KEY}",
        file_outputs=[proto.EncodedFileOutput(filepath="show.mp4")],
    )
    show = Show(desk.video, desk.audio)
    await show.play(4)
    (target,) = (await desk.now(egress)).stream_results
    info = await desk.stop(egress)

    assert target.retries >= 1
    assert target.error
    assert KEY not in target.error
    assert info.status == proto.EGRESS_COMPLETE, info.error
    assert watch(info.file_results[0].location).numbers == show.shown


async def test_a_stream_has_not_begun_while_its_platform_refuses(desk):
    egress = await desk.start(f"rtmp://127.0.0.1:{free_port()}/app/{KEY}")
    await Show(desk.video, desk.audio).play(3)
    info = await desk.now(egress)
    assert info.status == proto.EGRESS_STARTING
    assert info.stream_results[0].retries >= 1
    assert "egress_started" not in [event for event, _ in desk.told]
    assert (await desk.stop(egress)).status == proto.EGRESS_ABORTED


async def test_a_removed_target_ends_and_the_others_go_on(desk, tmp_path):
    stays, goes = Receiver(tmp_path), Receiver(tmp_path)
    egress = await desk.start(stays.url, goes.url)
    show = Show(desk.video, desk.audio)
    playing = asyncio.create_task(show.play(7))
    await until(lambda: len(show.shown) > 3 * 15)
    request = proto.UpdateStreamRequest(egress_id=egress, remove_output_urls=[goes.url])
    await desk.service.update_stream(request)
    with pytest.raises(EgressFault):
        await desk.service.update_stream(request)
    short = watch(await goes.whole())
    await playing
    await desk.stop(egress)
    long = watch(await stays.whole())
    assert long.numbers[-1] == show.shown[-1] > short.numbers[-1]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/app/key",
        "rtmp://example.org",
        "rtmp:///app/key",
        "rtmp://h/a/k live=1",
        "srt://h/k",
    ],
)
async def test_what_is_no_rtmp_address_is_refused(desk, url):
    with pytest.raises(EgressFault) as refusal:
        await desk.start(url)
    assert refusal.value.code == "invalid_argument"
    assert desk.told == []


def pictures(count: int) -> list[Picture]:
    encoder = Encoder("h264")
    made = [encoder.encode(number, key=number % 15 == 0) for number in range(count)]
    return [Picture(ticks_of(n), data, n % 15 == 0, b"one shape") for n, data in enumerate(made)]


async def test_a_target_is_given_up_when_it_fails_as_often_as_there_are_waits(monkeypatch):
    monkeypatch.setattr(streams, "WAITS_S", (0.05, 0.05))
    targets: Streams = Streams(has_sound=False)
    said: list[wire.StreamState] = []
    targets.set([wire.Stream("ES_1", f"rtmp://127.0.0.1:{free_port()}/app/{KEY}")])
    key = pictures(1)[0]

    def has_failed() -> bool:
        targets.write(key)
        said.extend(targets.poll())
        return bool(said) and said[-1].state == "failed"

    await until(has_failed)
    assert [state.state for state in said] == ["retrying", "retrying", "failed"]
    assert not targets.wants_key_frame
    assert list(targets.close()) == []


async def test_a_server_that_says_nothing_delays_nobody(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        good = Receiver(tmp_path)
        targets = Streams(has_sound=False)
        silent = wire.Stream("ES_mute", f"rtmp://127.0.0.1:{mute.getsockname()[1]}/app/{KEY}")
        targets.set([silent, wire.Stream("ES_good", good.url)])
        said: list[wire.StreamState] = []

        def is_active() -> bool:
            said.extend(targets.poll())
            return bool(said)

        made = pictures(45)
        for picture in made:
            targets.write(picture)
        await until(is_active)
        assert [(state.id, state.state) for state in said] == [("ES_good", "active")]
        targets.set([silent])
        list(targets.poll())
        assert watch(await good.whole()).numbers == list(range(45))
        list(targets.close())
