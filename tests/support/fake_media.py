"""What the fake camera and microphone of Chromium carry: a frame number, and a beep that belongs to it.

Both files last `LOOP_S` seconds and are played over and over. Frame `n` carries the number `n`; the beep
sounds while the frames whose number is a multiple of `BEAT_FRAMES` are due. Chromium starts the two devices
when the page opens them, so that a beep is not exactly over its frame: how far it is off is measured where it
is captured, and what comes out at the other end is compared with that.
"""

import wave
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from tests.support import frame_code

WIDTH, HEIGHT, FRAME_RATE = 640, 360, 15
LOOP_S = 40
NUMBERS = LOOP_S * FRAME_RATE  # numbers run from 0 to this, and begin again
BEAT_S = 2
BEAT_FRAMES = BEAT_S * FRAME_RATE
BEEP_S = 0.15
SAMPLE_RATE = 48_000
BEEP_HZ, TONE_HZ = 1000, 400  # whole cycles in 10 ms, so that the one does not leak into the other
BEEP_LEVEL, TONE_LEVEL = 0.5, 0.1
WINDOW_S = 0.01


class Devices(msgspec.Struct, frozen=True):
    """The files that the fake devices play."""

    picture: Path
    sound: Path


Samples = NDArray[np.float64]


def write_devices(folder: Path) -> Devices:
    """Both files, in this folder."""
    devices = Devices(folder / "camera.y4m", folder / "microphone.wav")
    write_picture(devices.picture)
    write_sound(devices.sound)
    return devices


def write_picture(path: Path) -> None:
    """A Y4M file for `--use-file-for-fake-video-capture` (about 200 MB)."""
    grey = np.full(WIDTH * HEIGHT // 2, 128, dtype=np.uint8).tobytes()
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAME_RATE}:1 Ip A1:1 C420\n".encode())
        for number in range(NUMBERS):
            out.write(b"FRAME\n" + frame_code.draw(number, WIDTH, HEIGHT).tobytes() + grey)


def write_sound(path: Path) -> None:
    """A WAV file for `--use-file-for-fake-audio-capture`: a soft tone, and a beep each beat."""
    at = np.arange(LOOP_S * SAMPLE_RATE) / SAMPLE_RATE
    sound = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * at)
    sound += np.where(at % BEAT_S < BEEP_S, BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * at), 0)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((sound * 32767).astype("<i2").tobytes())


def beeps_in(sound: Samples, sample_rate: int) -> list[float]:
    """When a beep begins in this sound, in seconds from its first sample, to 10 ms."""
    size = int(sample_rate * WINDOW_S)
    windows = sound[: len(sound) // size * size].reshape(-1, size)
    wave_ = np.exp(-2j * np.pi * BEEP_HZ * np.arange(size) / sample_rate)
    level = np.abs(windows @ wave_) / size
    if len(level) == 0 or level.max() < 0.005:
        return []
    loud = level > level.max() / 3
    starts = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    found: list[float] = []
    for start in starts:
        if not found or start * WINDOW_S - found[-1] > BEAT_S / 2:
            found.append(float(start * WINDOW_S))
    return found


def offset_of(frames: list[tuple[float, int]], beeps: list[float]) -> float:
    """Seconds by which beeps come after their frames (before: negative), as the median over the beats.

    `frames` are (time, number), `beeps` times of the same clock. Between minus and plus half a beat.
    """
    marks = [at for at, number in frames if number % BEAT_FRAMES == 0]
    assert marks, "no frame that a beep belongs to"
    assert beeps, "no beep"
    return float(np.median([around(beep - marks[0]) for beep in beeps]))


def around(seconds: float) -> float:
    """The same place within a beat, as -BEAT_S/2 to BEAT_S/2."""
    return (seconds + BEAT_S / 2) % BEAT_S - BEAT_S / 2
