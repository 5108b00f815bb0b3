"""Transport-wide feedback: what is written is what is read, and what is torn does no harm."""

import random

import pytest

from livehall.media.congestion.sent import SentLog
from livehall.media.rtp import rtcp
from livehall.media.rtp.transport_cc import ArrivalLog, read_feedback


def written(arrivals: dict[int, float]) -> list[tuple[int, float | None]]:
    log = ArrivalLog()
    for number, at in arrivals.items():
        log.arrived(number, at)
    compound = log.feedback(1, 2)
    assert compound is not None
    (report,) = rtcp.parse(compound)
    assert isinstance(report, rtcp.TransportFeedback)
    assert report.ssrc == 2
    return read_feedback(report.body)


def test_what_is_written_is_read():
    arrivals = {10: 5.0, 11: 5.001, 13: 5.1, 14: 5.0995, 15: 9.0}
    read = written(arrivals)
    assert [number for number, _ in read] == [10, 11, 12, 13, 14, 15]
    assert {number: at for number, at in read if at is not None} == pytest.approx(arrivals, abs=0.0003)
    assert dict(read)[12] is None


def test_many_packets_with_many_holes_are_read():
    chance = random.Random(7)
    arrivals = {}
    at = 50.0
    for number in range(65_400, 65_900):
        at += chance.choice([0.0, 0.0005, 0.004, 0.1])
        if chance.random() > 0.3:
            arrivals[number & 0xFFFF] = at
    read = written(arrivals)
    assert {number: at for number, at in read if at is not None} == pytest.approx(arrivals, abs=0.0003)


def test_one_bit_vectors_are_read():
    # base 1, 14 packets, reference 0, feedback 0; a one-bit vector: 1, 0, 1 and eleven not received
    body = bytes.fromhex("0001 000e 000000 00") + bytes.fromhex("a800") + bytes((4, 8))
    read = read_feedback(body)
    assert read[:3] == [(1, 0.001), (2, None), (3, 0.003)]
    assert len(read) == 14


def test_feedback_that_is_cut_short_is_read_as_far_as_it_goes():
    whole = bytes.fromhex("0001 0003 000000 00") + bytes.fromhex("2003") + bytes((4, 4, 4))
    for size in range(len(whole)):
        assert len(read_feedback(whole[:size])) <= 3


@pytest.mark.parametrize("seed", range(50))
def test_nonsense_is_read_without_a_fault(seed: int):
    body = random.Random(seed).randbytes(200)
    assert len(read_feedback(body)) <= 2048


def test_a_packet_is_told_of_once():
    log = SentLog()
    number = log.note(1.0, 500)
    assert [p.size for p in log.acknowledge([(number, 2.0), (number, 2.0)])] == [500]


def test_a_packet_told_as_lost_may_still_arrive():
    log = SentLog()
    number = log.note(1.0, 500)
    told = list(log.acknowledge([(number, None), (number, 2.0)]))
    assert [p.arrived_at for p in told] == [None, 2.0]


def test_numbers_that_were_never_sent_are_passed_over():
    assert list(SentLog().acknowledge([(7, 1.0), (60_000, None)])) == []


def test_numbers_wrap_around():
    log = SentLog()
    numbers = [log.note(float(at), 100) for at in range(70_000)]
    assert numbers[-1] == 69_999 & 0xFFFF
    assert [p.sent_at for p in log.acknowledge([(numbers[-1], 1.0)])] == [69_999.0]
