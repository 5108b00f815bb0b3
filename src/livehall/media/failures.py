"""What fails again and again is told seldom: bytes of others must not fill the disk with tracebacks."""

import sys
import time
from collections.abc import Hashable

import msgspec
from structlog.typing import FilteringBoundLogger

EVERY_S = 10.0  # one line of each kind and each who
MOST_KINDS = 100  # that are told apart in that time; beyond them one stands for all


class _Told(msgspec.Struct):
    at: float  # monotonic seconds
    untold: int = 0


class Failures:
    """Of one loop."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._told: dict[tuple[str, str, Hashable], _Told] = {}

    def tell(self, event: str, *, of: Hashable = None, **about: object) -> None:
        """Called in an `except`: the traceback, with how many of its kind have come since the last one.

        Of a kind are those with the same event, class of exception, and `of`.
        """
        now = time.monotonic()
        kind = (event, type(sys.exception()).__name__, of)
        if kind not in self._told and len(self._told) >= MOST_KINDS:
            self._told = {each: told for each, told in self._told.items() if now - told.at < EVERY_S}
            if len(self._told) >= MOST_KINDS:
                kind = (event, "", None)
        told = self._told.get(kind)
        if told is not None and now - told.at < EVERY_S:
            told.untold += 1
            return
        count = 1 if told is None else told.untold + 1
        self._told[kind] = _Told(now)
        self._log.exception(event, of=of, count=count, **about)
