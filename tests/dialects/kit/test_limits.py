"""Rates."""

import pytest

from livehall.dialects.kit import Limiter, Quota, Rate, limits
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


def test_a_quota_holds_wherever_ten_seconds_begin():
    now, quota, passed = [0.0], Quota(calls=20, seconds=10), []
    limiter = Limiter(lambda: now[0])
    for _ in range(400):  # eight calls a second, as long as they pass
        now[0] += 0.125
        try:
            limiter.take("a", quota)
        except Limited as refused:
            now[0] += refused.retry_after_s or 0
            limiter.take("a", quota)  # whoever waits as told is let through
        passed.append(now[0])
    assert max(sum(at - 10 < each <= at for each in passed) for at in passed) == 20
    assert passed[-1] < 400 / 20 * 10 * 1.1  # and hardly less is let through than may be


def test_a_quota_keeps_a_bounded_past_of_each_key_and_of_all(monkeypatch):
    now, quota = [0.0], Quota(calls=1000, seconds=10)
    limiter = Limiter(lambda: now[0])
    for _ in range(900):
        now[0] += 0.01
        assert limiter.take("busy", quota).remaining < 1000
    assert limiter._moments <= limits.PARTS
    monkeypatch.setattr(limits, "MOMENTS", limiter._moments + 10)
    for number in range(30):
        limiter.take("busy" if number % 5 == 0 else f"key {number}", quota)
    assert limiter._moments <= limits.MOMENTS
    assert limiter._moments == sum(len(past.moments) for past in limiter._pasts.values())
    assert "busy" in limiter._pasts  # who called last stays
    monkeypatch.setattr(limits, "KEYS", 3)
    limiter.take("busy", quota)
    assert len(limiter._pasts) == 3
