"""Rates."""

import pytest

from livehall.dialects.kit import Limiter, Rate
from livehall.kernel.faults import Limited

RATE = Rate(per_minute=60, burst=3)


def test_a_burst_passes_and_the_next_waits_its_second():
    now = [0.0]
    limiter = Limiter(lambda: now[0])
    assert [limiter.take("a", RATE).remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(Limited) as caught:
        limiter.take("a", RATE)
    assert caught.value.retry_after_s == 1
    now[0] = 1.0
    assert limiter.take("a", RATE).remaining == 0


def test_keys_do_not_share():
    limiter = Limiter(lambda: 0.0)
    for key in ("a", "b"):
        for _ in range(3):
            limiter.take(key, RATE)
