"""RTCP: what we read of compound packets, and what we write (RFC 3550 §6, RFC 4585, draft REMB)."""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, BYE = 200, 201, 202, 203
TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 205, 206
NTP_EPOCH = 2208988800  # seconds from 1900 to 1970
MOST_NACKED = 512  # sequence numbers of one packet that we look at; more is a flood
MOST_BLOCKS = 31  # of one report: the count has five bits


class SenderReport(NamedTuple):
    ssrc: int
    ntp: int  # 64 bits
    timestamp: int


class ReceptionReport(NamedTuple):
    """What a receiver says of one stream that we send."""

    ssrc: int
    fraction_lost: float  # 0–1
    lost: int
    jitter: int  # RTP ticks


class Nack(NamedTuple):
    ssrc: int
    sequences: tuple[int, ...]


class KeyFrameRequest(NamedTuple):
    """PLI (RFC 4585 §6.3.1) or FIR (RFC 5104 §4.3.1)."""

    ssrc: int


class BandwidthEstimate(NamedTuple):
    """REMB (draft-alvestrand-rmcat-remb-03)."""

    bitrate_bps: int
    ssrcs: tuple[int, ...]


class TransportFeedback(NamedTuple):
    """When the packets of our transport arrived; `body` is read by `transport_cc.read_feedback`."""

    ssrc: int
    body: bytes


Report = SenderReport | ReceptionReport | Nack | KeyFrameRequest | BandwidthEstimate | TransportFeedback


def parse(compound: bytes) -> Iterator[Report]:
    """What a compound packet says. Parts that are unknown or cut short are passed over."""
    position = 0
    size = len(compound)
    while position + 8 <= size:
        first, kind, words = struct.unpack_from("!BBH", compound, position)
        end = position + 4 * (1 + words)
        if first >> 6 != 2 or end > size:
            return
        yield from _parse_one(first & 31, kind, compound[position + 4 : end])
        position = end


def _parse_one(count: int, kind: int, body: bytes) -> Iterator[Report]:
    if kind == SENDER_REPORT and len(body) >= 24:
        ssrc, ntp, timestamp = struct.unpack_from("!IQI", body)
        yield SenderReport(ssrc, ntp, timestamp)
        yield from _reception(count, body[24:])
    elif kind == RECEIVER_REPORT:
        yield from _reception(count, body[4:])
    elif kind == TRANSPORT_FEEDBACK and count == 1 and len(body) >= 12:
        (ssrc,) = struct.unpack_from("!I", body, 4)
        yield Nack(ssrc, _nacked(body[8:]))
    elif kind == TRANSPORT_FEEDBACK and count == 15 and len(body) >= 16:
        yield TransportFeedback(int.from_bytes(body[4:8]), body[8:])
    elif kind == PAYLOAD_FEEDBACK and len(body) >= 8:
        (ssrc,) = struct.unpack_from("!I", body, 4)
        if count == 1:
            yield KeyFrameRequest(ssrc)
        elif count == 4:
            for at in range(8, min(len(body), 8 + 8 * MOST_BLOCKS) - 7, 8):
                yield KeyFrameRequest(int.from_bytes(body[at : at + 4]))
        elif count == 15 and body[8:12] == b"REMB" and len(body) >= 16:
            exponent = body[13] >> 2
            mantissa = ((body[13] & 3) << 16) | (body[14] << 8) | body[15]
            ssrcs = struct.unpack_from(f"!{min(body[12], (len(body) - 16) // 4)}I", body, 16)
            yield BandwidthEstimate(mantissa << exponent, ssrcs)


def _reception(count: int, blocks: bytes) -> Iterator[ReceptionReport]:
    for at in range(0, min(24 * count, len(blocks) - 23), 24):
        ssrc, loss, _, jitter = struct.unpack_from("!IIII", blocks, at)
        yield ReceptionReport(ssrc, (loss >> 24) / 256, loss & 0xFFFFFF, jitter)


def _nacked(items: bytes) -> tuple[int, ...]:
    found: list[int] = []
    for at in range(0, len(items) - 3, 4):
        first, mask = struct.unpack_from("!HH", items, at)
        found.append(first)
        found.extend((first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(found) >= MOST_NACKED:
            break
    return tuple(found[:MOST_NACKED])


def _packet(count: int, kind: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int, cname: bytes) -> bytes:
    """A sender report with the description that RFC 3550 §6.1 wants beside it."""
    counts = struct.pack("!II", packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    report = struct.pack("!IQI", ssrc, ntp, timestamp & 0xFFFFFFFF) + counts
    chunk = struct.pack("!IBB", ssrc, 1, len(cname)) + cname + b"\0"
    chunk += b"\0" * (-len(chunk) % 4)
    return _packet(0, SENDER_REPORT, report) + _packet(1, DESCRIPTION, chunk)


class Block(NamedTuple):
    """One reception report that we write (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int  # 0–255
    lost: int
    highest: int  # extended sequence, 32 bits
    jitter: int
    last_report: int  # middle 32 bits of the last sender report's NTP time
    delay: int  # since then, in 1/65536 s


def receiver_reports(our_ssrc: int, blocks: Sequence[Block]) -> bytes:
    written = b""
    for start in range(0, len(blocks), MOST_BLOCKS):
        part = blocks[start : start + MOST_BLOCKS]
        body = struct.pack("!I", our_ssrc)
        for block in part:
            lost = max(-0x800000, min(block.lost, 0x7FFFFF)) & 0xFFFFFF
            body += struct.pack(
                "!IIIIII",
                block.ssrc,
                (block.fraction_lost << 24) | lost,
                block.highest & 0xFFFFFFFF,
                block.jitter & 0xFFFFFFFF,
                block.last_report,
                block.delay & 0xFFFFFFFF,
            )
        written += _packet(len(part), RECEIVER_REPORT, body)
    return written


def nack(our_ssrc: int, ssrc: int, sequences: Sequence[int]) -> bytes:
    """A generic NACK (RFC 4585 §6.2.1); `sequences` ascending, wrapping allowed."""
    items: list[list[int]] = []
    for sequence in sequences:
        step = (sequence - items[-1][0] - 1) & 0xFFFF if items else 16
        if step < 16:
            items[-1][1] |= 1 << step
        else:
            items.append([sequence, 0])
    body = struct.pack("!II", our_ssrc, ssrc) + b"".join(struct.pack("!HH", *item) for item in items)
    return _packet(1, TRANSPORT_FEEDBACK, body)


def picture_loss(our_ssrc: int, ssrc: int) -> bytes:
    return _packet(1, PAYLOAD_FEEDBACK, struct.pack("!II", our_ssrc, ssrc))
