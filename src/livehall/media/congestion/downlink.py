"""The way down to one subscriber: what it carries, and what is sent on it.

Ten times a second, while there is a limit, every picture gets the layer that fits; what does not fit even at
its lowest is paused, so that sound, which is never counted nor held back, goes on. Probes find out whether
more fits by now.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from livehall.media.congestion.allocation import PAUSED, Demand, allocate, next_step_bps
from livehall.media.congestion.estimator import Estimator
from livehall.media.congestion.probe import Probe
from livehall.media.congestion.sent import SentLog
from livehall.media.net.transport import Transport
from livehall.media.rtp.transport_cc import read_feedback
from livehall.media.tracks.feed import UNLIMITED
from livehall.media.tracks.subscription import Subscription

_USABLE = 0.95  # of the limit: repairs need some room
_CLEAR_S = 10.0  # with all that is wanted and nothing amiss for so long, the limit goes
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.5, 20.0  # between probes; each failure doubles it
_PAD_EVERY_S = 0.005
_PROBE_MARGIN = 1.15


class Downlink:
    def __init__(self, transport: Transport, tell_paused: Callable[[Subscription, bool], None]) -> None:
        self._transport = transport
        self._tell_paused = tell_paused
        self.estimator = Estimator()
        self.is_limiting = False  # somebody gets less than wanted
        self.is_pausing = False  # somebody gets nothing
        self._has_limited = False
        self._probe: Probe | None = None
        self._wait_s = _FIRST_WAIT_S
        self._probed_at = 0.0
        self._padding: asyncio.TimerHandle | None = None

    def counted(self) -> SentLog:
        """The log of what is sent; from now on feedback is expected."""
        if self._transport.sent_log is None:
            self._transport.sent_log = SentLog()
            self._transport.on_feedback = self._feedback
        return self._transport.sent_log

    def adapt(self, subscriptions: Iterable[Subscription], now: float) -> None:
        """By the clock: choose anew. `subscriptions` are those of pictures."""
        limit = self.estimator.limit_bps
        if limit is None and not self._has_limited:
            return
        wanted = [subscription for subscription in subscriptions if not subscription.is_paused]
        if limit is None:
            self._has_limited = False
            self._apply(wanted, dict.fromkeys((s.track.sid for s in wanted), UNLIMITED))
            self.is_limiting = self.is_pausing = False
            return
        self._has_limited = True
        demands = [_demand(subscription, now) for subscription in wanted]
        chosen = allocate(limit * _USABLE, demands)
        step = next_step_bps(demands, chosen)
        self.is_limiting = step is not None
        self.is_pausing = PAUSED in chosen.values()
        self._apply(wanted, chosen)
        if step is None:
            if self.estimator.is_clear(now, _CLEAR_S):
                self.estimator.lift()
        else:
            self._look_for_more(wanted, step / _USABLE, now)

    def close(self) -> None:
        if self._padding is not None:
            self._padding.cancel()

    def _apply(self, subscriptions: Sequence[Subscription], chosen: dict[str, int]) -> None:
        for subscription in subscriptions:
            before, quality = subscription.allowed, chosen[subscription.track.sid]
            if before == quality:
                continue
            subscription.allow(quality)
            if (before == PAUSED) != (quality == PAUSED):
                self._tell_paused(subscription, quality == PAUSED)

    def _feedback(self, body: bytes) -> None:
        log = self._transport.sent_log
        if log is None:
            return
        now = time.monotonic()
        packets = list(log.acknowledge(read_feedback(body)))
        if self._probe is not None:
            self._probe.told(packets)
        self.estimator.feedback(packets, now)

    # Probing

    def _look_for_more(self, subscriptions: Sequence[Subscription], needed_bps: float, now: float) -> None:
        if self._probe is not None:
            if self._probe.is_over(now):
                self._judge(self._probe, needed_bps)
            return
        if now - self._probed_at < self._wait_s or not self.estimator.is_clear(now, self._wait_s):
            return
        self._probed_at = now
        padded = next((s for s in subscriptions if s.can_pad), None)
        if padded is None:
            self.estimator.probed(needed_bps)  # nothing to probe with: try the next layer itself
            return
        self._probe = Probe(needed_bps * _PROBE_MARGIN, now)
        self._pad(self._probe, padded)

    def _pad(self, probe: Probe, subscription: Subscription) -> None:
        now = time.monotonic()
        subscription.pad(probe.due_bytes(now))
        if now < probe.ends_at:
            loop = asyncio.get_running_loop()
            self._padding = loop.call_later(_PAD_EVERY_S, self._pad, probe, subscription)

    def _judge(self, probe: Probe, needed_bps: float) -> None:
        self._probe = None
        result = probe.result_bps()
        if result >= needed_bps:
            self._wait_s = _FIRST_WAIT_S
            self.estimator.probed(needed_bps)
        else:
            self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)


def _demand(subscription: Subscription, now: float) -> Demand:
    track = subscription.track
    return Demand(
        key=track.sid,
        rates=track.rates(now),
        wanted=subscription.quality,
        has_precedence=track.source == "SCREEN_SHARE",
        present=min(subscription.allowed, subscription.quality),
    )
