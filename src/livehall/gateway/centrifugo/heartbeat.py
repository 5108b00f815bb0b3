"""One clock for all connections: each is visited once per ping interval, and again to see its pong.

A timer per connection would cost memory and wake-ups; here connections sit in the slots of a wheel, one
slot per tick. The wheel turns while anybody sits in it. A visit may ask the database whether the connection
may go on, so ticks are short and connections that came at the same time are visited at different ones:
5,000 of them are 5 at a tick, not hundreds at once.
"""

import asyncio
import random
from typing import Protocol

import msgspec

TICK_S = 0.025  # the least
FEWEST_SLOTS = 25
LATE_S = 1.0  # what is later than that is not made up for: pongs may lie there unread


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds. Clients give up when they hear nothing for `ping` and some 10 seconds more."""

    ping: float = 25.0
    pong: float = 8.0  # in which a ping must be answered; may be longer than `ping`
    stale: float = 10.0  # in which a connection must have sent its connect command


class Beating(Protocol):
    """What the wheel asks of a connection."""

    def beat(self) -> None:
        """Time to ping."""
        ...

    def check_pong(self) -> None:
        """Time for the pong to have come."""
        ...


class Heartbeat:
    """The wheel. Precise to a tick."""

    def __init__(self, rhythm: Rhythm | None = None) -> None:
        self.rhythm = rhythm or Rhythm()
        self._count = max(FEWEST_SLOTS, int(self.rhythm.ping / TICK_S))
        self._tick = self.rhythm.ping / self._count
        self._pong_slots = self._slots(self.rhythm.pong)
        self._wheel: list[set[Beating]] = [set() for _ in range(self._count)]
        self._seats: dict[Beating, int] = {}
        self._hand = 0
        self._due = 0.0  # when the hand moves next
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._seats)

    def add(self, connection: Beating, first_after: float) -> None:
        """Visit it from now on, first after so many seconds (at most one interval)."""
        self.remove(connection)
        seat = self._seats[connection] = (self._hand + self._slots(first_after)) % self._count
        self._wheel[seat].add(connection)
        if self._timer is None:
            self._start()

    def spread(self, connection: Beating) -> None:
        """Visit it from now on, first in the second half of an interval."""
        self.add(connection, self.rhythm.ping * random.uniform(0.5, 1))  # noqa: S311 - no secret

    def remove(self, connection: Beating) -> None:
        """Visit it no more."""
        seat = self._seats.pop(connection, None)
        if seat is not None:
            self._wheel[seat].discard(connection)

    def is_overdue(self, since: float) -> bool:
        """Whether a ping of that moment, by the loop's clock, should have been answered; to a tick."""
        return asyncio.get_running_loop().time() - since >= self.rhythm.pong - self._tick

    def _slots(self, seconds: float) -> int:
        return min(self._count - 1, max(1, round(seconds / self._tick)))

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + self._tick
        self._timer = loop.call_at(self._due, self._turn)

    def _turn(self) -> None:
        """Move the hand to where the time is."""
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._due = max(self._due, now - LATE_S)
        while self._due <= now:
            self._due += self._tick
            self._visit_next()
        if self._seats:
            self._timer = loop.call_at(self._due, self._turn)

    def _visit_next(self) -> None:
        self._hand = (self._hand + 1) % self._count
        for connection in tuple(self._wheel[self._hand]):
            connection.beat()
        for connection in tuple(self._wheel[self._hand - self._pong_slots]):
            connection.check_pong()
