"""A link with a queue, by a given clock: what is sent too fast arrives late, or not at all."""

from livehall.media.congestion.estimator import Estimator
from livehall.media.congestion.sent import Acknowledged

PACKET = 1000  # bytes


class Link:
    """`rate_bps` may change on the way; the queue holds `queue_s` seconds of it."""

    def __init__(self, rate_bps: float, *, queue_s: float = 0.3, delay_s: float = 0.02) -> None:
        self.rate_bps = rate_bps
        self.queue_s = queue_s
        self.delay_s = delay_s
        self._free_at = 0.0

    def send(self, now: float, size: int) -> float | None:
        """When it arrives; None when the queue is full."""
        start = max(now, self._free_at)
        if start - now > self.queue_s:
            return None
        self._free_at = start + size * 8 / self.rate_bps
        return self._free_at + self.delay_s


class Clock:
    now = 100.0


def run(
    estimator: Estimator, link: Link, clock: Clock, *, seconds: float, rate_bps: float, drop_every: int = 0
) -> None:
    """Send frames, 30 a second, at this rate, with feedback every 100 ms."""
    told: list[Acknowledged] = []
    sent = 0
    frames = round(seconds * 30)
    per_frame = rate_bps / 30 / 8
    owed = 0.0
    for frame in range(frames):
        owed += per_frame
        while owed >= PACKET:
            owed -= PACKET
            sent += 1
            arrived = link.send(clock.now, PACKET)
            if drop_every and sent % drop_every == 0:
                arrived = None
            told.append(Acknowledged(clock.now, PACKET, arrived))
        clock.now += 1 / 30
        if frame % 3 == 2:
            known = [p for p in told if p.arrived_at is None or p.arrived_at <= clock.now]
            told = [p for p in told if p not in known]
            estimator.feedback(known, clock.now)
