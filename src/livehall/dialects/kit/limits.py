"""Rates: a token bucket for each key, in memory, with a bounded number of keys."""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from livehall.kernel.faults import Limited

KEYS = 100_000  # the longest unused go first


class Rate(msgspec.Struct, frozen=True):
    """`burst` at once, then `per_minute` on the average; by each process, unless `is_divided` among them."""

    per_minute: float
    burst: int
    is_divided: bool = False


class Allowance(msgspec.Struct, frozen=True):
    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class Limiter:
    def __init__(self, now: Callable[[], float] = time.monotonic, *, processes: int = 1) -> None:
        """`processes`: how many count for themselves."""
        self._now, self._processes = now, processes
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key → tokens, at

    def take(self, key: str, rate: Rate) -> Allowance:
        """Take one. Raises: Limited, with the seconds until the next."""
        if rate.is_divided:
            share = self._processes
            rate = Rate(per_minute=rate.per_minute / share, burst=max(1, rate.burst // share))
        now = self._now()
        tokens, at = self._buckets.pop(key, (float(rate.burst), now))
        tokens = min(float(rate.burst), tokens + (now - at) * rate.per_minute / 60)
        if tokens < 1:
            self._buckets[key] = tokens, now
            raise Limited(retry_after_s=max(1, round((1 - tokens) * 60 / rate.per_minute)))
        self._buckets[key] = tokens - 1, now
        while len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)
        return Allowance(
            limit=rate.burst,
            remaining=int(tokens - 1),
            reset_s=round((rate.burst - tokens + 1) * 60 / rate.per_minute),
        )
