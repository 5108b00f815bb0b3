"""The ingest of one encoder as a process of its own: `python -m livehall.media.ingress.child`.

Reads FLV on standard input and writes RTP payloads on standard output until the input ends. The stream key
was checked before this process was started; what the encoder sends reaches no other process's codecs.
"""

import os
import resource
import sys

import av

from livehall.media.confining import confine
from livehall.media.ingress import flv, wire
from livehall.media.ingress.picture import Picture
from livehall.media.ingress.rtmp import amf0
from livehall.media.ingress.sound import Sound

NICENESS = 3  # forwarding comes first on a busy machine
LARGEST_MEMORY = 3 << 30  # bytes of addresses; 4K with all its threads takes a third of it


class Ingest:
    """Takes tags, gives messages to `emit`."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._picture = Picture(self._emit)
        self._sound = Sound(self._emit)
        self._wraps = _Unwrapper()

    def take(self, tag: flv.Tag) -> None:
        """Raises: Unsupported."""
        if tag.kind == flv.DATA:
            self._facts(tag.body)
            return
        frame = flv.read_frame(tag)
        if frame is None:
            return
        at_ms = self._wraps.unwrap(tag.timestamp)
        if tag.kind == flv.VIDEO:
            self._picture.take(frame, at_ms)
        else:
            self._sound.take(frame, at_ms)

    def refuse(self, text: str) -> None:
        self._emit(wire.Refused(text))

    def written(self) -> bytes:
        """What is to be written; each byte once."""
        out, self._out = bytes(self._out), bytearray()
        return out

    def _facts(self, body: bytes) -> None:
        """`onMetaData` (FLV, annex E.5)."""
        try:
            values = amf0.decode(body)
        except amf0.AmfInvalid:
            return
        for value in values:
            if isinstance(value, dict) and isinstance(rate := value.get("framerate"), float):
                self._picture.frame_rate(rate)

    def _emit(self, message: wire.Payload | wire.Report) -> None:
        self._out += wire.encode(message)


class _Unwrapper:
    """Milliseconds of 32 bits, of which the two kinds of tag may be a little apart."""

    def __init__(self) -> None:
        self._last: int | None = None

    def unwrap(self, timestamp: int) -> int:
        if self._last is None:
            self._last = timestamp
        step = (timestamp - self._last + 0x80000000) % 0x100000000 - 0x80000000
        self._last = max(self._last + step, 0)
        return self._last


def main() -> int:
    os.nice(NICENESS)
    confine()
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to nothing but its pipe
    av.logging.set_level(av.logging.PANIC)
    ingest, reader = Ingest(), flv.Reader()
    refused = False
    while not refused and (data := os.read(sys.stdin.fileno(), 1 << 16)):
        try:
            for tag in reader.feed(data):
                ingest.take(tag)
        except flv.Unsupported as fault:
            ingest.refuse(str(fault))
            refused = True
        try:
            sys.stdout.buffer.write(ingest.written())
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return 0  # the media process is gone
    return 0


if __name__ == "__main__":
    sys.exit(main())
