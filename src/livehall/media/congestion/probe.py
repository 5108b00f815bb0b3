"""A short burst of padding that shows whether the way carries more than what is being sent.

What is sent is at most what is wanted now, so the arriving rate says nothing of what else would fit. A probe
sends padding beside the media for 60 ms at a rate of its own, as libwebrtc's `ProbeController` does (the
draft leaves it to the sender); the rate at which it all arrives is what the way carries.
"""

from collections.abc import Sequence

from livehall.media.congestion.sent import Acknowledged

DURATION_S = 0.06
PATIENCE_S = 1.0  # for the feedback
_LEAST_PACKETS = 5
_LEAST_SHARE = 0.8  # of its packets must arrive


class Probe:
    """Times are monotonic seconds of the sender, arrivals those of the receiver's clock."""

    def __init__(self, rate_bps: float, now: float) -> None:
        self.rate_bps = rate_bps
        self.began_at = now
        self.ends_at = now + DURATION_S
        self._arrived: list[tuple[float, int]] = []
        self._lost = 0
        self._is_told = False
        self._sent_bytes = 0.0

    def due_bytes(self, now: float) -> int:
        """How much padding is to be sent at this moment."""
        whole = self.rate_bps / 8 * (min(now, self.ends_at) - self.began_at)
        due = int(whole - self._sent_bytes)
        self._sent_bytes += max(due, 0)
        return due

    def told(self, packets: Sequence[Acknowledged]) -> None:
        for packet in packets:
            if packet.sent_at > self.ends_at:
                self._is_told = True
            elif packet.sent_at >= self.began_at:
                if packet.arrived_at is None:
                    self._lost += 1
                else:
                    self._arrived.append((packet.arrived_at, packet.size))

    def is_over(self, now: float) -> bool:
        return self._is_told or now > self.ends_at + PATIENCE_S

    def result_bps(self) -> float:
        """The rate that arrived, no more than a little above the one sent; 0 when too little did."""
        count = len(self._arrived)
        if count < _LEAST_PACKETS or count < _LEAST_SHARE * (count + self._lost):
            return 0.0
        self._arrived.sort()
        elapsed = max(self._arrived[-1][0] - self._arrived[0][0], DURATION_S / 2)
        carried = sum(size for _, size in self._arrived) - self._arrived[0][1]
        return min(carried * 8 / elapsed, 2 * self.rate_bps)
