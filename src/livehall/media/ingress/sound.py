"""Sound of an encoder into Opus. Runs in a child process: the codecs are loaded here."""

from collections.abc import Callable

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

from livehall.media.ingress import wire
from livehall.media.ingress.flv import Frame

RATE = 48_000
_FRAME = 960  # samples: 20 ms
_BITRATE = 96_000  # as LiveKit's OPUS_STEREO_96KBPS
_TOLERANCE_MS = 120  # beyond which the encoder's clock is believed rather than our count of samples
_DECODERS = {"aac": "aac", "mp3": "mp3float"}


class OpusEncoder:
    """Timestamps count samples from the source's zero, and follow its clock over gaps."""

    def __init__(self, emit: Callable[[wire.Payload | wire.Report], None]) -> None:
        self._emit = emit
        self._encoder: AudioCodecContext | None = None
        self._resampler: av.AudioResampler | None = None
        self._next: int | None = None  # ticks of the next packet of Opus
        self._held = 0  # samples at 48 kHz that the resampler keeps until they make a frame
        self._told: tuple[int, int] | None = None

    def encode(self, samples: AudioFrame, at_ms: int, codec: str) -> None:
        """`codec`: of the source, to be told."""
        self._tell(samples, codec)
        expected = None if self._next is None else self._next * 1000 // RATE
        if expected is None or abs(expected + self._held_ms() - at_ms) > _TOLERANCE_MS:
            self.restart()
            self._next = at_ms * RATE // 1000
        if self._resampler is None or self._encoder is None:
            self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE, frame_size=_FRAME)
            self._encoder = _encoder()
        samples.pts = None
        self._held += samples.samples * RATE // max(samples.sample_rate, 1)
        for piece in self._resampler.resample(samples):
            self._held -= piece.samples
            piece.pts = None
            for packet in self._encoder.encode(piece):
                assert self._next is not None
                self._emit(wire.Payload("audio", self._next, False, bytes(packet)))
                self._next += _FRAME

    def _held_ms(self) -> int:
        return max(self._held, 0) * 1000 // RATE

    def restart(self) -> None:
        """After a change of the source."""
        self._resampler = self._encoder = None
        self._next = None
        self._held = 0

    def _tell(self, samples: AudioFrame, codec: str) -> None:
        seen = (samples.layout.nb_channels, samples.sample_rate)
        if seen != self._told:
            self._told = seen
            name = "audio/mpeg" if codec.startswith("mp3") else f"audio/{codec}"
            self._emit(wire.SawAudio(name, *seen))


class Sound:
    """AAC or MP3 of an encoder."""

    def __init__(self, emit: Callable[[wire.Payload | wire.Report], None]) -> None:
        self._decoder: AudioCodecContext | None = None
        self._opus = OpusEncoder(emit)

    def take(self, frame: Frame, at_ms: int) -> None:
        if frame.is_configuration:
            self._decoder = _decoder(frame.codec, frame.data)
            self._opus.restart()
            return
        if self._decoder is None:
            if frame.codec == "aac":
                return  # before its configuration nothing can be decoded
            self._decoder = _decoder(frame.codec, b"")
        try:
            decoded = self._decoder.decode(av.Packet(frame.data))
        except av.FFmpegError:
            return  # a damaged frame is a gap, which the timestamps show
        for samples in decoded:
            self._opus.encode(samples, at_ms, frame.codec)
            at_ms += 1000 * samples.samples // max(samples.sample_rate, 1)


def _decoder(codec: str, configuration: bytes) -> AudioCodecContext:
    decoder = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(decoder, AudioCodecContext)
    if configuration:
        decoder.extradata = configuration
    return decoder


def _encoder() -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.rate = RATE
    encoder.layout = "stereo"
    encoder.format = "s16"
    encoder.bit_rate = _BITRATE
    encoder.options = {"frame_duration": "20", "application": "audio"}
    return encoder
