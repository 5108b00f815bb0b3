"""Small films, as other programs make them."""

from pathlib import Path

import av
import numpy as np

RATE = 25
SOUND = 48_000
FRAME = 1024  # samples of AAC


def a_film(
    path: Path,
    *,
    seconds: int = 2,
    codec: str = "libx264",
    form: str = "mp4",
    sound: bool = True,
    movflags: str = "faststart",
) -> Path:
    """320 × 180 pixels, that grow brighter; and silence."""
    options = {"movflags": movflags} if form == "mp4" and movflags else {}
    with av.open(str(path), "w", format=form, options=options) as output:
        picture = output.add_stream(codec, rate=RATE) if codec else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 320, 180, "yuv420p"
        heard = output.add_stream("aac", rate=SOUND) if sound else None
        for number in range(RATE * seconds if picture is not None else 0):
            level = 64 + number % 128
            frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), level, dtype=np.uint8))
            frame.pts = number
            output.mux(picture.encode(frame))
        if picture is not None:
            output.mux(picture.encode())
        for position in range(0, SOUND * seconds if heard is not None else 0, FRAME):
            silence = av.AudioFrame.from_ndarray(
                np.zeros((2, FRAME), dtype=np.float32), format="fltp", layout="stereo"
            )
            silence.sample_rate, silence.pts = SOUND, position
            output.mux(heard.encode(silence))
        if heard is not None:
            output.mux(heard.encode())
    return path


def box(kind: bytes, content: bytes) -> bytes:
    """A part of an MP4 (ISO/IEC 14496-12, §4.2)."""
    return (8 + len(content)).to_bytes(4) + kind + content
