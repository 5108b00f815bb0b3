import random
import struct

from aioice import stun

from livehall.media.net.ice import parse_check
from livehall.media.rtp import rtcp
from livehall.media.rtp.losses import LARGEST_GAP, LossTracker
from livehall.media.rtp.packet import build, extension_block, extensions, parse_header
from livehall.media.rtp.transport_cc import ArrivalLog


def test_a_packet_reads_back_as_it_was_built():
    block = extension_block([(4, b"7"), (10, b"h")])
    packet = build(96, True, 65535, 0xFFFFFFFF, 42, b"payload", block)
    header = parse_header(packet)

    assert header is not None
    assert (header.sequence, header.timestamp, header.ssrc) == (65535, 0xFFFFFFFF, 42)
    assert (header.payload_type, header.marker) == (96, True)
    assert packet[header.payload_start : header.payload_end] == b"payload"
    assert extensions(packet) == {4: b"7", 10: b"h"}


def test_padding_is_not_payload():
    packet = bytearray(build(96, False, 1, 1, 1, b"xy\0\0\0\x04"))
    packet[0] |= 0x20
    header = parse_header(bytes(packet))

    assert header is not None
    assert bytes(packet)[header.payload_start : header.payload_end] == b"xy"


def test_garbage_never_raises():
    generator = random.Random(31)
    for size in (0, 1, 11, 12, 13, 16, 20, 40, 200):
        for _ in range(400):
            noise = generator.randbytes(size)
            parse_header(noise)
            extensions(noise)
            list(rtcp.parse(noise))
            list(
                rtcp.parse(
                    bytes((0x80 | generator.randrange(32), generator.choice((200, 201, 205, 206)))) + noise
                )
            )


def test_a_check_whose_attributes_are_cut_short_never_raises():
    generator = random.Random(32)
    for kind in (*stun.ATTRIBUTES_BY_TYPE, 0x7FFF):
        for size in range(24):
            value = generator.randbytes(size) + b"\0" * (-size % 4)
            head = struct.pack("!HHI", stun.Method.BINDING, 4 + len(value), stun.COOKIE)
            assert parse_check(head + b"a" * 12 + struct.pack("!HH", kind, size) + value) is None


def test_more_padding_than_packet_is_refused():
    packet = bytearray(build(96, False, 1, 1, 1, b"\xff"))
    packet[0] |= 0x20
    assert parse_header(bytes(packet)) is None


def test_a_nack_over_the_wrap_reads_back():
    wanted = [65530, 65534, 65535, 0, 1, 20, 400]
    (report,) = rtcp.parse(rtcp.nack(1, 42, wanted))

    assert report == rtcp.Nack(42, tuple(wanted))


def test_a_bandwidth_estimate_is_read():
    """Laid out as in draft-alvestrand-rmcat-remb-03 §2.2: 2 SSRCs, exponent 4, mantissa 156,250."""
    head, rate, ssrcs = "8fce0006 00000001 00000000", "0212625a", "00000005 00000006"
    packet = bytes.fromhex(head) + b"REMB" + bytes.fromhex(rate + ssrcs)
    (report,) = rtcp.parse(packet)
    assert isinstance(report, rtcp.BandwidthEstimate)
    assert report.bitrate_bps == 2_500_000
    assert report.ssrcs == (5, 6)


def test_a_sender_report_reads_back():
    (report,) = rtcp.parse(rtcp.sender_report(9, 0x1122334455667788, 77, 1, 2, b"name"))
    assert report == rtcp.SenderReport(9, 0x1122334455667788, 77)


def test_forty_streams_are_reported_in_two_packets():
    blocks = [rtcp.Block(ssrc, 64, 3, 70000, 5, 0, 0) for ssrc in range(40)]
    reports = list(rtcp.parse(rtcp.receiver_reports(1, blocks)))

    assert [report.ssrc for report in reports] == list(range(40))
    assert reports[0].fraction_lost == 0.25


def test_a_gap_is_asked_for_once_then_again_later():
    tracker = LossTracker()
    tracker.arrived(65534, 0.0)
    tracker.arrived(2, 0.01)

    assert tracker.due(0.01, 0.05) == [65535, 0, 1]
    assert tracker.due(0.02, 0.05) == []
    tracker.arrived(0, 0.05)
    assert tracker.due(0.10, 0.05) == [65535, 1]


def test_what_never_comes_is_given_up():
    tracker = LossTracker()
    tracker.arrived(1, 0.0)
    tracker.arrived(3, 0.0)
    asked = sum(len(tracker.due(moment / 100, 0.02)) for moment in range(300))

    assert 1 <= asked <= 8
    assert not tracker.is_waiting


def test_a_gap_too_wide_is_not_asked_for():
    tracker = LossTracker()
    tracker.arrived(1, 0.0)
    _, is_torn = tracker.arrived(1 + LARGEST_GAP + 1, 0.0)

    assert is_torn
    assert not tracker.is_waiting


def read_feedback(packet: bytes) -> tuple[int, list[float | None]]:
    """(first number, arrival times) of a transport-wide feedback, read as the draft's §3.1 says."""
    padding = packet[-1] if packet[0] & 0x20 else 0
    base = int.from_bytes(packet[12:14])
    count = int.from_bytes(packet[14:16])
    clock = int.from_bytes(packet[16:19]) * 0.064
    symbols: list[int] = []
    at = 20
    while len(symbols) < count:
        chunk = int.from_bytes(packet[at : at + 2])
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
        else:
            assert chunk & 0x4000
            symbols += [(chunk >> (12 - 2 * place)) & 3 for place in range(7)]
    times: list[float | None] = []
    for symbol in symbols[:count]:
        if symbol == 0:
            times.append(None)
            continue
        size = 1 if symbol == 1 else 2
        clock += int.from_bytes(packet[at : at + size], signed=size == 2) * 0.00025
        at += size
        times.append(clock)
    assert at == len(packet) - padding
    return base, times


def test_feedback_tells_when_each_packet_came():
    log = ArrivalLog()
    moments = {65530 + step: 100.0 + step * 0.003 for step in range(12) if step not in (3, 4)}
    for number, moment in moments.items():
        log.arrived(number & 0xFFFF, moment)
    base, times = read_feedback(log.feedback(1, 2))

    assert base == 65530
    assert [moment is None for moment in times] == [step in (3, 4) for step in range(12)]
    assert all(
        abs(moment - moments[65530 + step]) < 0.0005
        for step, moment in enumerate(times)
        if moment is not None
    )


def test_a_hole_between_two_feedbacks_is_told():
    log = ArrivalLog()
    log.arrived(1, 1.0)
    log.feedback(1, 2)
    log.arrived(4, 1.1)
    base, times = read_feedback(log.feedback(1, 2))

    assert base == 2
    assert [moment is None for moment in times] == [True, True, False]


def test_nothing_arrived_is_nothing_told():
    assert ArrivalLog().feedback(1, 2) is None
