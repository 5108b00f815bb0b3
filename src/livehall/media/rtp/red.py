"""Redundant audio (RFC 2198): a packet of Opus that carries the ones before it once more."""

from typing import NamedTuple

_MORE, _TYPE = 0x80, 0x7F
_BLOCK_HEAD = 4  # bytes of the header of a redundant block; the primary's has one


class Block(NamedTuple):
    """An earlier packet; positions are bytes from the start of the payload."""

    offset: int  # ticks before the primary's timestamp
    start: int
    end: int


class Descriptor(NamedTuple):
    primary_at: int  # byte at which the newest packet begins; it ends with the payload
    earlier: tuple[Block, ...]  # oldest first


def parse(payload: bytes, payload_type: int) -> Descriptor | None:
    """Where the packets are, or None when the payload is no redundancy of `payload_type` alone."""
    size = len(payload)
    heads: list[tuple[int, int]] = []  # offset, length
    position = 0
    while position < size and payload[position] & _MORE:
        if position + _BLOCK_HEAD > size or payload[position] & _TYPE != payload_type:
            return None
        bits = int.from_bytes(payload[position + 1 : position + _BLOCK_HEAD])
        heads.append((bits >> 10, bits & 0x3FF))
        position += _BLOCK_HEAD
    if position >= size or payload[position] & _TYPE != payload_type:
        return None
    position += 1
    blocks = []
    for offset, length in heads:
        blocks.append(Block(offset, position, position + length))
        position += length
    return Descriptor(position, tuple(blocks)) if position <= size else None


def build(blocks: list[tuple[int, bytes]], primary: bytes, payload_type: int) -> bytes:
    """A payload; `blocks` are (ticks before the primary, packet), oldest first."""
    heads = b"".join(
        bytes((_MORE | payload_type,)) + (offset << 10 | len(packet)).to_bytes(3) for offset, packet in blocks
    )
    return heads + bytes((payload_type,)) + b"".join(packet for _, packet in blocks) + primary
