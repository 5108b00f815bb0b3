"""What a burst of padding shows."""

import pytest

from livehall.media.congestion.probe import DURATION_S, PATIENCE_S, Probe
from livehall.media.congestion.sent import Acknowledged
from tests.media.congestion.link import Link

SIZE = 275


def sent(probe: Probe, link: Link) -> list[Acknowledged]:
    """All of the probe's packets, every 5 ms, and when they arrive."""
    told = []
    for tick in range(13):
        now = probe.began_at + tick * 0.005
        packets = range(max(probe.due_bytes(now), 0) // SIZE)
        told += [Acknowledged(now, SIZE, link.send(now, SIZE)) for _ in packets]
    return told


def test_a_wide_way_carries_what_the_probe_sends():
    probe = Probe(2e6, 100.0)
    probe.told(sent(probe, Link(50e6)))
    assert probe.result_bps() == pytest.approx(2e6, rel=0.3)


def test_a_narrow_way_shows_its_own_rate():
    probe = Probe(2e6, 100.0)
    probe.told(sent(probe, Link(500e3)))
    assert probe.result_bps() == pytest.approx(500e3, rel=0.2)


def test_a_way_that_loses_most_of_it_shows_nothing():
    probe = Probe(2e6, 100.0)
    probe.told(sent(probe, Link(500e3, queue_s=0.02)))
    assert probe.result_bps() == 0


def test_no_feedback_shows_nothing():
    probe = Probe(2e6, 100.0)
    sent(probe, Link(50e6))
    assert not probe.is_over(100.0 + DURATION_S)
    assert probe.is_over(100.0 + DURATION_S + PATIENCE_S + 0.1)
    assert probe.result_bps() == 0


def test_news_of_what_was_sent_later_ends_it():
    probe = Probe(2e6, 100.0)
    probe.told([Acknowledged(100.0 + DURATION_S + 0.01, SIZE, 1.0)])
    assert probe.is_over(100.0 + DURATION_S + 0.02)
