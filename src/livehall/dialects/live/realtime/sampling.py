"""A chat that nobody could read any more is sampled: all is stored, part of it is published (realtime.md §6).

Decided from the rows alone, in their order and by their own times, so that every process that publishes the
same rows lets the same ones through. Who reads the chat from the API, or recovers, gets them all.
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry

SAMPLED = "chat.message"
MOST = 50  # publications of one session within any second
SECOND = timedelta(seconds=1)
SPACE = SECOND / MOST
SLACK = SECOND / 2  # so far may they come ahead of an even pace: 25 at once after a silence
REMEMBERED = 10_000  # sessions


class Flow:
    """One session's: when it passed, within the last second, and when the next one is due."""

    def __init__(self, at: datetime) -> None:
        self._passed: deque[datetime] = deque()
        self._due = at

    def passes(self, at: datetime) -> bool:
        while self._passed and self._passed[0] <= at - SECOND:
            self._passed.popleft()
        if len(self._passed) >= MOST or at < self._due - SLACK:
            return False
        self._passed.append(at)
        self._due = max(self._due, at) + SPACE
        return True


class Sampling:
    def __init__(self) -> None:
        self._flows: OrderedDict[Id | None, Flow] = OrderedDict()

    def passes(self, entry: Entry) -> bool:
        """Whether this row is published."""
        if entry.type != SAMPLED:
            return True
        flow = self._flows.get(entry.session_id)
        if flow is None:
            flow = self._flows[entry.session_id] = Flow(entry.occurred_at)
            if len(self._flows) > REMEMBERED:
                self._flows.popitem(last=False)
        self._flows.move_to_end(entry.session_id)
        return flow.passes(entry.occurred_at)
