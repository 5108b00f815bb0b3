"""Whose time is it: RTP ticks of many tracks on the one wall clock of this server (Unix seconds).

A track's ticks become the publisher's NTP time through its sender reports (RFC 3550 §6.4.1), and that
becomes our time through the smallest delay seen lately; all tracks of one publisher share that offset,
which is what keeps lips and voice together. Before the first report the track's own smallest delay serves.
A report that contradicts the arrivals by more than `DISBELIEF_S` is ignored.
"""

DISBELIEF_S = 2.0
WINDOW_S = (
    60.0  # within it the smallest delay counts: load and jitter pass, and clocks drift 6 ms apart at most
)
JUMP_WINDOW_S = 10.0
JUMP_S = (
    0.5  # a delay that was so much longer for a whole JUMP_WINDOW_S is a clock that stood still, not load
)


class SmallestLately:
    """The minimum of the last one to two half windows."""

    def __init__(self, window_s: float) -> None:
        self._half_s = window_s / 2
        self._since: float | None = None
        self._current = self._previous = float("inf")

    def add(self, value: float, now: float) -> None:
        if self._since is None or now - self._since >= self._half_s:
            self._since = now
            self._previous, self._current = self._current, value
        self._current = min(self._current, value)

    @property
    def value(self) -> float:
        return min(self._current, self._previous)


class Offset:
    """Our time minus another's, from arrivals: the smallest delay, unless the other clock has jumped."""

    def __init__(self) -> None:
        self._long, self._short = SmallestLately(WINDOW_S), SmallestLately(JUMP_WINDOW_S)

    def add(self, value: float, now: float) -> None:
        self._long.add(value, now)
        self._short.add(value, now)

    @property
    def value(self) -> float:
        long, short = self._long.value, self._short.value
        return short if short - long > JUMP_S else long


class PublisherClock:
    """Our time minus the publisher's NTP time, from all tracks of that publisher."""

    def __init__(self) -> None:
        self.offset = Offset()


class TrackClock:
    """Unwrapped RTP ticks of one track → our wall clock."""

    def __init__(self, rate: int, publisher: PublisherClock) -> None:
        self._rate = rate
        self._publisher = publisher
        self._own = Offset()
        self._report: tuple[float, int] | None = None  # NTP seconds, ticks
        self._observed_at = 0.0

    def observe(self, ticks: int, arrived_at: float) -> None:
        self._observed_at = arrived_at
        self._own.add(arrived_at - ticks / self._rate, arrived_at)
        if self._report is not None:
            self._publisher.offset.add(arrived_at - self._ntp(ticks, self._report), arrived_at)

    def report(self, ntp: int, ticks: int) -> None:
        """A sender report: 64-bit NTP time and the RTP time that matches it."""
        is_first, self._report = self._report is None, (ntp / 2**32, ticks)
        if is_first and self._observed_at:
            # What arrived before counts too: the next packets may all be late, and none would be put later.
            learned = self._own.value + ticks / self._rate - self._report[0]
            self._publisher.offset.add(learned, self._observed_at)

    def wall(self, ticks: int) -> float:
        """Our time at `ticks`; `observe` was called before."""
        own = self._own.value + ticks / self._rate
        if self._report is None or self._publisher.offset.value == float("inf"):
            return own
        reported = self._publisher.offset.value + self._ntp(ticks, self._report)
        return reported if abs(reported - own) < DISBELIEF_S else own

    def _ntp(self, ticks: int, report: tuple[float, int]) -> float:
        return report[0] + (ticks - report[1]) / self._rate


class Timeline:
    """Places ticks on the recording's line, one to one, and moves only when the clock says "too far off".

    The distance between two frames is therefore exactly what the publisher said, except where a
    difference of more than `tolerance` ticks has built up.
    """

    def __init__(self, tolerance: int) -> None:
        self._tolerance = tolerance
        self._anchor: tuple[int, int] | None = None  # ticks, position

    def adopt(self, ticks: int, position: int) -> None:
        """Go on where an earlier recorder stood."""
        self._anchor = (ticks, position)

    def ahead(self, ticks: int, target: int) -> int:
        """How far behind the clock's place, which is `target`, the line would put `ticks` without a move."""
        return self._anchor[1] + ticks - self._anchor[0] - target if self._anchor is not None else 0

    def place(self, ticks: int, target: int) -> int:
        """The position of `ticks`, given that the clock would put it at `target`."""
        if self._anchor is not None:
            position = self._anchor[1] + ticks - self._anchor[0]
            if abs(position - target) <= self._tolerance:
                return position
        self._anchor = (ticks, target)
        return target
