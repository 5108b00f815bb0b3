"""VP8 payload descriptors (RFC 7741 §4.2): where the counters are, and how to replace them."""

from typing import NamedTuple

from livehall.media.rtp.scalability import Unit


class Descriptor(NamedTuple):
    """Positions are bytes from the start of the payload; -1 means absent."""

    starts_frame: bool  # first packet of the first partition
    is_key: bool  # and that frame is a key frame
    picture_at: int
    picture_long: bool  # 15 bits instead of 7
    picture: int
    layer_index_at: int  # TL0PICIDX
    layer_index: int


COUNTED = (Descriptor, Unit)  # tell where a picture id is, if there is one


def parse(payload: bytes) -> Descriptor | None:
    """The descriptor, or None when the payload is too short for what it announces."""
    try:
        return _parse(payload)
    except IndexError:
        return None


def _parse(payload: bytes) -> Descriptor:
    first = payload[0]
    position = 1
    picture_at = layer_index_at = -1
    picture = layer_index = 0
    picture_long = False
    if first & 0x80:  # X
        present = payload[1]
        position = 2
        if present & 0x80:  # I
            picture_at = position
            picture = payload[position]
            if picture & 0x80:
                picture_long = True
                picture = ((picture & 0x7F) << 8) | payload[position + 1]
                position += 1
            position += 1
        if present & 0x40:  # L
            layer_index_at = position
            layer_index = payload[position]
            position += 1
        if present & 0x30:  # T or K
            position += 1
    starts_frame = bool(first & 0x10) and not first & 0x07
    # RFC 7741 §4.3: the P bit of the frame's own header is 0 for a key frame.
    is_key = starts_frame and not payload[position] & 1
    return Descriptor(starts_frame, is_key, picture_at, picture_long, picture, layer_index_at, layer_index)


def renumber(payload: bytes, at: Descriptor | Unit, picture_shift: int, layer_index_shift: int) -> bytes:
    """The same payload with both counters moved; the length stays."""
    if not picture_shift and not layer_index_shift:
        return payload
    changed = bytearray(payload)
    if at.picture_at >= 0:
        if at.picture_long:
            picture = (at.picture + picture_shift) & 0x7FFF
            changed[at.picture_at] = 0x80 | (picture >> 8)
            changed[at.picture_at + 1] = picture & 0xFF
        else:
            changed[at.picture_at] = (at.picture + picture_shift) & 0x7F
    if at.layer_index_at >= 0:
        changed[at.layer_index_at] = (at.layer_index + layer_index_shift) & 0xFF
    return bytes(changed)
