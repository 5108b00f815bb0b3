"""One track on its way through the recorder: order, time and place of its packets."""

from livehall.media.egress import wire
from livehall.media.egress.clocks import PublisherClock, Timeline, TrackClock
from livehall.media.egress.encoders import OpusDecoder
from livehall.media.egress.frames import Assembler
from livehall.media.egress.ordering import Reorderer, Unwrapper
from livehall.media.tracks.programme import Packet

WAIT_S = 0.3  # for sound that other sound has overtaken: it is not asked for again
PICTURE_WAIT_S = (
    1.2  # for a packet of a picture: forwarding asks for it again during 1 s, and then it travels
)
TOLERANCE_S = 0.05  # how far a timeline may be from the clock before it moves


class Arrival:
    """What sound and pictures have in common. Positions are in ticks of the track's own rate."""

    def __init__(self, track: wire.Track, publisher: PublisherClock, anchor: wire.Anchor | None) -> None:
        self.track = track
        self.reorderer = Reorderer(PICTURE_WAIT_S if track.kind == "video" else WAIT_S)
        self._unwrapper = Unwrapper(32)
        self._clock = TrackClock(track.clock_rate, publisher)
        self._timeline = Timeline(round(TOLERANCE_S * track.clock_rate))
        self._anchor = anchor
        self._latest: wire.Anchor | None = anchor

    @property
    def anchor(self) -> wire.Anchor | None:
        return self._latest

    def push(self, packet: Packet, attended: float) -> None:
        """`attended`: the time by `Attention`."""
        ticks = self._unwrapper.unwrap(packet.timestamp)
        if self._anchor is not None:
            step = (self._anchor.timestamp - packet.timestamp) & 0xFFFFFFFF
            step -= 1 << 32 if step >= 1 << 31 else 0
            self._timeline.adopt(ticks + step, self._anchor.position)
            self._anchor = None
        self._clock.observe(ticks, packet.arrived_at)
        self.reorderer.push(packet, attended)

    def report(self, ntp: int, timestamp: int) -> None:
        self._clock.report(ntp, self._unwrapper.unwrap(timestamp))

    def wall(self, timestamp: int) -> float:
        """Unix seconds of an RTP time of this track."""
        return self._clock.wall(self._unwrapper.unwrap(timestamp))

    def ahead_s(self, timestamp: int, epoch: float) -> float:
        """By how much it turns out that all until now was taken earlier than was thought; below 0: later."""
        ticks, target = self._target(timestamp, epoch)
        return self._timeline.ahead(ticks, target) / self.track.clock_rate

    def place(self, timestamp: int, epoch: float) -> int:
        """The position on the line that begins at `epoch` (Unix seconds)."""
        ticks, target = self._target(timestamp, epoch)
        position = self._timeline.place(ticks, target)
        self._latest = wire.Anchor(timestamp, position)
        return position

    def _target(self, timestamp: int, epoch: float) -> tuple[int, int]:
        """The unwrapped ticks, and where the clock puts them."""
        ticks = self._unwrapper.unwrap(timestamp)
        return ticks, round((self._clock.wall(ticks) - epoch) * self.track.clock_rate)


class Voice(Arrival):
    def __init__(self, track: wire.Track, publisher: PublisherClock, anchor: wire.Anchor | None) -> None:
        super().__init__(track, publisher, anchor)
        self.decoder = OpusDecoder()


class View(Arrival):
    ASK_AGAIN_S = 0.5
    ASK_AFTER_S = 0.3  # of waiting for a packet: should it never come, the picture goes on here

    def __init__(self, track: wire.Track, publisher: PublisherClock, anchor: wire.Anchor | None) -> None:
        super().__init__(track, publisher, anchor)
        self.assembler = Assembler(track.codec)
        self._asked_at = 0.0
        self._is_late = False
        self._counted = 0

    def needs_key(self, attended: float) -> bool:
        """True once for each packet that is waited for in vain so long."""
        is_late = self.reorderer.held_s(attended) > self.ASK_AFTER_S
        was_late, self._is_late = self._is_late, is_late
        return is_late and not was_late

    def may_ask(self, now: float) -> bool:
        """True when it is time for another wish for a key frame; remembers it."""
        if now - self._asked_at < self.ASK_AGAIN_S:
            return False
        self._asked_at = now
        return True

    def count_from_here(self) -> None:
        """Count the picture that was seen last, and none before it."""
        self._counted = self.assembler.seen - 1

    def count(self) -> int:
        """Pictures seen since the last call."""
        fresh, self._counted = self.assembler.seen - self._counted, self.assembler.seen
        return fresh
