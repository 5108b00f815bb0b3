"""The last publications of a channel, and from which position on they are complete.

Positions rise but are not consecutive, so a hole cannot be seen by counting. What is known instead is
the *floor*: every publication above it is held here. It rises when something is let go, and it is
unknown until the first publication or the first snapshot tells where this memory begins.
"""

from collections import deque

from livehall.core.ports.realtime import Publication
from livehall.engines.realtime.namespaces import Namespace


class History:
    """Bounded by number, age and bytes. Times are seconds of the event loop's clock."""

    __slots__ = ("_bytes", "_kept", "_limit_bytes", "_namespace", "floor", "top")

    def __init__(self, namespace: Namespace, limit_bytes: int) -> None:
        self._namespace = namespace
        self._limit_bytes = limit_bytes
        self._kept: deque[tuple[float, Publication]] = deque()
        self._bytes = 0
        self.floor: int | None = None
        self.top = 0

    def add(self, publication: Publication, now: float) -> None:
        """Keep a publication above `top`."""
        if self.floor is None:
            self.floor = publication.position - 1
        self.top = publication.position
        self._kept.append((now, publication))
        self._bytes += len(publication.data)
        while len(self._kept) > self._namespace.size or self._bytes > self._limit_bytes:
            self._let_go()

    def begins_at(self, position: int) -> None:
        """All that follows `position` will be added from here on; ignored when the floor is known."""
        if self.floor is None and position > 0:
            self.floor = position

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

    def _let_go(self) -> None:
        _, publication = self._kept.popleft()
        self._bytes -= len(publication.data)
        self.floor = publication.position
