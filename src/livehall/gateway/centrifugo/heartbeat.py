"""One clock for all connections: each is visited once per ping interval, and again to see its pong.

A timer per connection would cost memory and wake-ups; here connections sit in the slots of a wheel, one
slot per tick. The wheel turns while anybody sits in it.
"""

import asyncio
from typing import Protocol

import msgspec

SLOTS = 25


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds. Clients give up when they hear nothing for `ping` and some 10 seconds more."""

    ping: float = 25.0
    pong: float = 8.0  # in which a ping must be answered
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
    """The wheel. Precise to a tick, a 25th of the ping interval."""

    def __init__(self, rhythm: Rhythm | None = None) -> None:
        self.rhythm = rhythm or Rhythm()
        self._tick = self.rhythm.ping / SLOTS
        self._pong_slots = self._slots(self.rhythm.pong)
        self._wheel: list[set[Beating]] = [set() for _ in range(SLOTS)]
        self._seats: dict[Beating, int] = {}
        self._hand = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._seats)

    def add(self, connection: Beating, first_after: float) -> None:
        """Visit it from now on, first after so many seconds (at most one interval)."""
        self.remove(connection)
        seat = self._seats[connection] = (self._hand + self._slots(first_after)) % SLOTS
        self._wheel[seat].add(connection)
        if self._timer is None:
            self._turn_later()

    def remove(self, connection: Beating) -> None:
        """Visit it no more."""
        seat = self._seats.pop(connection, None)
        if seat is not None:
            self._wheel[seat].discard(connection)

    def _slots(self, seconds: float) -> int:
        return min(SLOTS - 1, max(1, round(seconds / self._tick)))

    def _turn_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._tick, self._turn)

    def _turn(self) -> None:
        self._timer = None
        self._hand = (self._hand + 1) % SLOTS
        for connection in tuple(self._wheel[self._hand]):
            connection.beat()
        for connection in tuple(self._wheel[self._hand - self._pong_slots]):
            connection.check_pong()
        if self._seats:
            self._turn_later()
