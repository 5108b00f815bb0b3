"""The official Python SDK, unmodified, against our server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.media.conftest import DEADLINE_S, Stage, eventually

rtc = pytest.importorskip("livekit.rtc")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.media

WIDTH, HEIGHT, RATE = 320, 180, 48000


class Seen:
    """What a subscriber decoded."""

    def __init__(self, room: "rtc.Room") -> None:
        self.pictures: list[int] = []  # grey value of each picture
        self.sound = 0
        self.data: list[tuple[bytes, str]] = []
        self.tasks: list[asyncio.Task] = []
        room.on("track_subscribed", self._subscribed)
        room.on("data_received", lambda packet: self.data.append((packet.data, packet.participant.identity)))

    def _subscribed(self, track, *_) -> None:
        is_video = track.kind == rtc.TrackKind.KIND_VIDEO
        self.tasks.append(asyncio.ensure_future(self._watch(track) if is_video else self._listen(track)))

    async def _watch(self, track) -> None:
        stream = rtc.VideoStream(track, format=rtc.VideoBufferType.RGBA)
        async for event in stream:
            data = np.frombuffer(event.frame.data, dtype=np.uint8)
            self.pictures.append(int(data[0::4].mean()))

    async def _listen(self, track) -> None:
        async for event in rtc.AudioStream(track):
            if np.abs(np.frombuffer(event.frame.data, dtype=np.int16)).mean() > 500:
                self.sound += 1


@asynccontextmanager
async def connected(stage: Stage, identity: str) -> AsyncIterator[tuple["rtc.Room", Seen]]:
    room = rtc.Room()
    seen = Seen(room)
    await asyncio.wait_for(room.connect(stage.url, stage.token(identity)), DEADLINE_S)
    try:
        yield room, seen
    finally:
        for task in seen.tasks:
            task.cancel()
        await asyncio.gather(*seen.tasks, return_exceptions=True)
        await room.disconnect()


@asynccontextmanager
async def on_air(room: "rtc.Room", codec: int) -> AsyncIterator[None]:
    """A picture that becomes brighter and a tone, until the end of the block."""
    video, audio = rtc.VideoSource(WIDTH, HEIGHT), rtc.AudioSource(RATE, 1)
    camera = rtc.LocalVideoTrack.create_video_track("camera", video)
    microphone = rtc.LocalAudioTrack.create_audio_track("microphone", audio)
    options = rtc.TrackPublishOptions(
        source=rtc.TrackSource.SOURCE_CAMERA, video_codec=codec, simulcast=False
    )
    await room.local_participant.publish_track(camera, options)
    sound = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(microphone, sound)

    async def film() -> None:
        for number in range(10_000):
            picture = np.full((HEIGHT, WIDTH, 4), 40 + number % 160, dtype=np.uint8)
            video.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture.tobytes()))
            await asyncio.sleep(1 / 15)

    async def hum() -> None:
        wave = (np.sin(np.arange(480) / RATE * 2 * np.pi * 400) * 12_000).astype(np.int16).tobytes()
        while True:
            await audio.capture_frame(rtc.AudioFrame(wave, RATE, 1, 480))

    tasks = [asyncio.create_task(film()), asyncio.create_task(hum())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await audio.aclose()
        await video.aclose()


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_the_official_sdk_publishes_and_decodes(stage: Stage, codec: str):
    async with (
        connected(stage, "host") as (host, _),
        on_air(host, getattr(rtc.VideoCodec, codec)),
        connected(stage, "guest") as (_, seen),
    ):
        await eventually(lambda: len(seen.pictures) > 20 and seen.sound > 50)
        published = stage.server.rooms.find("hall").published()

    assert {track.codec for track in published} == {codec.lower(), "opus"}
    assert max(seen.pictures) - min(seen.pictures) > 10


async def test_the_official_sdk_exchanges_data(stage: Stage):
    async with connected(stage, "one") as (one, seen_one), connected(stage, "two") as (two, seen_two):
        people = stage.server.rooms.find("hall").participants.values()
        await eventually(lambda: len(people) == 2)

        async def say(room: "rtc.Room", text: bytes) -> None:
            await room.local_participant.publish_data(text, reliable=True)

        async with asyncio.timeout(DEADLINE_S):
            # The first data may find the other's channel not open yet: what comes then is lost.
            while not seen_two.data or not seen_one.data:
                await say(one, b"hello")
                await say(two, b"welcome")
                await asyncio.sleep(0.05)

    assert seen_two.data[0] == (b"hello", "one")
    assert seen_one.data[0] == (b"welcome", "two")
