"""Full clients on the official SDK: they decode picture and sound as a browser does."""

import asyncio
import time

import numpy as np
from livekit import rtc

from livehall.cli.rehearsal.door import Seat
from livehall.cli.rehearsal.watching import Kind, Sighting

LOUD = 0.01  # of full scale, root mean square; silence decodes to less than a tenth of this


class SdkViewer:
    kind: Kind = "SDK"

    def __init__(self) -> None:
        self._room = rtc.Room()
        self._tasks: list[asyncio.Task[None]] = []
        self._tracks: list[rtc.RemoteTrack] = []
        self._seen: Sighting | None = None
        self._born = 0.0

    async def watch(self, seat: Seat, seen: Sighting, born: float) -> None:
        """Raises: ConnectError."""
        self._seen, self._born = seen, born
        self._room.on("track_subscribed", self._on_track)
        await self._room.connect(seat.livekit_url, seat.token)
        seen.joined_s = time.monotonic() - born

    async def stop(self) -> None:
        await self._count_packets()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()

    def _on_track(
        self, track: rtc.RemoteTrack, _publication: rtc.RemoteTrackPublication, _who: rtc.RemoteParticipant
    ) -> None:
        self._tracks.append(track)
        follow = self._follow_picture if track.kind == rtc.TrackKind.KIND_VIDEO else self._follow_sound
        self._tasks.append(asyncio.create_task(follow(track)))

    async def _follow_picture(self, track: rtc.RemoteTrack) -> None:
        assert self._seen is not None
        stream = rtc.VideoStream(track)
        try:
            async for _ in stream:
                self._seen.pictures += 1
                if self._seen.picture_s is None:
                    self._seen.picture_s = time.monotonic() - self._born
        finally:
            await stream.aclose()

    async def _follow_sound(self, track: rtc.RemoteTrack) -> None:
        assert self._seen is not None
        stream = rtc.AudioStream(track)
        try:
            async for event in stream:
                if self._seen.sound_s is None and _level(event.frame) > LOUD:
                    self._seen.sound_s = time.monotonic() - self._born
        finally:
            await stream.aclose()

    async def _count_packets(self) -> None:
        assert self._seen is not None
        for track in self._tracks:
            for entry in await track.get_stats():
                if entry.HasField("inbound_rtp"):
                    self._seen.packets += entry.inbound_rtp.received.packets_received
                    self._seen.lost += max(0, entry.inbound_rtp.received.packets_lost)


def _level(frame: rtc.AudioFrame) -> float:
    samples = np.frombuffer(frame.data, dtype=np.int16).astype(np.float32) / 32768
    return float(np.sqrt(np.mean(samples * samples))) if samples.size else 0.0
