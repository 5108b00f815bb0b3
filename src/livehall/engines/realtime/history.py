"""The last publications of a channel, and from which position on they are complete.

Positions rise but are not consecutive, so a hole cannot be seen by counting. What is known instead is
the *floor*: every publication above it is held here. It rises when something is let go, sinks when the
journal fills in what was before, and is unknown until one of the two tells where this memory begins.
"""

from collections import deque

from livehall.core.ports.realtime import Publication
from livehall.engines.realtime.namespaces import Namespace


class History:
    """Bounded by number, age and bytes. Times are seconds of the event loop's clock."""

    __slots__ = ("_bytes", "_kept", "_limit_bytes", "_namespace", "floor", "last")

    def __init__(self, namespace: Namespace, limit_bytes: int) -> None:
        self._namespace = namespace
        self._limit_bytes = limit_bytes
        self._kept: deque[tuple[float, Publication]] = deque()
        self._bytes = 0
        self.floor: int | None = None
        self.last = (0, 0)  # the place of what was published last

    @property
    def top(self) -> int:
        """The position of what was published last."""
        return self.last[0]

    def add(self, publication: Publication, now: float) -> None:
        """Keep a publication above `last`."""
        self.last = publication.place
        if self._kept and publication.place <= self._kept[-1][1].place:
            return  # the journal was ahead of the relay and has filled it in
        if self.floor is None:
            self.floor = publication.position - 1
        self._kept.append((now, publication))
        self._bytes += len(publication.data)
        self._bound()

    def fill_in(self, after: int, publications: tuple[Publication, ...], now: float) -> None:
        """Take from the journal what is above `after`, all of it; what is held already stays."""
        if self.floor is not None and after >= self.floor:
            return
        first = self._kept[0][1].place if self._kept else None
        older = [each for each in publications if first is None or each.place < first]
        self._kept.extendleft((now, each) for each in reversed(older))
        self._bytes += sum(len(each.data) for each in older)
        self.floor = after
        self._bound()

    def expire(self, now: float) -> None:
        """Let go what is older than the namespace's `ttl`."""
        while self._kept and self._kept[0][0] + self._namespace.ttl <= now:
            self._let_go()

    def after(self, position: int, now: float) -> tuple[Publication, ...] | None:
        """All publications above a position, oldest first; None when that is not known."""
        self.expire(now)
        if self.floor is None or position < self.floor:
            return None
        return tuple(publication for _, publication in self._kept if publication.position > position)

    def kept(self, now: float) -> tuple[Publication, ...]:
        """All that is held, oldest first."""
        self.expire(now)
        return tuple(publication for _, publication in self._kept)

    def _bound(self) -> None:
        while len(self._kept) > self._namespace.size or self._bytes > self._limit_bytes:
            self._let_go()

    def _let_go(self) -> None:
        _, publication = self._kept.popleft()
        self._bytes -= len(publication.data)
        self.floor = publication.position
