"""VP8 out of RTP: the payload descriptor of RFC 7741 §4.2 and the frame header of RFC 6386 §9.1."""

from typing import NamedTuple


class Malformed(ValueError):
    """A payload that its specification does not allow."""


class Descriptor(NamedTuple):
    length: int  # bytes before the VP8 data
    starts_frame: bool  # S is set and the partition index is 0


def parse_descriptor(payload: bytes) -> Descriptor:
    """Read the payload descriptor. Raises: Malformed."""
    try:
        first = payload[0]
        length = 1
        if first & 0x80:  # X: extension octet I|L|T|K
            extension = payload[1]
            length = 2
            if extension & 0x80:  # I: picture id, 7 or 15 bits
                length += 2 if payload[2] & 0x80 else 1
            if extension & 0x40:  # L: TL0PICIDX
                length += 1
            if extension & 0x30:  # T or K: TID|Y|KEYIDX
                length += 1
    except IndexError:
        raise Malformed("The VP8 descriptor is cut off.") from None
    if length >= len(payload):
        raise Malformed("No VP8 data follows the descriptor.")
    return Descriptor(length, bool(first & 0x10) and not first & 0x07)


def is_key_frame(frame: bytes) -> bool:
    """True when the inverse key frame bit P is 0 (RFC 6386 §9.1)."""
    return len(frame) >= 10 and not frame[0] & 0x01 and frame[3:6] == b"\x9d\x01\x2a"


def size_of_key_frame(frame: bytes) -> tuple[int, int]:
    """Width and height in pixels that a key frame announces; the two scale bits above each are left out."""
    return int.from_bytes(frame[6:8], "little") & 0x3FFF, int.from_bytes(frame[8:10], "little") & 0x3FFF
