"""The RTCP that clients write and read: RFC 3550 §6.4, and the receiver's bandwidth estimate (REMB)."""

import struct
from collections.abc import Iterator

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, PAYLOAD_FEEDBACK = 200, 201, 202, 206
PICTURE_LOSS, FULL_INTRA = 1, 4  # formats of payload feedback; RFC 4585 §6.3.1, RFC 5104 §4.3.1
NTP_EPOCH = 2208988800  # seconds from 1900 to 1970
BANDWIDTH_BPS = 20_000_000  # announced, so that the server has no reason to hold back
BLOCKS = 31  # at most, in one report


def sender_report(ssrc: int, now: float, timestamp: int, packets: int, payload_bytes: int) -> bytes:
    """A report and its CNAME; `now` in seconds since 1970."""
    ntp = int((now + NTP_EPOCH) * (1 << 32))
    counts = packets & 0xFFFFFFFF, payload_bytes & 0xFFFFFFFF
    report = struct.pack("!BBHIQIII", 0x80, SENDER_REPORT, 6, ssrc, ntp, timestamp, *counts)
    return report + struct.pack("!BBHIBB", 0x81, SOURCE_DESCRIPTION, 3, ssrc, 1, 2) + b"lk\0\0\0\0"


def report_block(ssrc: int, highest_seq: int, last_report: int, delay: int) -> bytes:
    return struct.pack("!IIIIII", ssrc, 0, highest_seq, 0, last_report, delay)


def receiver_reports(blocks: list[bytes]) -> bytes:
    packets = b""
    for start in range(0, len(blocks), BLOCKS):
        part = blocks[start : start + BLOCKS]
        packets += struct.pack("!BBHI", 0x80 | len(part), RECEIVER_REPORT, 1 + 6 * len(part), 1)
        packets += b"".join(part)
    return packets


def bandwidth_estimate(ssrcs: list[int]) -> bytes:
    """REMB for these streams; draft-alvestrand-rmcat-remb-03 §2.2."""
    if not ssrcs:
        return b""
    mantissa, exponent = BANDWIDTH_BPS, 0
    while mantissa > 0x3FFFF:
        mantissa >>= 1
        exponent += 1
    head = struct.pack("!BBHII", 0x8F, PAYLOAD_FEEDBACK, 4 + len(ssrcs), 1, 0) + b"REMB"
    rate = bytes([len(ssrcs), (exponent << 2) | (mantissa >> 16)]) + struct.pack("!H", mantissa & 0xFFFF)
    return head + rate + b"".join(ssrc.to_bytes(4, "big") for ssrc in ssrcs)


def parts(packet: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, count or format, whole part) of each part of a compound packet."""
    position = 0
    while position + 8 <= len(packet):
        head, kind, words = struct.unpack_from("!BBH", packet, position)
        end = position + 4 * (1 + words)
        yield kind, head & 31, packet[position:end]
        position = end


def asks_for_key_frame(kind: int, form: int) -> bool:
    return kind == PAYLOAD_FEEDBACK and form in (PICTURE_LOSS, FULL_INTRA)
