"""Pictures of an encoder into H.264 for RTP. Runs in a child process: the codecs are loaded here.

They are copied. Only what browsers cannot show is encoded anew: pictures out of order (B-frames, which RTP
of WebRTC has no means to put right), and profiles beyond 4:2:0 with eight bits.
"""

from collections.abc import Callable
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from livehall.media.egress.h264 import size_of_sps, split_annex_b
from livehall.media.egress.vp8 import Malformed
from livehall.media.ingress import h264, wire
from livehall.media.ingress.flv import Frame
from livehall.media.ingress.h264 import Configuration, H264Invalid

_TICKS = 90  # of RTP in a millisecond
_KEY_FRAME_EVERY_MS = 2000
_BITRATE_PER_PIXEL = 2.2  # per second: 720p at 2 Mb/s
_LARGEST_BITRATE = 6_000_000


class Picture:
    def __init__(self, emit: Callable[[wire.Payload | wire.Report], None]) -> None:
        self._emit = emit
        self._configuration: Configuration | None = None
        self._size = (0, 0)
        self._frame_rate = 0.0
        self._recoder: _Recoder | None = None
        self._is_out_of_order = False
        self._is_begun = False  # by a key frame: what comes before it cannot be decoded
        self._told: wire.SawVideo | None = None

    def take(self, frame: Frame, at_ms: int) -> None:
        """`at_ms`: of decoding. Damaged frames are left out; the next key frame puts it right."""
        try:
            if frame.is_configuration:
                self._configure(frame.data)
            elif self._configuration is not None:
                self._frame(self._configuration, frame, at_ms)
        except H264Invalid:
            return

    def frame_rate(self, rate: float) -> None:
        """As the encoder names it."""
        self._frame_rate = rate if 0 < rate <= 240 else 0.0

    def _configure(self, record: bytes) -> None:
        configuration = h264.read_configuration(record)
        if self._configuration is not None and configuration.record == self._configuration.record:
            return
        self._configuration = configuration
        try:
            self._size = size_of_sps(configuration.sps)
        except Malformed:
            self._size = (0, 0)
        self._recoder = None
        self._tell()

    def _frame(self, configuration: Configuration, frame: Frame, at_ms: int) -> None:
        self._is_begun = self._is_begun or frame.is_key
        if not self._is_begun:
            return
        if frame.offset:
            self._is_out_of_order = True
        is_due = self._is_out_of_order or not configuration.is_plain
        if is_due and self._recoder is None and frame.is_key:
            self._recoder = _Recoder(configuration, self._size, self._frame_rate)
            self._tell()
        if self._recoder is not None:
            for shown_ms, units in self._recoder.take(frame, at_ms):
                self._write(shown_ms, units, ())
        elif configuration.is_plain:
            units = h264.split(frame.data, configuration.length_size)
            self._write(at_ms + frame.offset, units, configuration.parameter_sets if frame.is_key else ())

    def _write(self, shown_ms: int, units: list[bytes], parameter_sets: tuple[bytes, ...]) -> None:
        for payload, is_last in h264.payloads(units, parameter_sets):
            self._emit(wire.Payload("video", max(shown_ms, 0) * _TICKS, is_last, payload))

    def _tell(self) -> None:
        told = wire.SawVideo("video/h264", *self._size, self._frame_rate, self._recoder is not None)
        if told != self._told:
            self._told = told
            self._emit(told)


class _Recoder:
    """Decodes, and encodes in the order of showing, at the same size."""

    def __init__(self, configuration: Configuration, size: tuple[int, int], frame_rate: float) -> None:
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, VideoCodecContext)
        decoder.extradata = configuration.record
        decoder.thread_type = "SLICE"  # by frame, each thread would add a picture of delay
        self._decoder = decoder
        self._size = size
        self._encoder = PictureEncoder(frame_rate)

    def take(self, frame: Frame, at_ms: int) -> list[tuple[int, list[bytes]]]:
        """[(time of showing, its NAL units)]."""
        packet = av.Packet(frame.data)
        packet.time_base = Fraction(1, 1000)
        packet.dts, packet.pts = at_ms, at_ms + frame.offset
        try:
            decoded = self._decoder.decode(packet)
        except av.FFmpegError:
            return []
        return [written for picture in decoded for written in self._encoder.encode(picture, picture.pts or 0)]


class PictureEncoder:
    """Any pictures into H.264 that every browser decodes, with a key frame every 2 s."""

    def __init__(self, frame_rate: float, highest: int = 0) -> None:
        """Pictures of more than `highest` lines are made smaller; 0: none."""
        self._frame_rate = frame_rate or 30.0
        self._highest = highest
        self._encoder: VideoCodecContext | None = None
        self._key_due_ms = 0

    def encode(self, picture: VideoFrame, shown_ms: int) -> list[tuple[int, list[bytes]]]:
        """[(time of showing, its NAL units)]."""
        size = self.size_of(picture)
        if self._encoder is None or (self._encoder.width, self._encoder.height) != size:
            self._encoder = self._open(*size)
        even = picture.reformat(width=self._encoder.width, height=self._encoder.height, format="yuv420p")
        even.pts, even.time_base = shown_ms, Fraction(1, 1000)
        even.pict_type = PictureType.NONE
        if not self._key_due_ms - _KEY_FRAME_EVERY_MS <= shown_ms < self._key_due_ms:
            even.pict_type = PictureType.I
            self._key_due_ms = shown_ms + _KEY_FRAME_EVERY_MS
        return [
            (packet.pts if packet.pts is not None else shown_ms, split_annex_b(bytes(packet)))
            for packet in self._encoder.encode(even)
        ]

    def size_of(self, picture: VideoFrame) -> tuple[int, int]:
        """Of what comes out: even numbers of pixels."""
        width, height = picture.width, picture.height
        if self._highest and height > self._highest:
            width, height = width * self._highest // height, self._highest
        return width & ~1, height & ~1

    def _open(self, width: int, height: int) -> VideoCodecContext:
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base = Fraction(1, 1000)
        encoder.framerate = Fraction(round(self._frame_rate * 1000), 1000)
        encoder.bit_rate = min(int(width * height * _BITRATE_PER_PIXEL), _LARGEST_BITRATE)
        encoder.gop_size = 10_000  # key frames are asked for by time
        encoder.profile = "Constrained Baseline"
        encoder.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "forced-idr": "1",
            "x264-params": "repeat-headers=1:scenecut=0",
        }
        return encoder
