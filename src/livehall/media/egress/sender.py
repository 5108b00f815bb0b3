"""One RTMP publication as a process of its own: `python -m livehall.media.egress.sender`.

Standard input: the address and whether there is sound, as a line of JSON, and then frames of `kind, position,
length` and a body, the first of them a key frame. Standard output: `active` when the server has taken the
beginning; whatever else comes is the fault. A process, since the library that speaks RTMP keeps the
interpreter's lock while a server is silent, and since an alarm ends it whatever it waits for.
"""

import io
import os
import signal
import struct
import sys
from typing import BinaryIO

import av
import msgspec

from livehall.media.egress.encoders import AUDIO_TICKS, VIDEO_TICKS, Picture, Sound, SoundEncoder
from livehall.media.egress.parts import samples

ANSWER_S = 10  # how long a server may take for one thing
PICTURE, KEY_PICTURE, SOUND = range(3)
ACTIVE = b"active\n"

_FRAME = struct.Struct("!BqI")
_OPTIONS = {"flvflags": "no_duration_filesize"}


class Order(msgspec.Struct, frozen=True):
    """The first line. The end of `url` is a secret, so it is no argument of the process."""

    url: str
    has_sound: bool


def frame(encoded: Picture | Sound) -> bytes:
    """What a sender reads."""
    kind = SOUND if isinstance(encoded, Sound) else KEY_PICTURE if encoded.is_key else PICTURE
    return _FRAME.pack(kind, encoded.position, len(encoded.data)) + encoded.data


def _read(source: BinaryIO) -> tuple[int, int, bytes] | None:
    header = source.read(_FRAME.size)
    if len(header) < _FRAME.size:
        return None
    kind, position, length = _FRAME.unpack(header)
    body = source.read(length)
    return (kind, position, body) if len(body) == length else None


class _Publication:
    def __init__(self, order: Order, start: int, picture: bytes) -> None:
        """Raises: av.FFmpegError, OSError."""
        self._start = start
        self._container = av.open(order.url, "w", format="flv", options=_OPTIONS)
        with av.open(io.BytesIO(picture), format="h264") as reading:
            self._video = self._container.add_stream_from_template(reading.streams.video[0])
        self._video.time_base = VIDEO_TICKS
        self._sounds = SoundEncoder() if order.has_sound else None
        self._audio = (
            self._container.add_stream_from_template(self._sounds.template) if self._sounds else None
        )

    def write(self, kind: int, position: int, data: bytes) -> None:
        """Raises: av.FFmpegError, OSError."""
        packet = av.Packet(data)
        if kind == SOUND:
            packet.pts = packet.dts = position - samples(self._start)
            if self._audio is None or packet.pts < 0:
                return
            packet.time_base, packet.is_keyframe, packet.stream = AUDIO_TICKS, True, self._audio
        else:
            packet.pts = packet.dts = position - self._start
            packet.time_base, packet.is_keyframe = VIDEO_TICKS, kind == KEY_PICTURE
            packet.stream = self._video
        self._container.mux(packet)

    def close(self) -> None:
        self._container.close()


def publish(source: BinaryIO, out: BinaryIO) -> None:
    """Until the source ends. Raises: av.FFmpegError, OSError."""
    order = msgspec.json.decode(source.readline(), type=Order)
    message = _read(source)
    if message is None:
        return
    signal.alarm(ANSWER_S)
    publication = _Publication(order, message[1], message[2])
    is_active = False
    while message is not None:
        signal.alarm(ANSWER_S)
        publication.write(*message)
        if not is_active and message[0] == PICTURE:  # the header has gone out, and the server took it
            is_active = True
            out.write(ACTIVE)
            out.flush()
        signal.alarm(0)
        message = _read(source)
    signal.alarm(ANSWER_S)
    publication.close()


def main() -> int:
    os.nice(5)  # as the recorder: forwarding comes first
    av.logging.set_level(av.logging.PANIC)
    try:
        publish(sys.stdin.buffer, sys.stdout.buffer)
    except (av.FFmpegError, OSError) as error:
        sys.stdout.write(getattr(error, "strerror", None) or type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
