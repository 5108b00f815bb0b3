"""RTP headers (RFC 3550 §5.1) and header extensions (RFC 8285)."""

import struct
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
ONE_BYTE_PROFILE = 0xBEDE  # RFC 8285 §4.2
_TWO_BYTE_PROFILE = 0x1000  # RFC 8285 §4.3; the low four bits are free
_RTCP_TYPES = range(64, 96)  # of the second byte without its highest bit (RFC 5761 §4)


class Header(NamedTuple):
    """Where things are in a packet that has been checked to hold them."""

    sequence: int
    timestamp: int
    ssrc: int
    payload_type: int
    marker: bool
    payload_start: int
    payload_end: int  # before the padding


def is_rtcp(datagram: bytes) -> bool:
    return datagram[1] & 0x7F in _RTCP_TYPES


def may_be_rtp(datagram: bytes) -> bool:
    """Of the datagrams of one port (RFC 7983), and no RTCP."""
    return len(datagram) >= 12 and 127 < datagram[0] < 192 and not is_rtcp(datagram)


def parse_header(packet: bytes) -> Header | None:
    """The header, or None when the packet is not RTP or promises more bytes than it has."""
    size = len(packet)
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
    if first >> 6 != 2:
        return None
    start = 12 + 4 * (first & 15)
    if first & 0x10:
        if start + 4 > size:
            return None
        start += 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
    end = size
    if first & 0x20:
        padding = packet[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return Header(sequence, timestamp, ssrc, second & 0x7F, second > 127, start, end)


def extensions(packet: bytes) -> dict[int, bytes]:
    """Header extensions by id. What does not fit its announced length is left out."""
    found: dict[int, bytes] = {}
    if len(packet) < 16 or not packet[0] & 0x10:
        return found
    position = 12 + 4 * (packet[0] & 15)
    if position + 4 > len(packet):
        return found
    profile, words = struct.unpack_from("!HH", packet, position)
    position += 4
    end = min(position + 4 * words, len(packet))
    if profile == ONE_BYTE_PROFILE:
        while position < end:
            byte = packet[position]
            if byte == 0:
                position += 1
                continue
            number, length = byte >> 4, (byte & 15) + 1
            if number == 15:
                break
            if position + 1 + length > end:
                break
            found[number] = packet[position + 1 : position + 1 + length]
            position += 1 + length
    elif profile & 0xFFF0 == _TWO_BYTE_PROFILE:
        while position + 1 < end:
            number, length = packet[position], packet[position + 1]
            if number == 0:
                position += 1
                continue
            if position + 2 + length > end:
                break
            found[number] = packet[position + 2 : position + 2 + length]
            position += 2 + length
    return found


def build(
    payload_type: int,
    marker: bool,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    block: bytes = b"",
) -> bytes:
    """A packet; `block` is an extension block made by `extension_block`."""
    first = 0x90 if block else 0x80
    return (
        HEADER.pack(first, (0x80 if marker else 0) | payload_type, sequence, timestamp, ssrc)
        + block
        + payload
    )


def extension_block(items: list[tuple[int, bytes]]) -> bytes:
    """One-byte header extensions: ids 1–14, values of 1–16 bytes."""
    if not items:
        return b""
    body = b"".join(bytes(((number << 4) | (len(value) - 1),)) + value for number, value in items)
    body += b"\0" * (-len(body) % 4)
    return struct.pack("!HH", ONE_BYTE_PROFILE, len(body) // 4) + body
