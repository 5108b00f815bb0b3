"""How fast one person may write: a bucket of tokens each, in memory (realtime.md §6)."""

from collections import OrderedDict
from datetime import datetime

from livehall.core.messages.faults import TooFast

BURST = 3  # messages at once
EVERY_S = 2.0  # seconds for one more
REMEMBERED = 100_000  # people; the longest silent go first


class Pace:
    def __init__(self, *, burst: int = BURST, every_s: float = EVERY_S) -> None:
        self._burst, self._every_s = burst, every_s
        self._writers: OrderedDict[tuple[str, str], tuple[float, datetime]] = OrderedDict()

    def check(self, session_id: str, person: str, now: datetime) -> None:
        """Count one message. Raises: TooFast, with the seconds until the next."""
        key = (session_id, person)
        tokens, at = self._writers.pop(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + max((now - at).total_seconds(), 0) / self._every_s)
        self._writers[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._writers) > REMEMBERED:
            self._writers.popitem(last=False)
        if tokens < 1:
            raise TooFast(retry_after_s=max(1, round((1 - tokens) * self._every_s)))
