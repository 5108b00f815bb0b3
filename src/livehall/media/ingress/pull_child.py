"""The pull of one address as a process of its own: `python -m livehall.media.ingress.pull_child`.

Reads one line of JSON on standard input and writes RTP payloads on standard output, in time with the clock,
until the source ends or standard input does. Nothing that was fetched reaches another process's codecs.
"""

import os
import resource
import select
import sys
import time
from typing import BinaryIO

import av
import msgspec
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame

from livehall.media.ingress import h264, wire
from livehall.media.ingress.child import LARGEST_MEMORY, NICENESS
from livehall.media.ingress.fetching import Fetcher, FetchRefused
from livehall.media.ingress.picture import PictureEncoder
from livehall.media.ingress.sound import OpusEncoder

HIGHEST = 720  # lines, as LiveKit's H264_720P_30FPS_3_LAYERS
_TICKS = 90  # of RTP in a millisecond
_LARGEST_JUMP_MS = 2000  # of the source's times, beyond which its clock is set anew
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,hls,mpegts,aac,mp3,ogg,matroska,webm,flv"
_CANNOT = "What is at the address cannot be played: give MP4, WebM or HLS."


class Pull:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._opus = OpusEncoder(self._emit)
        self._pictures: PictureEncoder | None = None
        self._told: tuple[int, int] | None = None
        self._shift_ms: float | None = None  # from the source's time to ours
        self._began_at = time.monotonic()
        self._last_ms = 0.0

    def run(self, source: InputContainer) -> None:
        """Raises: av.FFmpegError, OSError."""
        pictures = next(iter(source.streams.video), None)
        rate = float(pictures.average_rate or 0) if pictures is not None else 0.0
        streams = [*source.streams.video[:1], *source.streams.audio[:1]]
        for packet in source.demux(streams):
            try:
                decoded = packet.decode()
            except av.InvalidDataError:
                continue  # a damaged frame is a gap
            for frame in decoded:
                if not isinstance(frame, VideoFrame | AudioFrame) or frame.time is None:
                    continue
                at_ms = self._until_due(frame.time * 1000)
                name = packet.stream.codec_context.codec.canonical_name
                if isinstance(frame, VideoFrame):
                    self._picture(frame, at_ms, rate, name)
                else:
                    self._opus.encode(frame, at_ms, name)

    def _until_due(self, source_ms: float) -> int:
        """Wait until it is time for what the source shows at this time; then it is our time."""
        if self._shift_ms is None or abs(source_ms + self._shift_ms - self._last_ms) > _LARGEST_JUMP_MS:
            self._shift_ms = self._last_ms - source_ms
        at_ms = max(source_ms + self._shift_ms, 0.0)
        late_s = time.monotonic() - self._began_at - at_ms / 1000
        if late_s < 0:
            _sleep(-late_s)
        elif late_s > 1.0:  # the source stood still: nobody catches up with what was not there
            self._began_at += late_s
        self._last_ms = max(self._last_ms, at_ms)
        return int(at_ms)

    def _picture(self, frame: VideoFrame, at_ms: int, rate: float, codec: str) -> None:
        if self._pictures is None:
            self._pictures = PictureEncoder(min(rate, 60.0), HIGHEST)
        size = self._pictures.size_of(frame)
        if size != self._told:
            self._told = size
            self._emit(wire.SawVideo(f"video/{codec}", *size, rate, True))
        for shown_ms, units in self._pictures.encode(frame, at_ms):
            for payload, is_last in h264.payloads(units):
                self._emit(wire.Payload("video", max(shown_ms, 0) * _TICKS, is_last, payload))

    def _emit(self, message: wire.Payload | wire.Report) -> None:
        self._out.write(wire.encode(message))
        self._out.flush()


def _sleep(seconds: float) -> None:
    """Not longer than standard input is open: its end says that nobody wants more."""
    if select.select([sys.stdin], [], [], seconds)[0]:
        sys.exit(0)


def main() -> int:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to nothing but its pipe
    av.logging.set_level(av.logging.PANIC)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=wire.Order)
    out = sys.stdout.buffer
    fetcher = Fetcher(order.hosts, may_be_private=order.may_be_private)
    try:
        fetcher.open(order.url, 0, {}).close()  # a refusal in words, which PyAV would swallow
        options = {"format_whitelist": _FORMATS, "http_persistent": "0", "http_multiple": "0"}
        with av.open(order.url, io_open=fetcher.open, options={}, container_options=options) as source:
            Pull(out).run(source)
    except BrokenPipeError:
        return 0  # the media process is gone
    except FetchRefused as refusal:
        out.write(wire.encode(wire.Refused(str(refusal))))
    except (av.FFmpegError, ValueError, OSError):
        out.write(wire.encode(wire.Refused(_CANNOT)))
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
