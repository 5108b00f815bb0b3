"""A host on the official SDK: a picture that moves, 320 × 180 at 15 a second, and a tone."""

import asyncio
import time

import numpy as np
from livekit import rtc

from livehall.cli.rehearsal.door import Seat

WIDTH, HEIGHT, FPS = 320, 180, 15
RATE, TONE_HZ, CHUNK_S = 48_000, 440, 0.02
LOUDNESS = 0.2  # of full scale


class Host:
    def __init__(self) -> None:
        self._room = rtc.Room()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_ending = False
        self.pictures = 0

    async def publish(self, seat: Seat) -> None:
        """Connect and send picture and tone until `stop`. Raises: ConnectError."""
        await self._room.connect(seat.livekit_url, seat.token)
        camera, microphone = rtc.VideoSource(WIDTH, HEIGHT), rtc.AudioSource(RATE, 1)
        picture = rtc.LocalVideoTrack.create_video_track("picture", camera)
        tone = rtc.LocalAudioTrack.create_audio_track("tone", microphone)
        me = self._room.local_participant
        await me.publish_track(
            picture,
            rtc.TrackPublishOptions(
                source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False, video_codec=rtc.VideoCodec.VP8
            ),
        )
        await me.publish_track(tone, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        self._tasks = [
            asyncio.create_task(self._show(camera)),
            asyncio.create_task(self._sound(microphone)),
        ]

    async def stop(self) -> None:
        self._is_ending = True  # not cancelled: the SDK would lose the answer to a frame that it is given
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()

    async def _show(self, camera: rtc.VideoSource) -> None:
        begun = time.monotonic()
        while not self._is_ending:
            camera.capture_frame(
                rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, picture(self.pictures))
            )
            self.pictures += 1
            await asyncio.sleep(max(0.0, begun + self.pictures / FPS - time.monotonic()))

    async def _sound(self, microphone: rtc.AudioSource) -> None:
        samples = int(RATE * CHUNK_S)
        begun = 0
        while not self._is_ending:
            phase = 2 * np.pi * TONE_HZ * (np.arange(samples) + begun) / RATE
            wave = (np.sin(phase) * LOUDNESS * 32767).astype(np.int16)
            await microphone.capture_frame(rtc.AudioFrame(wave.tobytes(), RATE, 1, samples))
            begun = (begun + samples) % RATE  # TONE_HZ waves fit into a second: no click
        await microphone.wait_for_playout()


def picture(number: int) -> bytes:
    """A slope of grey that wanders, with a white bar that crosses it: I420."""
    slope = (np.arange(WIDTH, dtype=np.uint16) + 2 * number) % 180 + 16
    luma = np.broadcast_to(slope.astype(np.uint8), (HEIGHT, WIDTH)).copy()
    left = 4 * number % (WIDTH - 24)
    luma[60:120, left : left + 24] = 235
    return luma.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2)
