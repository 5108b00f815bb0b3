"""How many bits per second one transport carries: Google's congestion control at the sender.

draft-ietf-rmcat-gcc-02: the delay-based controller of §5.5 and the loss-based one of §6, fed by
transport-wide feedback. There is no limit until the first sign of congestion, since a subscriber on a good
link shall see the best layer at once; from then on the limit follows the draft, and probes
(`probed`) lift it beyond what is being sent.
"""

from collections import deque
from collections.abc import Sequence

from livehall.media.congestion.delay import DelayDetector, Usage
from livehall.media.congestion.sent import Acknowledged

LEAST_BPS = 30_000.0
_DECREASE = 0.85  # §5.5, beta
_GROWTH_PER_S = 1.08  # §5.5, multiplicative increase
_HEADROOM, _HEADROOM_BPS = 1.5, 10_000  # §5.5: no more than 1.5 times what arrives
_RATE_WINDOW_S = 0.5  # §5.5, over which the arriving rate is measured
_RESPONSE_S = 0.2  # between two decreases: a round trip and the time of a feedback
_ADDITIVE_BPS_PER_S = 12_000.0 * 0.5 / _RESPONSE_S  # half a packet of 1500 bytes each response time
_LOSS_WINDOW_S = 0.5
_STALE_S = 1.0
_LEAST_LOSS_SAMPLE = 10  # packets
_LOSS_HIGH = 0.10  # §6: beyond it the limit falls; up to 2 % it may rise
_LOSS_LOW = 0.02
_NEAR = 0.15  # of the rate at the last congestion: there the limit rises slowly


class Estimator:
    def __init__(self) -> None:
        self.limit_bps: float | None = None
        self.loss = 0.0  # share of the last window
        self.congested_at = -1e9  # monotonic seconds of the last decrease
        self._delay = DelayDetector()
        self._arrived: deque[tuple[float, int]] = deque()  # receiver's time, bytes
        self._arrived_bytes = 0
        self._lost = self._told = 0
        self._loss_since: float | None = None
        self._ceiling_bps: float | None = None  # what arrived when the way was last full
        self._updated_at: float | None = None

    @property
    def received_bps(self) -> float:
        """What arrives, over the last half second."""
        if len(self._arrived) < 2:
            return 0.0
        elapsed = max(self._arrived[-1][0] - self._arrived[0][0], _RATE_WINDOW_S / 2)
        return self._arrived_bytes * 8 / elapsed

    def feedback(self, packets: Sequence[Acknowledged], now: float) -> None:
        """What one feedback says, in the order of sending; `now` in monotonic seconds."""
        self._loss_since = now if self._loss_since is None else self._loss_since
        has_overused = False
        for packet in packets:
            self._told += 1
            if packet.arrived_at is None:
                self._lost += 1
                continue
            self._delay.arrived(packet.sent_at, packet.arrived_at)
            has_overused |= self._delay.usage is Usage.OVER
            self._arrived.append((packet.arrived_at, packet.size))
            self._arrived_bytes += packet.size
        self._forget_old()
        elapsed = min(now - self._updated_at, 1.0) if self._updated_at is not None else 0.0
        self._updated_at = now
        if has_overused:
            self._decrease(self.received_bps * _DECREASE, now)
        elif self.limit_bps is not None and self._delay.usage is Usage.NORMAL and self.loss <= _LOSS_LOW:
            self._increase(self.limit_bps, elapsed)
        if now - self._loss_since >= _LOSS_WINDOW_S and self._told >= _LEAST_LOSS_SAMPLE:
            self._judge_loss(now)

    def probed(self, rate_bps: float) -> None:
        """A probe has shown that the way carries this much."""
        if self.limit_bps is not None and rate_bps > self.limit_bps:
            self.limit_bps = rate_bps

    def is_clear(self, now: float, for_s: float) -> bool:
        """Nothing has been amiss for this long. A loss of which there is no news any more, because nothing
        is being sent, says nothing."""
        is_old = self._updated_at is None or now - self._updated_at > _STALE_S
        return now - self.congested_at >= for_s and (is_old or self.loss <= _LOSS_LOW)

    def lift(self) -> None:
        """Everything that is wanted fits in: there is no limit any more."""
        self.limit_bps = None

    def _forget_old(self) -> None:
        while self._arrived and self._arrived[-1][0] - self._arrived[0][0] > _RATE_WINDOW_S:
            self._arrived_bytes -= self._arrived.popleft()[1]

    def _decrease(self, to_bps: float, now: float) -> None:
        if now - self.congested_at < _RESPONSE_S or to_bps <= 0:
            return
        self.congested_at = now
        self._ceiling_bps = self.received_bps
        if self.limit_bps is None or to_bps < self.limit_bps:
            self.limit_bps = max(to_bps, LEAST_BPS)

    def _increase(self, limit: float, elapsed: float) -> None:
        """Slowly where the way was last found full, else by a share; never far beyond what is sent."""
        is_near = self._ceiling_bps is not None and abs(limit - self._ceiling_bps) < _NEAR * self._ceiling_bps
        grown = limit + _ADDITIVE_BPS_PER_S * elapsed if is_near else limit * _GROWTH_PER_S**elapsed
        most = _HEADROOM * self.received_bps + _HEADROOM_BPS
        self.limit_bps = max(limit, min(grown, most))

    def _judge_loss(self, now: float) -> None:
        self.loss = self._lost / self._told
        self._lost = self._told = 0
        self._loss_since = now
        if self.loss > _LOSS_HIGH:
            basis = self.limit_bps if self.limit_bps is not None else self.received_bps
            # What does arrive fits: a sender that follows late is not to be cut down without end.
            self._decrease(max(basis * (1 - 0.5 * self.loss), self.received_bps * _DECREASE), now)
