"""Reads a recording as a critic would: every frame with its number, every beep, with their times."""

from pathlib import Path

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

from tests.support import fake_media, frame_code


class Recorded(msgspec.Struct, frozen=True):
    """What is in a file. Times in seconds from the file's own zero; a frame without a number has None."""

    frames: list[tuple[float, int | None]]
    beeps: list[float]
    duration: float
    size: tuple[int, int]

    @property
    def taken(self) -> list[tuple[float, int | None]]:
        """Each picture once: the first is there twice when it is shown from the beginning of the sound on."""
        is_held = len(self.frames) > 1 and self.frames[0][1] == self.frames[1][1]
        return self.frames[is_held:]

    @property
    def numbered(self) -> list[tuple[float, int]]:
        return [(at, number) for at, number in self.taken if number is not None]

    @property
    def offset(self) -> float:
        """Seconds by which beeps come after their frames."""
        return fake_media.offset_of(self.numbered, self.beeps)


def luma_of(frame: av.VideoFrame) -> frame_code.Luma:
    """The luma plane of a decoded frame."""
    return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)


def read(path: Path) -> Recorded:
    """Decode a whole file."""
    with av.open(str(path), "r") as container:
        duration = float(container.duration or 0) / 1_000_000  # AV_TIME_BASE
        stream = container.streams.video[0]
        size = (stream.codec_context.width, stream.codec_context.height)
        frames = [
            (float(frame.time or 0), frame_code.read(luma_of(frame))) for frame in container.decode(stream)
        ]
    sound, rate, begins = _sound_of(path)
    beeps = [begins + at for at in fake_media.beeps_in(sound, rate)] if rate else []
    return Recorded(frames=frames, beeps=beeps, duration=duration, size=size)


def _sound_of(path: Path) -> tuple[NDArray[np.float64], int, float]:
    """Samples laid at their times (gaps are silence), samples per second, and the time of the first."""
    with av.open(str(path), "r") as container:
        if not container.streams.audio:
            return np.zeros(0), 0, 0.0
        resample = av.AudioResampler(format="flt", layout="mono", rate=fake_media.SAMPLE_RATE)
        parts: list[tuple[float, NDArray[np.float64]]] = []
        for frame in container.decode(audio=0):
            at = float(frame.time or 0)
            samples = [np.asarray(one.to_ndarray()[0], dtype=np.float64) for one in resample.resample(frame)]
            parts += [(at, np.concatenate(samples))] if samples else []
    if not parts:
        return np.zeros(0), 0, 0.0
    rate, begins = fake_media.SAMPLE_RATE, parts[0][0]
    whole = np.zeros(round((parts[-1][0] - begins) * rate) + len(parts[-1][1]))
    for at, part in parts:
        start = round((at - begins) * rate)
        whole[start : start + len(part)] = part[: len(whole) - start]
    return whole, rate, begins
