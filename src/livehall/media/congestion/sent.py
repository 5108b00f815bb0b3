"""What was sent on one transport, by its transport-wide number, until the receiver says when it arrived."""

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_KEPT = 2048  # packets; a power of two: seconds of video, where feedback comes every 50 to 250 ms


class Acknowledged(NamedTuple):
    """A packet that the receiver has told of."""

    sent_at: float  # monotonic seconds
    size: int  # bytes
    arrived_at: float | None  # seconds of the receiver's clock; None: not received


class SentLog:
    __slots__ = ("_next", "_numbers", "_sizes", "_times", "shared")

    def __init__(self) -> None:
        self._next = array("H", (0,))
        self._times = array("d", bytes(8 * _KEPT))
        self._sizes = array("H", bytes(2 * _KEPT))  # 0: already told of
        self._numbers = array("H", bytes(2 * _KEPT))
        self.shared: Any = None  # how native code sees `parts`, which notes what it sends by itself

    @property
    def parts(self) -> tuple["array[float]", "array[int]", "array[int]", "array[int]"]:
        """Times, sizes, numbers, and the next number; their length never changes."""
        return self._times, self._sizes, self._numbers, self._next

    def note(self, now: float, size: int) -> int:
        """The 16-bit number of the packet that is about to be sent."""
        number = self._next[0]
        self._next[0] = number + 1 & 0xFFFF
        place = number & _KEPT - 1
        self._times[place] = now
        self._sizes[place] = size
        self._numbers[place] = number
        return number

    def acknowledge(self, arrivals: Iterable[tuple[int, float | None]]) -> Iterator[Acknowledged]:
        """The packets of a feedback that are still known. One told of as lost may be told of again."""
        for number, arrived_at in arrivals:
            place = number & _KEPT - 1
            size = self._sizes[place]
            if not size or self._numbers[place] != number:
                continue
            if arrived_at is not None:
                self._sizes[place] = 0
            yield Acknowledged(self._times[place], size, arrived_at)
