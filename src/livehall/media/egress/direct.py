"""The recorder of one track as it was sent: H.264 in MP4, VP8, VP9 and AV1 in WebM, Opus in OGG."""

from collections.abc import Callable
from pathlib import Path

from livehall.media.egress import h264, wire
from livehall.media.egress.arrivals import Voice
from livehall.media.egress.encoders import Picture, Sound, SoundSource
from livehall.media.egress.frames import Frame
from livehall.media.egress.opus import OpusLine
from livehall.media.egress.plans import Plan
from livehall.media.egress.recorder import Recorder
from livehall.media.egress.showing import Shower
from livehall.media.tracks.programme import Codec, Packet


class DirectRecorder(Recorder):
    def __init__(self, folder: Path, plan: Plan, report: Callable[[wire.Report], None]) -> None:
        self._line = OpusLine()
        super().__init__(folder, plan, report)

    def _make_shower(self) -> Shower:
        return _Copying()

    def _make_sound(self) -> SoundSource:
        return _Passing(self._line)

    def _put(self, voice: Voice, packet: Packet) -> None:
        assert self._epoch is not None
        assert self._outputs is not None
        for sound in self._line.put(voice.place(packet.timestamp, self._epoch), packet.payload):
            self._outputs.write_sound(sound)

    def _mix(self, until: int) -> None:
        if self._outputs is not None and self._plan.has_audio:
            for sound in self._line.fill(until):
                self._outputs.write_sound(sound)


class _Copying(Shower):
    _shape = b""

    def show(self, frame: Frame, codec: Codec, position: int, *, force_key: bool) -> list[Picture]:
        if codec != "h264":  # a change of size needs no other decoder
            return [Picture(position, frame.data, frame.is_key, codec.encode(), codec)]
        if frame.is_key:
            self._shape = h264.annex_b(h264.parameter_sets(h264.split_annex_b(frame.data)))
        return [Picture(position, frame.data, frame.is_key, self._shape)]


class _Passing(SoundSource):
    """Nothing is encoded: the line has what there is."""

    def __init__(self, line: OpusLine) -> None:
        self.template = line.template

    def encode(self, position: int, pcm: bytes) -> list[Sound]:
        return []

    def flush(self) -> list[Sound]:
        return []
