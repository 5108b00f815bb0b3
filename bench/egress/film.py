"""What is sent to a recorder: a moving picture with a camera's noise, and a voice, as RTP payloads."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np
from av.video.frame import PictureType
from tests.media.egress.stage import beeps, packetize

from livehall.media.egress import wire
from livehall.media.tracks.programme import Codec, Packet

FPS = 30
LENGTH = 90  # pictures, then it begins anew
KEY_EVERY = 45
SECOND_BPS = 1_500_000  # at 720p
_OPTIONS = {
    "h264": (
        "libx264",
        {"preset": "superfast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"},
    ),
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "12", "lag-in-frames": "0"}),
}


class Film(NamedTuple):
    codec: Codec
    pictures: list[list[bytes]]  # payloads of each


def make(codec: Codec, size: tuple[int, int]) -> Film:
    name, options = _OPTIONS[codec]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.framerate = "yuv420p", Fraction(1, FPS), Fraction(FPS)
    encoder.bit_rate = SECOND_BPS * size[0] * size[1] // (1280 * 720)
    encoder.options = options | {"g": "9999"}
    pictures = []
    for number, image in enumerate(_images(size)):
        image.pts, image.time_base = number, Fraction(1, FPS)
        image.pict_type = PictureType.I if number % KEY_EVERY == 0 else PictureType.NONE
        data = b"".join(bytes(packet) for packet in encoder.encode(image))
        pictures.append(packetize(codec, data, number))
    return Film(codec, pictures)


def _images(size: tuple[int, int]) -> Iterator[av.VideoFrame]:
    """A wall, somebody who moves before it, and noise."""
    width, height = size
    random = np.random.default_rng(1)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    wall = 90 + 30 * np.sin(across / 37) + 20 * np.cos(down / 23)
    noise = random.normal(0, 1.5, (8, height, width))
    for number in range(LENGTH):
        turn = 2 * np.pi * number / LENGTH
        x, y = width * (0.5 + 0.15 * np.sin(turn)), height * (0.5 + 0.05 * np.sin(2 * turn))
        near = np.exp(-(((across - x) / width * 6) ** 2) - ((down - y) / height * 3) ** 2)
        face = 170 + 25 * np.sin((across - x) / 9) * np.cos((down - y) / 7)
        luma = np.clip(wall * (1 - near) + face * near + noise[number % 8], 16, 235).astype(np.uint8)
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, rows in zip(
            frame.planes, (luma, luma[::2, ::2] // 4 + 96, luma[1::2, 1::2] // 4 + 96), strict=True
        ):
            padded = np.zeros((plane.height, plane.line_size), np.uint8)
            padded[:, : plane.width] = rows
            plane.update(padded.tobytes())
        yield frame


class Sender:
    """One track: what it sends until a time, each packet once."""

    def __init__(self, index: int, payloads: list[list[bytes]], codec: Codec, step: int, rate: int) -> None:
        self.index = index
        self.announced = wire.Track(
            index=index, sid=f"TR_{index}", identity=f"person-{index}", codec=codec, clock_rate=rate,
            kind="audio" if codec == "opus" else "video",
            source="MICROPHONE" if codec == "opus" else "CAMERA",
        )  # fmt: skip
        self._payloads, self._step, self._rate = payloads, step, rate
        self._sent = self._sequence = 0

    def until(self, elapsed: float, now: float) -> Iterator[bytes]:
        """Messages for a recorder."""
        while self._sent * self._step <= elapsed * self._rate:
            payloads = self._payloads[self._sent % len(self._payloads)]
            for place, payload in enumerate(payloads):
                is_last = place == len(payloads) - 1
                ticks = self._sent * self._step & 0xFFFFFFFF
                packet = Packet(self._sequence & 0xFFFF, ticks, is_last, payload, now)
                self._sequence += 1
                yield wire.encode(now, wire.Media(self.index, packet))
            self._sent += 1


def camera(index: int, film: Film) -> Sender:
    return Sender(index, film.pictures, film.codec, 90_000 // FPS, 90_000)


def microphone(index: int) -> Sender:
    return Sender(index, [[packet] for packet in beeps(3.0)], "opus", 960, 48_000)
