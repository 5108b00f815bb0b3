"""Pictures out of ordered packets: one `Frame` for each RTP timestamp that came whole.

After a gap nothing is let through until a key frame, because a decoder would show the damage; `is_broken`
says so and the owner asks the publisher for one.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from livehall.media.egress import av1, h264, vp8, vp9
from livehall.media.egress.vp8 import Malformed
from livehall.media.tracks.programme import Codec, Packet


class Frame(NamedTuple):
    timestamp: int  # RTP time, 32 bits
    data: bytes  # a VP8 frame, VP9 picture, AV1 temporal unit, or H.264 access unit in Annex B form
    is_key: bool
    size: tuple[int, int]  # pixels, as the last key frame announced; (0, 0): not known


class _Depacketizer(Protocol):
    def add(self, payload: bytes) -> None: ...

    def take(self) -> tuple[bytes, bool]:
        """The gathered picture and whether it is a key frame. Raises: Malformed."""
        ...

    def clear(self) -> None: ...

    size: tuple[int, int]


class Assembler:
    """Gathers the packets of one video track into frames."""

    def __init__(self, codec: Codec) -> None:
        self.is_broken = True
        self.seen = 0  # pictures of which at least the end came
        self.dropped = 0  # of these: not whole, or waiting for a key frame
        self._part: _Depacketizer = _GATHERERS[codec]()
        self._packet: Packet | None = None  # the last one of the picture being gathered
        self._is_whole = True

    def gap(self) -> None:
        self._is_whole = False

    def push(self, packet: Packet) -> list[Frame]:
        """Frames that this packet completes. Packets without payload (probes) pass unnoticed."""
        if not packet.payload:
            return []
        frames = []
        if self._packet is not None and self._packet.timestamp != packet.timestamp:
            frames += self._complete(self._packet)  # the end mark was lost or never set
        self._packet = packet
        try:
            self._part.add(packet.payload)
        except Malformed:
            self._is_whole = False
        if packet.marker:
            frames += self._complete(packet)
        return frames

    def _complete(self, packet: Packet) -> list[Frame]:
        self._packet = None
        self.seen += 1
        is_whole, self._is_whole = self._is_whole, True
        try:
            data, is_key = self._part.take()
        except Malformed:
            is_whole, data, is_key = False, b"", False
        if is_whole and is_key:
            self.is_broken = False
        elif not is_whole:
            self.is_broken = True
        if self.is_broken:
            self.dropped += 1
            return []
        return [Frame(packet.timestamp, data, is_key, self._part.size)]


class _Vp8:
    def __init__(self) -> None:
        self.size = (0, 0)
        self._pieces: list[bytes] = []

    def add(self, payload: bytes) -> None:
        descriptor = vp8.parse_descriptor(payload)
        if not self._pieces and not descriptor.starts_frame:
            raise Malformed("A frame without its beginning.")
        self._pieces.append(payload[descriptor.length :])

    def take(self) -> tuple[bytes, bool]:
        frame = b"".join(self._pieces)
        self.clear()
        if not frame:
            raise Malformed("An empty frame.")
        is_key = vp8.is_key_frame(frame)
        if is_key:
            self.size = vp8.size_of_key_frame(frame)
        return frame, is_key

    def clear(self) -> None:
        self._pieces = []


class _H264:
    def __init__(self) -> None:
        self.size = (0, 0)
        self._depacketizer = h264.Depacketizer()
        self._units: list[bytes] = []
        self._sps = self._pps = b""

    def add(self, payload: bytes) -> None:
        try:
            self._units += self._depacketizer.push(payload)
        except Malformed:
            self._depacketizer.reset()
            raise

    def take(self) -> tuple[bytes, bool]:
        units = [unit for unit in self._units if unit[0] & 0x1F not in (h264.DELIMITER, h264.FILLER)]
        self.clear()
        kinds = {unit[0] & 0x1F for unit in units}
        for unit in units:
            self._remember(unit)
        if not kinds & {1, 2, 3, 4, h264.SLICE_IDR}:
            raise Malformed("No slice in the access unit.")
        is_key = h264.SLICE_IDR in kinds
        if is_key:
            if not self._sps or not self._pps:
                raise Malformed("A key frame without parameter sets.")
            self.size = h264.size_of_sps(self._sps)
            if h264.SPS not in kinds or h264.PPS not in kinds:
                units = [unit for unit in units if unit[0] & 0x1F not in (h264.SPS, h264.PPS)]
                units = [self._sps, self._pps, *units]
        return h264.annex_b(units), is_key

    def clear(self) -> None:
        self._units = []
        self._depacketizer.reset()

    def _remember(self, unit: bytes) -> None:
        if unit[0] & 0x1F == h264.SPS:
            self._sps = unit
        elif unit[0] & 0x1F == h264.PPS:
            self._pps = unit


_GATHERERS: dict[str, Callable[[], _Depacketizer]] = {
    "vp8": _Vp8, "vp9": vp9.Gatherer, "av1": av1.Gatherer, "h264": _H264,
}  # fmt: skip
