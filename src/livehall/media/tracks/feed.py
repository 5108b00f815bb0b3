"""What one reader gets of a track: one layer at a time, numbered as if it were one stream.

A feed aims at a layer and begins, or changes over, at a key frame of it. From there on the layer's
sequence numbers, timestamps and VP8 counters are moved by constants, so that the reader sees no seam.
Each stretch between two changes is a `Segment`; the last few are kept to answer for lost packets.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple, Protocol

from livehall.media.net.native import Lane
from livehall.media.rtp import vp8
from livehall.media.tracks.layer import Layer
from livehall.media.tracks.programme import Published
from livehall.media.tracks.reading import Item, Member

_MOST_SEGMENTS = 4
UNLIMITED = 2  # the best quality there is
_LARGEST_DRIFT_S = 1.0  # beyond it the publisher's clock is not believed


class Segment(NamedTuple):
    """Shifts are added, modulo the width of their field."""

    layer: Layer
    first: int  # unwrapped number of the first packet
    sequence_shift: int
    timestamp_shift: int
    picture_shift: int
    layer_index_shift: int


class Readable(Published, Protocol):
    """A published track as its readers see it."""

    def best_layer(self, quality: int) -> Layer | None:
        """The best flowing layer up to `quality`; when none flows so low, the lowest that flows."""
        ...

    def is_one_stream(self, layer: Layer) -> bool:
        """All that flows is this stream, so that qualities mean layers within it."""
        ...

    def rates(self, now: float) -> tuple[tuple[int, float], ...]:
        """(quality, bits per second) of what a subscriber can get, lowest first."""
        ...

    def detach(self, feed: "Feed") -> None: ...


class Feed(ABC):
    """Subclasses deliver; this class chooses the layer and keeps the numbers."""

    def __init__(self, track: Readable) -> None:
        self.track = track
        self.quality = 2  # the best layer wanted: 0 low, 1 medium, 2 high
        self.is_paused = False
        self.frames_per_s = 0  # that are enough; 0: all
        self.allowed = UNLIMITED  # the best layer that the way to the reader carries; below 0: none
        self._is_given_up = False
        self._target: Layer | None = None
        self._layer: Layer | None = None
        self._segments: list[Segment] = []
        self._newest: Item | None = None  # the one with the highest number, as subclasses keep it
        self._first = 0
        self._sequence_shift = self._timestamp_shift = 0
        self._picture_shift = self._layer_index_shift = 0
        self._is_moved = False  # VP8 counters need rewriting
        self.red_payload_type: int | None = None  # of redundancy, which the reader mends losses with

    @abstractmethod
    def forward(self, item: Item, bodies: dict[int, bytes]) -> None:
        """Deliver one packet; `bodies` is shared by all feeds of this packet."""

    def lane(self) -> tuple[Member, Lane] | None:
        """What a crowd needs to serve this reader; None: it is served by `forward` alone."""
        return None

    @abstractmethod
    def sender_report(self, ntp: int, timestamp: int) -> None: ...

    def want(self, *, quality: int, is_paused: bool, frames_per_s: int = 0) -> None:
        """`frames_per_s`: that are enough; 0: all. Only streams with temporal layers know of fewer."""
        self.quality = quality
        self.is_paused = is_paused
        self.frames_per_s = frames_per_s
        self.aim()

    def allow(self, quality: int) -> None:
        """No better layer than this, whatever is wanted; below 0: nothing. What is too much is not sent on
        until the lower layer's key frame comes: it would hold that up."""
        self.allowed = quality
        self.aim()
        if self._layer is not None and self._target is not None and self._layer.quality > quality:
            self._leave_layer()

    def aim(self) -> None:
        """Choose the layer to forward; called whenever that choice may have changed."""
        is_held_back = self.is_paused or self.allowed < 0 or self._is_given_up
        target = None if is_held_back else self.track.best_layer(min(self.quality, self.allowed))
        if target is self._target:
            return
        self._stop_waiting()
        self._target = target
        if target is None:
            self._leave_layer()
        elif target is not self._layer:
            target.waiting.append(self)
            target.request_key_frame()

    def detach(self) -> None:
        self.is_paused = True
        self._stop_waiting()
        self._leave_layer()
        self._target = None

    def give_up(self) -> None:
        """It has raised where the others were served: it gets nothing more, whatever is wanted."""
        self._is_given_up = True
        self.track.detach(self)

    def request_key_frame(self) -> None:
        layer = self._target or self._layer
        if layer is not None:
            layer.request_key_frame()

    def begin(self, layer: Layer, item: Item, now: float) -> None:
        """The layer aimed at has a key frame: from this packet on it is the one that is forwarded."""
        layer.waiting.remove(self)
        self._leave_layer()
        segment = self._continue(layer, item, now)
        self._segments.append(segment)
        del self._segments[:-_MOST_SEGMENTS]
        self._first = item.number
        self._sequence_shift, self._timestamp_shift = segment.sequence_shift, segment.timestamp_shift
        self._picture_shift, self._layer_index_shift = segment.picture_shift, segment.layer_index_shift
        self._is_moved = bool(segment.picture_shift or segment.layer_index_shift)
        self._newest = item
        self._layer = layer
        layer.join(self)
        if (report := layer.report_now(now)) is not None:
            self.sender_report(*report)

    def _continue(self, layer: Layer, item: Item, now: float) -> Segment:
        newest = self._latest()
        if newest is None or not self._segments:
            return Segment(layer, item.number, 0, 0, 0, 0)
        before = self._segments[-1]
        timestamp = self._next_timestamp(before, newest, layer, item, now)
        picture_shift = layer_index_shift = 0
        if isinstance(item.descriptor, vp8.COUNTED) and isinstance(newest.descriptor, vp8.COUNTED):
            old, new = newest.descriptor, item.descriptor
            picture_shift = old.picture + before.picture_shift + 1 - new.picture
            layer_index_shift = old.layer_index + before.layer_index_shift + 1 - new.layer_index
            if new.picture_at < 0:
                picture_shift = layer_index_shift = 0
        return Segment(
            layer,
            item.number,
            (newest.sequence + before.sequence_shift + 1 - item.sequence) & 0xFFFF,
            (timestamp - item.timestamp) & 0xFFFFFFFF,
            picture_shift & 0x7FFF,
            layer_index_shift & 0xFF,
        )

    def _next_timestamp(self, before: Segment, newest: Item, layer: Layer, item: Item, now: float) -> int:
        """The outgoing timestamp of `item`: as long after the newest one as it was taken after it."""
        elapsed = max(now - newest.arrived, 0.0)
        taken, taken_before = layer.ntp_of(item.timestamp), before.layer.ntp_of(newest.timestamp)
        if taken is not None and taken_before is not None:
            by_clock = taken - taken_before
            if abs(by_clock - elapsed) < _LARGEST_DRIFT_S:
                elapsed = by_clock
        ticks = max(1, round(elapsed * layer.clock_rate))
        return (newest.timestamp + before.timestamp_shift + ticks) & 0xFFFFFFFF

    def _latest(self) -> Item | None:
        """The packet with the highest number so far."""
        return self._newest

    def _renumbered(self, item: Item) -> bytes:
        if not self._is_moved or not isinstance(item.descriptor, vp8.COUNTED):
            return item.payload
        return vp8.renumber(item.payload, item.descriptor, self._picture_shift, self._layer_index_shift)

    def _find(self, sequence: int) -> tuple[Segment, Item] | None:
        """The kept packet that was delivered under this 16-bit number."""
        for segment in reversed(self._segments):
            item = segment.layer.stored((sequence - segment.sequence_shift) & 0xFFFF)
            if item is not None and item.number >= segment.first:
                return segment, item
        return None

    def _stop_waiting(self) -> None:
        if self._target is not None and self in self._target.waiting:
            self._target.waiting.remove(self)

    def _leave_layer(self) -> None:
        if self._layer is not None:
            self._layer.leave(self)
        self._layer = None
