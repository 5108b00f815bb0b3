"""The limit follows what a link carries; clocks and links are given."""

import pytest

from livehall.media.congestion.delay import DelayDetector, Usage
from livehall.media.congestion.estimator import Estimator
from tests.media.congestion.link import Clock, Link, run


def test_a_good_link_has_no_limit():
    estimator, clock = Estimator(), Clock()
    run(estimator, Link(10e6), clock, seconds=20, rate_bps=2e6)
    assert estimator.limit_bps is None
    assert estimator.loss == 0


@pytest.mark.parametrize("capacity", [200e3, 500e3, 1e6])
def test_a_link_that_is_too_small_is_found_out_within_three_seconds(capacity: float):
    estimator, clock = Estimator(), Clock()
    run(estimator, Link(capacity), clock, seconds=3, rate_bps=2e6)
    assert estimator.limit_bps is not None
    assert estimator.limit_bps == pytest.approx(capacity, rel=0.4)


def test_a_rising_delay_is_noticed_before_anything_is_lost():
    estimator, clock = Estimator(), Clock()
    run(estimator, Link(1.6e6, queue_s=10), clock, seconds=3, rate_bps=2e6)
    assert estimator.limit_bps is not None
    assert estimator.loss == 0


def test_the_limit_stays_below_a_link_that_is_filled_up_to_it():
    estimator, link, clock = Estimator(), Link(800e3), Clock()
    run(estimator, link, clock, seconds=2, rate_bps=2e6)
    limits = []
    for _ in range(40):
        assert estimator.limit_bps is not None
        run(estimator, link, clock, seconds=0.5, rate_bps=min(estimator.limit_bps, 2e6))
        limits.append(estimator.limit_bps)
    assert max(limits[4:]) < 800e3 * 1.3
    assert sum(limits[4:]) / len(limits[4:]) > 800e3 * 0.5


def test_the_limit_does_not_rise_far_beyond_what_is_sent():
    estimator, link, clock = Estimator(), Link(500e3), Clock()
    run(estimator, link, clock, seconds=2, rate_bps=2e6)
    link.rate_bps = 10e6
    run(estimator, link, clock, seconds=30, rate_bps=200e3)
    assert estimator.limit_bps is not None
    assert estimator.limit_bps < 600e3


def test_a_probe_lifts_the_limit():
    estimator, link, clock = Estimator(), Link(500e3), Clock()
    run(estimator, link, clock, seconds=2, rate_bps=2e6)
    estimator.probed(1.5e6)
    assert estimator.limit_bps == 1.5e6


def test_a_probe_does_not_lower_the_limit():
    estimator, link, clock = Estimator(), Link(500e3), Clock()
    run(estimator, link, clock, seconds=2, rate_bps=2e6)
    before = estimator.limit_bps
    estimator.probed(1.0)
    assert estimator.limit_bps == before


def test_a_loss_of_a_fifth_lowers_the_limit():
    estimator, clock = Estimator(), Clock()
    run(estimator, Link(10e6), clock, seconds=3, rate_bps=1e6, drop_every=5)
    assert estimator.limit_bps is not None
    assert estimator.limit_bps < 1e6
    assert estimator.loss == pytest.approx(0.2, abs=0.05)


def test_a_loss_of_a_hundredth_is_borne():
    estimator, clock = Estimator(), Clock()
    run(estimator, Link(10e6), clock, seconds=10, rate_bps=1e6, drop_every=100)
    assert estimator.limit_bps is None


def test_a_steady_delay_is_no_overuse():
    detector = DelayDetector()
    for number in range(200):
        detector.arrived(number * 0.033, number * 0.033 + 0.4)
    assert detector.usage is Usage.NORMAL


def test_jitter_is_no_overuse():
    detector = DelayDetector()
    seen = set()
    for number in range(600):
        detector.arrived(number * 0.033, number * 0.033 + (0.02 if number % 3 else 0.026))
        seen.add(detector.usage)
    assert Usage.OVER not in seen


def test_clocks_that_differ_by_hours_do_not_matter():
    detector = DelayDetector()
    for number in range(200):
        detector.arrived(1e6 + number * 0.033, 5.0 + number * 0.033)
    assert detector.usage is Usage.NORMAL


def test_a_growing_delay_is_overuse():
    detector = DelayDetector()
    seen = set()
    for number in range(60):
        detector.arrived(number * 0.033, number * 0.033 * 1.3)
        seen.add(detector.usage)
    assert Usage.OVER in seen


def test_a_shrinking_delay_is_underuse():
    detector = DelayDetector()
    for number in range(60):
        detector.arrived(number * 0.033, 5 + number * 0.033 * 0.7)
    assert detector.usage is Usage.UNDER


def test_a_long_silence_begins_anew():
    detector = DelayDetector()
    for number in range(30):
        detector.arrived(number * 0.033, number * 0.033 * 1.3)
    for number in range(30):
        detector.arrived(60 + number * 0.033, 60 + number * 0.033)
    assert detector.usage is Usage.NORMAL
