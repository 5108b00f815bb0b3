"""Codecs of the recorder child: any picture to H.264, any sound to AAC. Never loaded in a media process."""

import io
import struct
from fractions import Fraction
from typing import NamedTuple, Protocol

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from livehall.media.egress import h264, x264
from livehall.media.egress.frames import Frame
from livehall.media.egress.mixing import BLOCK, RATE
from livehall.media.tracks.programme import Codec

VIDEO_TICKS = Fraction(1, 90_000)
AUDIO_TICKS = Fraction(1, RATE)
WIDEST, HIGHEST = 1280, 720  # pixels; C26
BLACK = 24  # luma; 16 is black in limited range, and sensors are never quite dark
SAMPLE_ROWS, SAMPLE_COLUMNS = 8, 13  # of which one is looked at
BITRATE_AUDIO = 128_000
OPUS_BLOCK = RATE // 50  # samples
_FOURCC = {"vp8": b"VP80", "vp9": b"VP90", "av1": b"AV01"}


class Picture(NamedTuple):
    """One encoded picture of the recording."""

    position: int  # 1/90,000 s from the recording's beginning
    data: bytes  # H.264 access unit, Annex B; key frames carry their parameter sets
    is_key: bool
    shape: bytes  # the parameter sets in force; another shape needs another decoder setup
    codec: Codec = "h264"  # others where a track is recorded as it was sent: then a frame of that codec


class Sound(NamedTuple):
    """One encoded block of sound."""

    position: int  # samples from the recording's beginning
    data: bytes  # AAC, raw, or Opus
    duration: int = BLOCK  # samples


def opened(picture: Picture) -> "av.container.InputContainer":
    """A key frame as a stream, to copy a container's setup from."""
    if picture.codec == "h264":
        return av.open(io.BytesIO(picture.data), "r", format="h264")
    head = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, _FOURCC[picture.codec], 0, 0, 90_000, 1, 1, 0)
    data = head + struct.pack("<IQ", len(picture.data), 0) + picture.data
    return av.open(io.BytesIO(data), "r", format="ivf")


def fit(width: int, height: int) -> tuple[int, int]:
    """The size within 1280 × 720 that keeps the aspect; even, as 4:2:0 needs."""
    scale = min(1.0, WIDEST / width, HIGHEST / height)
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


class PictureEncoder:
    """Encodes pictures of one size as H.264; a key frame at least every so often."""

    def __init__(self, size: tuple[int, int], key_frame_every_s: float) -> None:
        self.size = size
        self._key_every = round(key_frame_every_s * 90_000)
        self._last_key: int | None = None
        self._shape = b""
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.width, encoder.height = size
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = VIDEO_TICKS
        encoder.framerate = Fraction(30, 1)
        encoder.thread_count = 1  # the machine also forwards; a second core is not ours to take
        encoder.options = x264.options()
        self._encoder = encoder

    def encode(self, image: av.VideoFrame, position: int, *, force_key: bool) -> list[Picture]:
        """`image` has the encoder's size and is 4:2:0. Raises: av.FFmpegError."""
        image.pts, image.time_base = position, VIDEO_TICKS
        is_due = self._last_key is None or position - self._last_key >= self._key_every - 900
        image.pict_type = PictureType.I if is_due or force_key else PictureType.NONE
        return [self._picture(bytes(packet), position) for packet in self._encoder.encode(image)]

    def _picture(self, data: bytes, position: int) -> Picture:
        units = h264.split_annex_b(data)
        is_key = any(unit[0] & 0x1F == h264.SLICE_IDR for unit in units)
        if is_key:
            self._last_key = position
            self._shape = h264.annex_b(h264.parameter_sets(units))
        return Picture(position, data, is_key, self._shape)


