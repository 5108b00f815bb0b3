"""Rates and quotas, for each key, in memory, with a bounded number of keys and of moments.

A `Rate` is a bucket that fills all the time; a `Quota` is a window that slides: no stretch of its length has
more calls, wherever it begins.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

import msgspec

from livehall.kernel.faults import Limited

KEYS = 100_000  # of each kind; the longest unused go first
MOMENTS = 300_000  # of all quotas together, some 40 MB; the longest unused keys go first
PARTS = 50  # of a quota's length, that are kept apart


class Rate(msgspec.Struct, frozen=True):
    """`burst` at once, then `per_minute` on the average; by each process, unless `is_divided` among them."""

    per_minute: float
    burst: int
    is_divided: bool = False


class Quota(msgspec.Struct, frozen=True):
    """`calls` in any `seconds`; by each process, unless `is_divided` among them.

    Calls of a fiftieth of `seconds` count as long as the last of them, so that a call may be missed for that
    much longer, never less long.
    """

    calls: int
    seconds: float
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


class _Moment:
    """Calls that came close together."""

    __slots__ = ("calls", "first", "last")

    def __init__(self, at: float) -> None:
        self.first, self.last, self.calls = at, at, 1


class _Past:
    """The calls of a key that still count."""

    __slots__ = ("calls", "moments")

    def __init__(self) -> None:
        self.calls, self.moments = 0, deque[_Moment]()

    def forget(self, until: float) -> None:
        """What came at `until` or before counts no more."""
        while self.moments and self.moments[0].last <= until:
            self.calls -= self.moments.popleft().calls

    def add(self, now: float, width: float) -> None:
        self.calls += 1
        if self.moments and now - self.moments[-1].first < width:
            self.moments[-1].last, self.moments[-1].calls = now, self.moments[-1].calls + 1
        else:
            self.moments.append(_Moment(now))


class Limiter:
    def __init__(self, now: Callable[[], float] = time.monotonic, *, processes: int = 1) -> None:
        """`processes`: how many count for themselves."""
        self._now, self._processes = now, processes
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key → tokens, at
        self._pasts: OrderedDict[str, _Past] = OrderedDict()
        self._moments = 0  # of all pasts

    def take(self, key: str, rate: Rate | Quota) -> Allowance:
        """Take one; what is refused does not count. Raises: Limited, with the seconds until the next."""
        share = self._processes if rate.is_divided else 1
        if isinstance(rate, Quota):
            return self._slide(key, max(1, rate.calls // share), rate.seconds)
        return self._pour(key, max(1, rate.burst // share), rate.per_minute / share / 60)

    def _pour(self, key: str, burst: int, per_second: float) -> Allowance:
        now = self._now()
        tokens, at = self._buckets.pop(key, (float(burst), now))
        tokens = min(float(burst), tokens + (now - at) * per_second)
        if tokens < 1:
            self._buckets[key] = tokens, now
            raise Limited(retry_after_s=_whole((1 - tokens) / per_second))
        self._buckets[key] = tokens - 1, now
        while len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)
        return Allowance(
            limit=burst, remaining=int(tokens - 1), reset_s=round((burst - tokens + 1) / per_second)
        )

    def _slide(self, key: str, calls: int, seconds: float) -> Allowance:
        now = self._now()
        past = self._pasts.pop(key, None)
        if past is None:
            past = _Past()
        self._pasts[key] = past
        self._moments -= len(past.moments)
        past.forget(now - seconds)
        may = past.calls < calls
        if may:
            past.add(now, seconds / PARTS)
        self._moments += len(past.moments)
        if not may:
            raise Limited(retry_after_s=_whole(past.moments[0].last + seconds - now))
        while len(self._pasts) > KEYS or (self._moments > MOMENTS and len(self._pasts) > 1):
            _, oldest = self._pasts.popitem(last=False)
            self._moments -= len(oldest.moments)
        return Allowance(limit=calls, remaining=calls - past.calls, reset_s=math.ceil(seconds))


def _whole(seconds: float) -> int:
    """Rounded up, so that who comes back then is not too early; clocks are exact to a millionth."""
    return max(1, math.ceil(seconds - 1e-6))
