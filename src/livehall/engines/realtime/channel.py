"""One channel: who listens, what is waiting to go out, what is kept.

Invariants:
- A subscription gets every publication above its `start` once, in order.
- All listeners are handed the same bytes, encoded once, at most once per `gap` seconds (the first at once);
  many listeners stretch the gap.
- A fan-out is written in slices, so that a large audience does not hold up the event loop.

A subscription is *joining* while the gate is asked (publications gather in its buffer), then *late*
until the batch that was waiting when it joined has gone out and the channel has reached its `start`
(a snapshot may be ahead of the relay), then *live*.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

from livehall.core.ports.channels import Encode, Listener
from livehall.core.ports.realtime import Publication
from livehall.engines.realtime.history import History
from livehall.engines.realtime.namespaces import Namespace

INSUFFICIENT_STATE = 2500  # from here on a client subscribes again by itself
SLICE = 16  # writes between two turns of the event loop: some 0.2 ms
PER_LISTENER_S = 2e-5  # of gap: the fan-outs of a great channel take half of the time at most


def _nowhere(frame: bytes) -> None:
    """Where the frames of an ended subscription go."""


class Subscription:
    """One listener in one channel."""

    __slots__ = (
        "buffer",
        "channel",
        "ended_by",
        "listener",
        "presence",
        "recoverable",
        "send",
        "skip",
        "start",
    )

    def __init__(self, channel: "Channel", listener: Listener) -> None:
        self.channel = channel
        self.listener = listener
        self.send: Callable[[bytes], None] = _nowhere
        self.buffer: list[Publication] | None = []  # None once joined
        self.start = 0  # publications up to this position are known to the listener
        self.skip = 0  # number of waiting publications that it has got already
        self.presence = False
        self.recoverable = False
        self.ended_by: int | None = None  # the code with which it was ended

    def wants(self, publication: Publication) -> bool:
        return publication.position == 0 or publication.position > self.start


class Channel:
    """Lives as long as somebody listens or something is kept."""

    __slots__ = (
        "_batch",
        "_encode",
        "_gap",
        "_loop",
        "_next_write_at",
        "_targets",
        "_timer",
        "_waiting",
        "history",
        "joining",
        "late",
        "live",
        "name",
        "namespace",
        "reading",
    )

    def __init__(
        self, name: str, namespace: Namespace, *, encode: Encode, gap: float, history_bytes: int
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.history = History(namespace, history_bytes)
        self.joining: set[Subscription] = set()
        self.late: set[Subscription] = set()
        self.live: set[Subscription] = set()
        self.reading = asyncio.Lock()  # held while the journal is read
        self._loop = asyncio.get_running_loop()
        self._encode = encode
        self._gap = gap * namespace.gaps
        self._next_write_at = 0.0
        self._timer: asyncio.Handle | None = None
        self._waiting: list[Publication] = []
        self._batch = b""  # what is being written to the rest of `_targets`
        self._targets: Iterator[Subscription] | None = None

    def __len__(self) -> int:
        return len(self.live) + len(self.late) + len(self.joining)

    @property
    def listening(self) -> tuple[Subscription, ...]:
        """All who have joined."""
        return (*self.live, *self.late)

    def publish(self, publication: Publication, buffer_limit: int) -> None:
        """Keep it if it has a position, and send it. A repeat is dropped."""
        if publication.position:
            if publication.place <= self.history.last:
                return
            self.history.add(publication, self._loop.time())
        for subscription in tuple(self.joining):
            assert subscription.buffer is not None
            subscription.buffer.append(publication)
            if len(subscription.buffer) > buffer_limit:  # the gate is too slow for this channel
                self.remove(subscription, INSUFFICIENT_STATE)
        if self.live or self.late:
            self._waiting.append(publication)
            if self._timer is None and self._targets is None:
                self._schedule()

    def join(self, subscription: Subscription) -> None:
        """From joining to listening. What waits now has been in the buffer or in the snapshot."""
        self.joining.discard(subscription)
        subscription.buffer = None
        subscription.send = subscription.listener.send
        subscription.skip = len(self._waiting)
        if subscription.skip or subscription.start > self.history.top:
            self.late.add(subscription)
        else:
            self.live.add(subscription)

    def remove(self, subscription: Subscription, code: int) -> None:
        """End a subscription in whatever state; a write under way passes it by."""
        subscription.ended_by = code
        subscription.send = _nowhere
        for group in (self.live, self.late, self.joining):
            group.discard(subscription)
        if not self:
            self._waiting.clear()

    def drain(self) -> None:
        """Write now all that is waiting, so that what follows comes after it."""
        self._write_slice(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._begin()
            self._write_slice(None)

    def _schedule(self) -> None:
        wait = self._next_write_at - self._loop.time()
        if wait <= 0:
            self._timer = self._loop.call_soon(self._flush)  # what this turn of the loop brings goes along
        else:
            self._timer = self._loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._waiting:
            self._begin()
            self._continue()

    def _begin(self) -> None:
        """Take what waits, hand the late ones their part, and set out to write to the others."""
        waiting, self._waiting = self._waiting, []
        gap = max(self._gap, len(self.live) * PER_LISTENER_S)
        self._next_write_at = self._loop.time() + gap
        self._targets = iter(tuple(self.live))
        self._batch = self._encode(self.name, waiting) if self.live else b""
        parts: dict[tuple[int, int], bytes] = {}
        for subscription in tuple(self.late):
            key = (subscription.skip, subscription.start)
            if key not in parts:
                part = [
                    publication
                    for publication in waiting[subscription.skip :]
                    if subscription.wants(publication)
                ]
                parts[key] = self._encode(self.name, part) if part else b""
            if parts[key]:
                subscription.send(parts[key])
            subscription.skip = 0
            if subscription.start <= self.history.top:
                self.late.discard(subscription)
                self.live.add(subscription)

    def _continue(self) -> None:
        if self._write_slice(SLICE):
            self._loop.call_soon(self._continue)
        elif self._waiting and self._timer is None:
            self._schedule()

    def _write_slice(self, size: int | None) -> bool:
        """Write the batch to so many more; whether there may be further ones."""
        if self._targets is None:
            return False
        batch, written = self._batch, 0
        for subscription in islice(self._targets, size):
            subscription.send(batch)
            written += 1
        if written == size:
            return True
        self._targets, self._batch = None, b""
        return False