class VideoEncoder:
    """Decodes frames of one codec and encodes each, one to one, as H.264.

    The canvas is as large as the largest picture so far (within 1280 × 720); a smaller one is scaled up,
    with bars where its aspect differs, so that a sender's adaptation does not change the recording's shape.
    """

    def __init__(self, key_frame_every_s: float) -> None:
        self._key_every_s = key_frame_every_s
        self._decoder: VideoCodecContext | None = None
        self._decoder_codec: Codec | None = None
        self._encoder: PictureEncoder | None = None
        self._scaler = Letterbox()

    def encode(
        self, frame: Frame, codec: Codec, position: int, *, force_key: bool
    ) -> tuple[list[Picture], bool]:
        """The pictures, and whether there is anything to be seen on them.

        Raises: av.FFmpegError when the frame cannot be decoded.
        """
        pictures: list[Picture] = []
        is_black = True
        for image in self._decoder_for(codec).decode(av.Packet(frame.data)):
            encoder = self._encoder_for(fit(image.width, image.height))
            is_black = is_black and is_dark(image)
            pictures += encoder.encode(self._scaler.put(image, encoder.size), position, force_key=force_key)
        return pictures, is_black

    def _decoder_for(self, codec: Codec) -> VideoCodecContext:
        if self._decoder is None or self._decoder_codec != codec:
            self._decoder, self._decoder_codec = make_decoder(codec), codec
        return self._decoder

    def _encoder_for(self, size: tuple[int, int]) -> PictureEncoder:
        canvas = self._encoder.size if self._encoder is not None else (0, 0)
        if self._encoder is None or size[0] > canvas[0] or size[1] > canvas[1]:
            self._encoder = PictureEncoder(size, self._key_every_s)
        return self._encoder


DECODERS = {"h264": "h264", "vp8": "libvpx", "vp9": "libvpx-vp9", "av1": "libdav1d"}


def make_decoder(codec: Codec) -> VideoCodecContext:
    decoder = av.CodecContext.create(DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    decoder.options = {"flags": "low_delay"}
    return decoder


def is_dark(image: av.VideoFrame) -> bool:
    """Whether a coarse sample of its pixels is black throughout. Cheap where it is not."""
    plane = image.planes[0]
    luma, width = memoryview(plane), image.width
    starts = range(0, image.height * plane.line_size, SAMPLE_ROWS * plane.line_size)
    return all(max(bytes(luma[start : start + width : SAMPLE_COLUMNS])) <= BLACK for start in starts)


class Letterbox:
    """Scales a picture into a canvas and keeps its aspect."""

    def __init__(self) -> None:
        self._graph: av.filter.Graph | None = None
        self._between: tuple[int, ...] = ()

    def put(self, image: av.VideoFrame, canvas: tuple[int, int]) -> av.VideoFrame:
        if (image.width, image.height) == canvas and image.format.name == "yuv420p":
            return image
        between = (image.width, image.height, *canvas)
        if self._graph is None or self._between != between:
            self._graph, self._between = _letterbox_graph(image, *canvas), between
        image.pts, image.time_base = None, VIDEO_TICKS
        self._graph.push(image)
        scaled = self._graph.pull()
        assert isinstance(scaled, av.VideoFrame)
        return scaled


def _letterbox_graph(image: av.VideoFrame, width: int, height: int) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=image.width, height=image.height, format=image.format, time_base=VIDEO_TICKS
    )
    scale = graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2")
    pad = graph.add("pad", f"{width}:{height}:-1:-1")
    form = graph.add("format", "yuv420p")
    sink = graph.add("buffersink")
    for left, right in ((source, scale), (scale, pad), (pad, form), (form, sink)):
        left.link_to(right)
    graph.configure()
    return graph


class OpusDecoder:
    """RFC 7587: one RTP payload is one Opus packet."""

    def __init__(self) -> None:
        decoder = av.CodecContext.create("libopus", "r")
        assert isinstance(decoder, AudioCodecContext)
        decoder.sample_rate = RATE
        decoder.layout = "stereo"
        self._decoder = decoder

    def decode(self, payload: bytes) -> bytes:
        """Interleaved 16-bit stereo at 48 kHz. Raises: av.FFmpegError."""
        return b"".join(
            bytes(memoryview(frame.planes[0]))[: frame.samples * 4]
            for frame in self._decoder.decode(av.Packet(payload))
        )


def opus_template() -> "av.AudioStream":
    """A stream of Opus to copy the setup from; it keeps what it needs."""
    sample = io.BytesIO()
    with av.open(sample, "w", format="ogg") as writing:
        stream = writing.add_stream("libopus", rate=RATE)
        stream.layout = "stereo"
        writing.mux([*stream.encode(_silence(OPUS_BLOCK, "s16")), *stream.encode(None)])
    sample.seek(0)
    return av.open(sample).streams.audio[0]


