"""One stream to a player, through changes of the track that is in it: the SSRC stays, and numbers and times
go on, so that the player sees no seam and nothing is negotiated anew."""

from typing import Any, NamedTuple

from livehall.media.net.transport import Transport
from livehall.media.tracks.feed import Segment
from livehall.media.tracks.layer import Layer
from livehall.media.tracks.layered import LayeredSubscription
from livehall.media.tracks.reading import Item
from livehall.media.tracks.subscription import Subscription
from livehall.media.tracks.track import Track


class End(NamedTuple):
    """How far a stream has come."""

    sequence: int  # 16 bits
    timestamp: int  # RTP ticks, 32 bits
    at: float  # monotonic seconds


class Following(Subscription):
    """Goes on where another one has ended."""

    _before: "Following | None" = None

    def follow(self, before: "Following") -> None:
        """`before` is detached from its track. To be called before anything is sent."""
        self._before = before
        self._rtx_sequence = before._rtx_sequence

    def repair_under(self, ssrc: int) -> None:
        """Repairs have an SSRC that is kept, too. To be called before anything is sent."""
        if self.rtx_ssrc is not None:
            del self._transport.outgoing[self.rtx_ssrc]
            self.rtx_ssrc = ssrc
            self._transport.outgoing[ssrc] = self

    def end(self) -> End | None:
        """None while nothing was sent by this one or by those before it."""
        newest = self._newest
        if newest is None or not self._segments:
            return self._before.end() if self._before is not None else None
        sequence = (newest.sequence + self._sequence_shift) & 0xFFFF
        timestamp = (newest.timestamp + self._timestamp_shift) & 0xFFFFFFFF
        return End(sequence, timestamp, newest.arrived)

    def _continue(self, layer: Layer, item: Item, now: float) -> Segment:
        segment = super()._continue(layer, item, now)
        if self._segments or self._before is None:
            return segment
        end = self._before.end()
        self._before = None  # it may be forgotten
        if end is None:
            return segment
        ticks = max(1, round(max(now - end.at, 0.0) * layer.clock_rate))
        return segment._replace(
            sequence_shift=(end.sequence + 1 - item.sequence) & 0xFFFF,
            timestamp_shift=(end.timestamp + ticks - item.timestamp) & 0xFFFFFFFF,
        )


class FollowingLayered(Following, LayeredSubscription):
    def end(self) -> End | None:
        found = super().end()
        if found is None or self._last is None:
            return found
        return found._replace(sequence=self._last)


def follow(
    before: Following | None,
    track: Track,
    transport: Transport,
    *,
    rtx_ssrc: int,
    dependency_id: int | None = None,
    **options: Any,
) -> Following:
    """A subscription in the stream of `before`, or the first of one; `options` as for a `Subscription`."""
    made: Following
    if track.codec in ("vp9", "av1"):
        number = dependency_id if track.codec == "av1" else None
        made = FollowingLayered(track, transport, dependency_id=number, **options)
    else:
        made = Following(track, transport, **options)
    made.repair_under(rtx_ssrc)
    if before is not None:
        made.follow(before)
    return made
