"""Who takes part in a case: connections of the official SDK that remember what they were told."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from livekit import rtc

DEADLINE_S = 15.0
EVENTS = (
    "active_speakers_changed",
    "byte_stream_opened",
    "connection_quality_changed",
    "data_received",
    "disconnected",
    "local_track_published",
    "local_track_subscribed",
    "local_track_unpublished",
    "participant_attributes_changed",
    "participant_connected",
    "participant_disconnected",
    "participant_metadata_changed",
    "participant_name_changed",
    "participant_permissions_changed",
    "reconnected",
    "reconnecting",
    "room_metadata_changed",
    "text_stream_opened",
    "token_refreshed",
    "track_muted",
    "track_published",
    "track_subscribed",
    "track_unmuted",
    "track_unpublished",
    "track_unsubscribed",
)


class Person:
    """One connection of the SDK; `heard` are the events in order, `pictures` and `sounds` what it decoded."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self.pictures: dict[str, list[tuple[int, int]]] = {}  # sid of the track: widths and heights
        self.sounds: dict[str, int] = {}  # sid of the track: frames
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._sources: list[rtc.AudioSource | rtc.VideoSource] = []
        for name in EVENTS:
            self.room.on(name, self._listener(name))

    def _listener(self, name: str) -> Callable[..., None]:
        def heard(*details: Any) -> None:
            self.heard.append((name, details))
            if name == "track_subscribed":
                self._follow(details[0])
            self._news.set()

        return heard

    @property
    def me(self) -> rtc.LocalParticipant:
        return self.room.local_participant

    def told(self, name: str) -> list[tuple[Any, ...]]:
        return [details for heard, details in self.heard if heard == name]

    async def until(self, condition: Callable[[], object], within: float = DEADLINE_S) -> None:
        """Raises: TimeoutError."""
        async with asyncio.timeout(within):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def until_told(self, name: str, times: int = 1) -> tuple[Any, ...]:
        """The details of the latest."""
        await self.until(lambda: len(self.told(name)) >= times)
        return self.told(name)[-1]

    async def until_sees(self, identity: str) -> rtc.RemoteParticipant:
        await self.until(lambda: identity in self.room.remote_participants)
        return self.room.remote_participants[identity]

    # Media

    async def film(
        self,
        *,
        codec: int = rtc.VideoCodec.VP8,
        size: tuple[int, int] = (320, 180),
        simulcast: bool = False,
        source: int = rtc.TrackSource.SOURCE_CAMERA,
        is_busy: bool = False,
    ) -> rtc.LocalTrackPublication:
        """Publish a moving picture, 15 a second; a busy one takes all the bits it may have."""
        width, height = size
        pictures = rtc.VideoSource(width, height)
        self._sources.append(pictures)
        track = rtc.LocalVideoTrack.create_video_track("camera", pictures)
        options = rtc.TrackPublishOptions(source=source, video_codec=codec, simulcast=simulcast)
        self._tasks.append(
            asyncio.create_task(_film(pictures, width, height, _mosaic if is_busy else _halves))
        )
        return await asyncio.wait_for(self.me.publish_track(track, options), DEADLINE_S)

    async def speak(
        self,
        *,
        red: bool = False,
        dtx: bool = False,
        source: int = rtc.TrackSource.SOURCE_MICROPHONE,
    ) -> rtc.LocalTrackPublication:
        """Publish a tone."""
        sound = rtc.AudioSource(48_000, 1)
        self._sources.append(sound)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", sound)
        options = rtc.TrackPublishOptions(source=source, red=red, dtx=dtx)
        self._tasks.append(asyncio.create_task(_hum(sound)))
        return await asyncio.wait_for(self.me.publish_track(track, options), DEADLINE_S)

    def _follow(self, track: rtc.RemoteTrack) -> None:
        is_video = track.kind == rtc.TrackKind.KIND_VIDEO
        self._tasks.append(asyncio.ensure_future(self._watch(track) if is_video else self._listen(track)))

    async def _watch(self, track: rtc.RemoteTrack) -> None:
        async for event in rtc.VideoStream(track):
            size = (event.frame.width, event.frame.height)
            self.pictures.setdefault(track.sid, []).append(size)
            self._news.set()

    async def _listen(self, track: rtc.RemoteTrack) -> None:
        async for event in rtc.AudioStream(track):
            samples = memoryview(event.frame.data).cast("B").cast("h")
            if max(samples, default=0) > 500:
                self.sounds[track.sid] = self.sounds.get(track.sid, 0) + 1
                self._news.set()

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.room.disconnect()
        for source in self._sources:
            await source.aclose()
        self._sources.clear()


async def _film(
    source: rtc.VideoSource, width: int, height: int, paint: Callable[[int, int, int], bytes]
) -> None:
    for number in range(100_000):
        picture = paint(number, width, height)
        source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.RGBA, picture))
        await asyncio.sleep(1 / 15)


def _halves(number: int, width: int, height: int) -> bytes:
    shade = 40 + number * 3 % 160
    top = bytes((shade, 255 - shade, number % 256, 255)) * (width * (height // 2))
    return top + bytes((255 - shade, shade, 128, 255)) * (width * (height - height // 2))


def _mosaic(number: int, width: int, height: int) -> bytes:
    """Tiles of 16 pixels, in colours of their own in every picture."""
    chance = random.Random(number)
    rows = []
    for _ in range(0, height, 16):
        colours = chance.randbytes(width // 16 * 3)
        row = b"".join((colours[at : at + 3] + b"\xff") * 16 for at in range(0, len(colours), 3))
        rows.append(row * 16)
    return b"".join(rows)[: width * height * 4]


async def _hum(source: rtc.AudioSource) -> None:
    wave = b"".join(
        (12_000 * (1 if n // 60 % 2 else -1)).to_bytes(2, "little", signed=True) for n in range(480)
    )
    while True:
        await source.capture_frame(rtc.AudioFrame(wave, 48_000, 1, 480))