def _silence(samples: int, form: str) -> av.AudioFrame:
    frame = av.AudioFrame(form, "stereo", samples)
    frame.sample_rate = RATE
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.pts, frame.time_base = 0, AUDIO_TICKS
    return frame


def _aac_encoder(container: "av.container.OutputContainer") -> "av.AudioStream":
    stream = container.add_stream("aac", rate=RATE)
    stream.layout = "stereo"
    stream.bit_rate = BITRATE_AUDIO
    return stream


class SoundSource(Protocol):
    template: "av.AudioStream"  # to copy a container's setup from

    def encode(self, position: int, pcm: bytes) -> list[Sound]: ...

    def flush(self) -> list[Sound]: ...


class OpusEncoder:
    """Opus in packets of 20 ms; as with AAC, what only primes a decoder is left out."""

    def __init__(self) -> None:
        self.template = opus_template()
        self._first: int | None = None
        self._next = 0  # position of what waits
        self._waiting = b""
        encoder = av.CodecContext.create("libopus", "w")
        assert isinstance(encoder, AudioCodecContext)
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "s16"
        encoder.time_base, encoder.bit_rate = AUDIO_TICKS, BITRATE_AUDIO
        self._encoder = encoder

    def encode(self, position: int, pcm: bytes) -> list[Sound]:
        """`pcm`: interleaved 16-bit stereo; blocks follow each other."""
        if self._first is None:
            self._first = self._next = position
        self._waiting += pcm
        found: list[Sound] = []
        while len(self._waiting) >= OPUS_BLOCK * 4:
            frame = av.AudioFrame("s16", "stereo", OPUS_BLOCK)
            frame.sample_rate = RATE
            frame.planes[0].update(self._waiting[: OPUS_BLOCK * 4])
            frame.pts, frame.time_base = self._next, AUDIO_TICKS
            self._waiting = self._waiting[OPUS_BLOCK * 4 :]
            self._next += OPUS_BLOCK
            found += self._taken(frame)
        return found

    def flush(self) -> list[Sound]:
        return self._taken(None) if self._first is not None else []

    def _taken(self, frame: av.AudioFrame | None) -> list[Sound]:
        first = self._first or 0
        return [
            Sound(packet.pts, bytes(packet), OPUS_BLOCK)
            for packet in self._encoder.encode(frame)
            if packet.pts is not None and packet.pts >= first
        ]


class SoundEncoder:
    """AAC in blocks of 1,024 samples; the first packet, which only primes a decoder, is left out."""

    def __init__(self) -> None:
        self._first: int | None = None
        # A file that is never kept hands its codec parameters to the real ones. Taken from the reading
        # side, because a template from the writing side loses them in formats without a global header.
        self._sample = io.BytesIO()
        with av.open(self._sample, "w", format="mp4") as writing:
            encoder = _aac_encoder(writing).codec_context
            writing.mux([*encoder.encode(_silence(BLOCK, "fltp")), *encoder.encode(None)])
        self._sample.seek(0)
        self._reading = av.open(self._sample)
        self.template = self._reading.streams.audio[0]
        self._writing = av.open(io.BytesIO(), "w", format="mp4")  # asks its encoder for a global header
        self._encoder = _aac_encoder(self._writing).codec_context
        self._resampler = av.AudioResampler("fltp", "stereo", RATE)

    def encode(self, position: int, pcm: bytes) -> list[Sound]:
        """`pcm`: 1,024 samples of interleaved 16-bit stereo at `position`; blocks follow each other."""
        if self._first is None:
            self._first = position
        frame = av.AudioFrame("s16", "stereo", BLOCK)
        frame.sample_rate = RATE
        frame.planes[0].update(pcm)
        frame.pts, frame.time_base = position, AUDIO_TICKS
        return [
            Sound(packet.pts, bytes(packet))
            for resampled in self._resampler.resample(frame)
            for packet in self._encoder.encode(resampled)
            if packet.pts is not None and packet.pts >= self._first
        ]

    def flush(self) -> list[Sound]:
        first = self._first
        if first is None:
            return []
        return [
            Sound(p.pts, bytes(p)) for p in self._encoder.encode(None) if p.pts is not None and p.pts >= first
        ]
