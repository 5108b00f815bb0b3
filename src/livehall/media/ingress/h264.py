"""H.264 from FLV into RTP: the decoder configuration record, and payloads (RFC 6184, mode 1)."""

from collections.abc import Iterator
from typing import NamedTuple

from livehall.media.egress.h264 import DELIMITER, FILLER, FU_A, PPS, SPS, STAP_A

LARGEST_PAYLOAD = 1160  # bytes: with RTP's header and SRTP's tag below any sane path MTU
_PLAIN_PROFILES = (66, 77, 88, 100)  # 4:2:0 with eight bits, which every browser decodes


class H264Invalid(ValueError):
    """The bytes are not what they are said to be."""


class Configuration(NamedTuple):
    """An AVCDecoderConfigurationRecord (ISO/IEC 14496-15, section 5.3.3.1)."""

    record: bytes
    profile: int
    length_size: int  # bytes before each NAL unit
    parameter_sets: tuple[bytes, ...]

    @property
    def is_plain(self) -> bool:
        """Whether browsers decode it as it is."""
        return self.profile in _PLAIN_PROFILES

    @property
    def sps(self) -> bytes:
        return self.parameter_sets[0]


def read_configuration(record: bytes) -> Configuration:
    """Raises: H264Invalid."""
    try:
        return _read_configuration(record)
    except IndexError:
        raise H264Invalid("the decoder configuration is cut off") from None


def _read_configuration(record: bytes) -> Configuration:
    if record[0] != 1:
        raise H264Invalid("a decoder configuration of an unknown version")
    position = 6
    units: list[bytes] = []
    for count in (record[5] & 31, None):
        if count is None:
            count = record[position]
            position += 1
        for _ in range(count):
            size = record[position] << 8 | record[position + 1]
            unit = record[position + 2 : position + 2 + size]
            if len(unit) != size or not unit:
                raise H264Invalid("a parameter set is cut off")
            units.append(unit)
            position += 2 + size
    if not units or units[0][0] & 31 != SPS:
        raise H264Invalid("a decoder configuration without parameter sets")
    return Configuration(record, record[1], (record[4] & 3) + 1, tuple(units))


def split(data: bytes, length_size: int) -> list[bytes]:
    """The NAL units of a frame whose units have their lengths before them.

    Raises: H264Invalid.
    """
    units: list[bytes] = []
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + length_size])
        position += length_size
        if position + size > len(data):
            raise H264Invalid("a NAL unit is cut off")
        if size:
            units.append(data[position : position + size])
        position += size
    return units


def payloads(units: list[bytes], parameter_sets: tuple[bytes, ...] = ()) -> Iterator[tuple[bytes, bool]]:
    """RTP payloads of one picture with their marker. `parameter_sets` go before a picture that has none."""
    kept = [unit for unit in units if unit[0] & 31 not in (DELIMITER, FILLER)]
    if not any(unit[0] & 31 == SPS for unit in kept):
        kept = [*parameter_sets, *kept]
    heads = [unit for unit in kept if unit[0] & 31 in (SPS, PPS)]
    written: list[bytes] = []
    if len(heads) > 1 and sum(len(unit) + 2 for unit in heads) < LARGEST_PAYLOAD:
        written.append(_aggregate(heads))
        kept = [unit for unit in kept if unit[0] & 31 not in (SPS, PPS)]
    for unit in kept:
        written += [unit] if len(unit) <= LARGEST_PAYLOAD else _fragments(unit)
    for number, payload in enumerate(written, 1):
        yield payload, number == len(written)


def _aggregate(units: list[bytes]) -> bytes:
    importance = max(unit[0] & 0x60 for unit in units)
    return bytes((importance | STAP_A,)) + b"".join(len(unit).to_bytes(2) + unit for unit in units)


def _fragments(unit: bytes) -> list[bytes]:
    indicator, kind = unit[0] & 0xE0 | FU_A, unit[0] & 31
    body = unit[1:]
    step = LARGEST_PAYLOAD - 2
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    last = len(pieces) - 1
    return [
        bytes((indicator, kind | (0x80 if number == 0 else 0) | (0x40 if number == last else 0))) + piece
        for number, piece in enumerate(pieces)
    ]
