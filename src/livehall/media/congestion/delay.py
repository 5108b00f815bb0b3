"""Whether a queue is growing on the way: the delay half of Google's congestion control.

Groups of packets sent in one burst are compared (draft-ietf-rmcat-gcc-02 §5.2): how much later than the one
before did this group arrive, compared with how much later it was sent? The trend of these differences is the
slope of a line through the last 20 of them, as libwebrtc's `TrendlineEstimator` does in place of the draft's
Kalman filter; smoothing, gain and the limits of the threshold are its figures. The detector and its moving
threshold are the draft's §5.4.
"""

from collections import deque
from enum import Enum
from typing import NamedTuple

BURST_S = 0.005  # sent within it: one group
_WINDOW = 20  # groups
_SMOOTHING = 0.9
_GAIN = 4.0
_MOST_DELTAS = 60
_FIRST_THRESHOLD_MS = 12.5
_LEAST_THRESHOLD_MS, _MOST_THRESHOLD_MS = 6.0, 600.0
_UP, _DOWN = 0.0087, 0.039  # per ms, towards a larger and a smaller trend
_OUTLIER_MS = 15.0  # beyond the threshold: a route has changed, the threshold does not follow
_OVERUSE_MS = 10.0  # for so long the trend must be above the threshold
_LARGEST_GAP_S = 3.0  # after a longer silence everything begins anew


class Usage(Enum):
    NORMAL = "normal"
    OVER = "over"
    UNDER = "under"


class _Group(NamedTuple):
    first_sent: float
    last_sent: float
    last_arrived: float


class DelayDetector:
    """Feed it packets in the order in which they were sent; times are seconds of each side's own clock."""

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self._forget()
        self._threshold = _FIRST_THRESHOLD_MS

    def _forget(self) -> None:
        self._group: _Group | None = None
        self._before: _Group | None = None
        self._delay_ms = self._smoothed_ms = 0.0
        self._points: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._deltas = 0
        self._trend = 0.0
        self._over_ms = -1.0
        self._over_count = 0
        self.usage = Usage.NORMAL

    def arrived(self, sent_at: float, arrived_at: float) -> None:
        group = self._group
        if group is None:
            self._group = _Group(sent_at, sent_at, arrived_at)
            return
        if sent_at < group.first_sent:
            return  # a repetition of older news
        if sent_at - group.last_sent > _LARGEST_GAP_S or arrived_at < group.last_arrived - _LARGEST_GAP_S:
            self._forget()
            self._group = _Group(sent_at, sent_at, arrived_at)
            return
        if sent_at - group.first_sent <= BURST_S:
            self._group = _Group(group.first_sent, sent_at, max(group.last_arrived, arrived_at))
            return
        if self._before is not None:
            self._compare(self._before, group)
        self._before, self._group = group, _Group(sent_at, sent_at, arrived_at)

    def _compare(self, before: _Group, group: _Group) -> None:
        sent_ms = (group.last_sent - before.last_sent) * 1000
        arrived_ms = (group.last_arrived - before.last_arrived) * 1000
        self._deltas = min(self._deltas + 1, 1000)
        self._delay_ms += arrived_ms - sent_ms
        self._smoothed_ms = _SMOOTHING * self._smoothed_ms + (1 - _SMOOTHING) * self._delay_ms
        self._points.append((group.last_arrived * 1000, self._smoothed_ms))
        trend = self._trend
        if len(self._points) == _WINDOW:
            trend = _slope(self._points) * min(self._deltas, _MOST_DELTAS) * _GAIN
        self._detect(trend, sent_ms)
        self._move_threshold(trend, arrived_ms)
        self._trend = trend

    def _detect(self, trend: float, sent_ms: float) -> None:
        if trend > self._threshold:
            self._over_ms = self._over_ms + sent_ms if self._over_ms >= 0 else sent_ms / 2
            self._over_count += 1
            if self._over_ms > _OVERUSE_MS and self._over_count > 1 and trend >= self._trend:
                self._over_ms, self._over_count = 0.0, 0
                self.usage = Usage.OVER
            return
        self._over_ms, self._over_count = -1.0, 0
        self.usage = Usage.UNDER if trend < -self._threshold else Usage.NORMAL

    def _move_threshold(self, trend: float, elapsed_ms: float) -> None:
        distance = abs(trend) - self._threshold
        if distance > _OUTLIER_MS:
            return
        speed = _DOWN if distance < 0 else _UP
        moved = self._threshold + speed * distance * min(max(elapsed_ms, 0.0), 100.0)
        self._threshold = min(max(moved, _LEAST_THRESHOLD_MS), _MOST_THRESHOLD_MS)


def _slope(points: deque[tuple[float, float]]) -> float:
    """Of the line of least squares."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
