"""H.264 out of RTP (RFC 6184, non-interleaved mode) and the little of ITU-T H.264 that recording needs."""

from typing import NamedTuple

from livehall.media.egress.vp8 import Malformed

START_CODE = b"\x00\x00\x00\x01"
SLICE_IDR, SEI, SPS, PPS, DELIMITER, FILLER = 5, 6, 7, 8, 9, 12
STAP_A, FU_A = 24, 28

# Profiles whose parameter sets carry chroma and scaling fields (ITU-T H.264 §7.3.2.1.1).
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


class Depacketizer:
    """Turns payloads in sequence order into NAL units; `reset` after a gap forgets a started fragment."""

    def __init__(self) -> None:
        self._fragment: bytearray | None = None

    def reset(self) -> None:
        self._fragment = None

    def push(self, payload: bytes) -> list[bytes]:
        """The NAL units that this payload completes. Raises: Malformed."""
        if not payload:
            raise Malformed("The payload is empty.")
        kind = payload[0] & 0x1F
        if 1 <= kind <= 23:
            return [payload]
        if kind == STAP_A:
            return _split_aggregate(payload)
        if kind == FU_A:
            return self._continue_fragment(payload)
        raise Malformed(f"NAL unit type {kind} is not used in this packetization mode.")

    def _continue_fragment(self, payload: bytes) -> list[bytes]:
        if len(payload) < 3:
            raise Malformed("The fragment is cut off.")
        indicator, header = payload[0], payload[1]
        if header & 0x80:  # S: the first fragment carries the NAL unit's own header in two halves
            self._fragment = bytearray([indicator & 0xE0 | header & 0x1F])
        if self._fragment is None:
            raise Malformed("A fragment without its beginning.")
        self._fragment += payload[2:]
        if not header & 0x40:
            return []
        whole, self._fragment = bytes(self._fragment), None
        return [whole]


def _split_aggregate(payload: bytes) -> list[bytes]:
    units: list[bytes] = []
    position = 1
    while position < len(payload):
        length = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if length == 0 or position + length > len(payload):
            raise Malformed("An aggregated NAL unit is cut off.")
        units.append(payload[position : position + length])
        position += length
    if not units:
        raise Malformed("The aggregate is empty.")
    return units


def annex_b(units: list[bytes]) -> bytes:
    """The byte stream form of ITU-T H.264 Annex B."""
    return b"".join(START_CODE + unit for unit in units)


def split_annex_b(stream: bytes) -> list[bytes]:
    """The NAL units of a byte stream with three- or four-byte start codes."""
    units = []
    for piece in stream.split(b"\x00\x00\x01")[1:]:
        unit = piece.rstrip(b"\x00")  # trailing_zero_8bits, or the first byte of the next start code
        if unit:
            units.append(unit)
    return units


def parameter_sets(units: list[bytes]) -> list[bytes]:
    return [unit for unit in units if unit[0] & 0x1F in (SPS, PPS)]


class _Bits:
    """Reads an RBSP: emulation prevention removed, most significant bit first, Exp-Golomb (§9.1)."""

    def __init__(self, rbsp: bytes) -> None:
        data = rbsp.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise Malformed("The parameter set is cut off.")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise Malformed("The parameter set holds an impossible number.")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


class _Chroma(NamedTuple):
    format: int
    is_separate: bool


def size_of_sps(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels after cropping (§7.4.2.1.1). Raises: Malformed."""
    bits = _Bits(sps[1:])
    profile = bits.take(8)
    bits.take(16)  # constraint flags, level
    bits.unsigned()  # seq_parameter_set_id
    chroma = _read_chroma(bits) if profile in _HIGH_PROFILES else _Chroma(1, False)
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.unsigned()  # max_num_ref_frames
    bits.take(1)  # gaps_in_frame_num_value_allowed_flag
    width = 16 * (bits.unsigned() + 1)
    map_units = bits.unsigned() + 1
    frames_only = bits.take(1)
    height = 16 * map_units * (2 - frames_only)
    if not frames_only:
        bits.take(1)  # mb_adaptive_frame_field_flag
    bits.take(1)  # direct_8x8_inference_flag
    if bits.take(1):
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        sampled = 0 if chroma.is_separate else chroma.format
        unit_x = 2 if sampled in (1, 2) else 1
        unit_y = (2 if sampled == 1 else 1) * (2 - frames_only)
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    if width <= 0 or height <= 0:
        raise Malformed("The parameter set describes no picture.")
    return width, height


def _read_chroma(bits: _Bits) -> _Chroma:
    chroma_format = bits.unsigned()
    is_separate = bool(bits.take(1)) if chroma_format == 3 else False
    bits.unsigned()  # bit_depth_luma_minus8
    bits.unsigned()  # bit_depth_chroma_minus8
    bits.take(1)  # qpprime_y_zero_transform_bypass_flag
    if bits.take(1):
        for index in range(12 if chroma_format == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return _Chroma(chroma_format, is_separate)


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order_count(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
