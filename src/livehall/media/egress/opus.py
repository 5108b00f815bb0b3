"""Opus without decoding it: how long packets are, and a line of them without holes (RFC 6716, RFC 7845)."""

from livehall.media.egress.encoders import Sound, opus_template
from livehall.media.egress.mixing import RATE

SILENCE = b"\xf8\xff\xfe"  # 20 ms, CELT, one channel
SILENT_SAMPLES = RATE // 50
LATE = RATE // 100  # samples: what begins so much before the end of the line is put at its end


def samples_of(packet: bytes) -> int:
    """At 48 kHz (RFC 6716 §3.1 and §3.2); 0 for what is no packet."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = 120 << (config & 3)
    if code < 3:
        return frame * (1 if code == 0 else 2)
    count = packet[1] & 0x3F if len(packet) > 1 else 0
    return frame * count if frame * count <= RATE * 120 // 1000 else 0


class OpusLine:
    """Packets in their places, with silence where nobody sent any. Positions are samples."""

    def __init__(self) -> None:
        self.template = opus_template()
        self._end: int | None = None

    def put(self, position: int, packet: bytes) -> list[Sound]:
        duration = samples_of(packet)
        if not duration:
            return []
        if self._end is None:
            self._end = position
        found = self.fill(position)
        if position < self._end - LATE:
            return found  # its place has been filled
        at = max(position, self._end)
        self._end = at + duration
        return [*found, Sound(at, packet, duration)]

    def fill(self, until: int) -> list[Sound]:
        """Silence up to `until`, in whole packets."""
        found: list[Sound] = []
        while self._end is not None and self._end + SILENT_SAMPLES <= until:
            found.append(Sound(self._end, SILENCE, SILENT_SAMPLES))
            self._end += SILENT_SAMPLES
        return found
