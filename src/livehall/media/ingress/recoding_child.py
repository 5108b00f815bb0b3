"""Packets of one encoder into H.264 and Opus, as a process of its own: `python -m
livehall.media.ingress.recoding_child`.

Reads what a recorder would read on standard input and writes RTP payloads on standard output until the input
ends. Pictures are decoded and encoded anew; sound is Opus already, and only its times are put beside the
pictures'.
"""

import os
import resource
import sys

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from livehall.media.confining import confine
from livehall.media.egress import wire as packets
from livehall.media.egress.arrivals import View, Voice
from livehall.media.egress.clocks import PublisherClock
from livehall.media.egress.encoders import make_decoder
from livehall.media.egress.frames import Frame
from livehall.media.ingress import h264, wire
from livehall.media.ingress.child import LARGEST_MEMORY, NICENESS
from livehall.media.ingress.picture import PictureEncoder

HIGHEST = 720  # lines, as LiveKit's H264_720P_30FPS_3_LAYERS
_FRAME_RATE = 30.0
_LEAD_S = 1.0  # before the first packet: what was sent earlier may come later
_TICKS = 90  # of RTP in a millisecond


class Recode:
    def __init__(self) -> None:
        self._out = bytearray()
        self._publisher = PublisherClock()
        self._tracks: dict[int, View | Voice] = {}
        self._decoder: VideoCodecContext | None = None
        self._encoder = PictureEncoder(_FRAME_RATE, HIGHEST)
        self._epoch: float | None = None
        self._told: tuple[int, int] | None = None

    def written(self) -> bytes:
        """What is to be written; each byte once."""
        out, self._out = bytes(self._out), bytearray()
        return out

    def handle(self, at: float, message: packets.Message) -> None:
        match message:
            case packets.Track():
                kind = View if message.kind == "video" else Voice
                self._tracks[message.index] = kind(message, self._publisher, None)
                if message.kind == "video":
                    self._decoder = make_decoder(message.codec)
            case packets.Media(index, packet):
                if self._epoch is None:
                    self._epoch = packet.arrived_at - _LEAD_S
                self._tracks[index].push(packet, at)
            case packets.SenderReport(index, ntp, timestamp):
                self._tracks[index].report(ntp, timestamp)
        for arrival in self._tracks.values():
            if isinstance(arrival, View):
                self._pictures(arrival, at)
            else:
                self._sounds(arrival, at)

    def _sounds(self, voice: Voice, at: float) -> None:
        for packet in voice.reorderer.pop(at):
            if packet is not None and packet.payload:
                position = voice.place(packet.timestamp, self._epoch or 0.0)
                self._emit(wire.Payload("audio", max(position, 0), packet.marker, packet.payload))

    def _pictures(self, view: View, at: float) -> None:
        for packet in view.reorderer.pop(at):
            if packet is None:
                view.assembler.gap()
                continue
            for frame in view.assembler.push(packet):
                self._picture(view, frame)
        if self._epoch is not None and view.assembler.is_broken and view.may_ask(at):
            self._emit(wire.KeyFrameWanted())

    def _picture(self, view: View, frame: Frame) -> None:
        assert self._decoder is not None
        position = view.place(frame.timestamp, self._epoch or 0.0)
        try:
            decoded = self._decoder.decode(av.Packet(frame.data))
        except av.FFmpegError:
            view.assembler.is_broken = True
            return
        for picture in decoded:
            self._encode(picture, position * 1000 // view.track.clock_rate, view.track.codec)

    def _encode(self, picture: VideoFrame, at_ms: int, codec: str) -> None:
        size = self._encoder.size_of(picture)
        if size != self._told:
            self._told = size
            self._emit(wire.SawVideo(f"video/{codec}", *size, 0.0, True))
        for shown_ms, units in self._encoder.encode(picture, at_ms):
            for payload, is_last in h264.payloads(units):
                self._emit(wire.Payload("video", max(shown_ms, 0) * _TICKS, is_last, payload))

    def _emit(self, message: wire.Payload | wire.Report) -> None:
        self._out += wire.encode(message)


def main() -> int:
    os.nice(NICENESS)
    confine()
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to nothing but its pipe
    av.logging.set_level(av.logging.PANIC)
    recode, reader = Recode(), packets.Reader()
    while data := os.read(sys.stdin.fileno(), 1 << 16):
        for at, message in reader.feed(data):
            recode.handle(at, message)
        try:
            sys.stdout.buffer.write(recode.written())
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return 0  # the media process is gone
    return 0


if __name__ == "__main__":
    sys.exit(main())
