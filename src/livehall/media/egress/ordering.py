"""RTP packets back in order: numbers without wrap-around, a wait for the late, and an end to the wait.

Invariant: what comes out rises in sequence; a `None` stands for each stretch that never came. Failure
story: a packet that comes after its stretch was given up is dropped, so nobody sees time run backwards.
"""

from collections.abc import Iterator

from livehall.media.tracks.programme import Packet

JUMP = 3000  # packets; a wider step is a publisher that began anew, not loss (RFC 3550 §A.1 MAX_DROPOUT)


class Unwrapper:
    """Numbers of `bits` bits made to run on without wrap-around; steps up to half the range either way."""

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        if self._last is None:
            self._last = value
        else:
            step = (value - self._last) % self._range
            self._last += step - self._range if step >= self._range // 2 else step
        return self._last


class Reorderer:
    """Holds packets back until those before them have come, `wait_s` seconds at most.

    The clock is the caller's, in seconds: `Attention.attended`, so that no time counts when nobody read.
    """

    def __init__(self, wait_s: float) -> None:
        self.lost = 0  # packets that were given up
        self._wait_s = wait_s
        self._held: dict[int, tuple[Packet, float]] = {}  # and when it came
        self._next: int | None = None
        self._restarted = False

    @property
    def waits_since(self) -> float | None:
        """When the oldest packet that is held back arrived (Unix seconds); None: nothing is."""
        return min((packet.arrived_at for packet, _ in self._held.values()), default=None)

    def held_s(self, now: float) -> float:
        """How long the oldest packet has been held back."""
        return max((now - at for _, at in self._held.values()), default=0.0)

    def push(self, packet: Packet, at: float) -> None:
        number = self._extend(packet.sequence)
        if self._next is None or abs(number - self._next) > JUMP:
            self._restarted = self._next is not None
            self._held.clear()
            self._next = number
        if number >= self._next:
            self._held[number] = packet, at

    def pop(self, now: float) -> Iterator[Packet | None]:
        """What may go on at `now`; None where packets are missing for good."""
        if self._restarted:
            self._restarted = False
            yield None
        while self._held and self._next is not None:
            held = self._held.pop(self._next, None)
            if held is not None:
                self._next += 1
                yield held[0]
                continue
            if now - min(at for _, at in self._held.values()) < self._wait_s:
                return
            following = min(self._held)
            self.lost += following - self._next
            self._next = following
            yield None

    def _extend(self, sequence: int) -> int:
        if self._next is None:
            return sequence
        step = (sequence - self._next) & 0xFFFF
        return self._next + (step - 0x10000 if step >= 0x8000 else step)
