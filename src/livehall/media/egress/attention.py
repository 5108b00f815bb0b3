"""When forwarding was reading, and when it was not: on an overloaded machine the media process is late.

Messages come five times a second at least. A longer step between two of them is a lapse: nothing was read,
and what arrived meanwhile lay in the socket and is read after it. No deadline may run out during a lapse,
and what has a place in time waits until the rest of that time has been read.
"""

LAPSE_S = 0.4  # two ticks
CATCH_UP_S = 0.5  # of attention after a lapse: what waited has been read by then
MOST_BEHIND_S = 10.0  # a machine that is late all the time does not hold up the outputs for longer


class Attention:
    """Feed it the time of each message, in Unix seconds."""

    def __init__(self) -> None:
        self._now: float | None = None
        self._lapsed = 0.0  # seconds in which nothing was read
        self._since: float | None = None  # time before the lapses that are not made up for
        self._caught_up = 0.0  # attended time at which they are

    def see(self, now: float) -> None:
        if self._now is None:
            self._now = now
        step = now - self._now
        if step > LAPSE_S:
            self._lapsed += step
            self._since = self._now if self._since is None else self._since
            self._caught_up = now - self._lapsed + CATCH_UP_S
        self._now = max(now, self._now)
        if self._since is not None and self.attended >= self._caught_up:
            self._since = None

    @property
    def attended(self) -> float:
        """A clock that stands still during lapses."""
        return (self._now or 0.0) - self._lapsed

    @property
    def settled(self) -> float:
        """What arrived until this time has been read (Unix seconds)."""
        now = self._now or 0.0
        return now if self._since is None else max(self._since, now - MOST_BEHIND_S)
