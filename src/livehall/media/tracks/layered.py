"""A subscriber's copy of a stream that has layers within itself (SVC): VP9 and AV1.

Frames above the chosen spatial and temporal layer are left out, and the numbers of what remains are closed
up. Down goes at any picture, up only where a decoder can follow: a higher spatial layer at a key frame or
where the layer refers to nothing before, a higher temporal layer behind a frame that says so.

A number that is missing when later ones have come keeps its place, since its packet may yet come. When that
turns out to be one that is left out, a packet without payload takes the place, or else the subscriber would
ask for it in vain.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from livehall.media.rtp.packet import HEADER
from livehall.media.rtp.scalability import Unit
from livehall.media.tracks.feed import Readable, Segment
from livehall.media.tracks.layer import Layer
from livehall.media.tracks.reading import Item
from livehall.media.tracks.steps import ALL
from livehall.media.tracks.subscription import Subscription

if TYPE_CHECKING:
    from livehall.media.net.transport import Transport

_KEPT = 512  # packets whose numbers are remembered; a power of two
_MOST_PICTURES = 64  # whose choice is remembered, for packets that come late
_MARKED = 1 << 40  # in the names of shared bodies: with a marker that the publisher did not set
_TWO_BYTES = b"\x10\0"  # RFC 8285 §4.3
_LONGEST_SHORT = 16  # bytes of a header extension in the form with one byte
_PADDING = b"\0\0\0\x04"  # RFC 3550 §5.1


class _Choice(NamedTuple):
    """The highest layers that are forwarded."""

    spatial: int
    temporal: int


def subscribe(
    track: Readable, transport: "Transport", *, dependency_id: int | None = None, **options: Any
) -> Subscription:
    """The kind of subscription that the track's codec needs; `options` as for a `Subscription`.
    `dependency_id`: of the dependency descriptor, without which AV1's spatial layers cannot be told apart."""
    if track.codec not in ("vp9", "av1"):
        return Subscription(track, transport, **options)
    if track.codec == "vp9":
        dependency_id = None
    return LayeredSubscription(track, transport, dependency_id=dependency_id, **options)


class LayeredSubscription(Subscription):
    def __init__(
        self, track: Readable, transport: "Transport", *, dependency_id: int | None = None, **options: Any
    ) -> None:
        super().__init__(track, transport, **options)
        self._dependency_id = dependency_id
        self.layout |= (dependency_id or 0) << 32
        self._choice = self._want = _Choice(ALL, ALL)
        self._goes_on = False  # the segment that begins is of the same stream as the one before
        self._choices: dict[int, _Choice] = {}  # by timestamp, of the last pictures
        self._left_out = 0  # packets of this segment
        self._highest = 0  # number of the newest packet looked at
        self._reserved: dict[int, int] = {}  # number of a missing packet: the place kept for it
        self._sent: list[tuple[int, Segment, Item] | None] = [None] * _KEPT
        self._last: int | None = None  # 16-bit number that was sent last, without retransmissions

    # What is wanted

    def aim(self) -> None:
        super().aim()
        layer = self._layer
        if layer is None or self._target is not layer:
            return
        wanted = self._wanted(layer)
        is_climbing = self._choice.spatial < wanted.spatial and not self._has_all(layer)
        if is_climbing and self not in layer.waiting:
            layer.waiting.append(self)
            layer.request_key_frame()
        elif not is_climbing and self in layer.waiting:
            layer.waiting.remove(self)

    def allow(self, quality: int) -> None:
        if self._layer is None or not self.track.is_one_stream(self._layer):
            super().allow(quality)
            return
        self.allowed = quality  # a lower layer of this stream goes on without a key frame
        self.aim()

    def begin(self, layer: Layer, item: Item, now: float) -> None:
        self._goes_on = self._layer is layer
        super().begin(layer, item, now)
        self._left_out = 0
        self._highest = item.number - 1
        self._reserved.clear()
        self._choice = self._want = self._wanted(layer)

    def _continue(self, layer: Layer, item: Item, now: float) -> Segment:
        if self._last is None:
            return super()._continue(layer, item, now)
        if self._goes_on:
            segment = self._segments[-1]._replace(first=item.number)
        else:
            segment = super()._continue(layer, item, now)
        return segment._replace(sequence_shift=(self._last + 1 - item.sequence) & 0xFFFF)

    def _wanted(self, layer: Layer) -> _Choice:
        steps = layer.steps
        if steps is None:
            return _Choice(ALL, ALL)
        spatial = ALL
        if self.track.is_one_stream(layer):
            spatial = steps.spatial(min(self.quality, max(self.allowed, 0)))
        return _Choice(spatial, steps.temporal(self.allowed, self.frames_per_s))

    def _has_all(self, layer: Layer) -> bool:
        return layer.steps is not None and self._choice.spatial >= layer.steps.spatial_layers - 1

    # Forwarding

    def lane(self) -> None:
        """Served one by one: what is left out differs from subscriber to subscriber."""

    def forward(self, item: Item, bodies: dict[int, bytes]) -> None:
        if item.number < self._first:
            return
        unit = item.descriptor
        keeps, is_last = True, item.marker
        if isinstance(unit, Unit):
            choice = self._choose(item, unit)
            keeps = unit.spatial <= choice.spatial and unit.temporal <= choice.temporal
            is_last = is_last or (unit.ends and unit.spatial == choice.spatial)
        place = self._place(item.number, keeps=keeps)
        if place is None:
            return
        sequence = (place + self._sequence_shift) & 0xFFFF
        if keeps:
            self._deliver(item, sequence, bodies, marker=is_last)
        else:
            self._fill(item, sequence)

    def _choose(self, item: Item, unit: Unit) -> _Choice:
        """For the item's picture; what a lift of the temporal layer gives begins with the next one."""
        choice = self._choices.get(item.timestamp)
        layer = self._layer
        if item.number <= self._highest or layer is None:
            return choice or self._choice  # late: as its picture was treated
        if choice is None:
            self._want = want = self._wanted(layer)
            before = self._choice
            choice = _Choice(min(before.spatial, want.spatial), min(before.temporal, want.temporal))
            self._remember(item.timestamp, choice)
        if not unit.starts or unit.temporal > choice.temporal:
            return choice
        if unit.lifts_spatial and choice.spatial + 1 == unit.spatial <= self._want.spatial:
            choice = choice._replace(spatial=unit.spatial)
            self._remember(item.timestamp, choice)
        if unit.lifts_temporal and unit.spatial == min(choice.spatial, self._top(layer)):
            self._choice = choice._replace(temporal=max(choice.temporal, self._want.temporal))
        return choice

    def _remember(self, timestamp: int, choice: _Choice) -> None:
        self._choice = self._choices[timestamp] = choice
        if len(self._choices) > _MOST_PICTURES:
            del self._choices[next(iter(self._choices))]

    def _top(self, layer: Layer) -> int:
        return layer.steps.spatial_layers - 1 if layer.steps is not None else 0

    def _place(self, number: int, *, keeps: bool) -> int | None:
        """The unwrapped number that the packet goes out under; None when it does not go out."""
        if number <= self._highest:
            return self._reserved.pop(number, None)
        for missing in range(max(self._highest + 1, number - _KEPT), number):
            self._reserved[missing] = missing - self._left_out
        while len(self._reserved) > _KEPT:
            del self._reserved[next(iter(self._reserved))]
        self._highest = number
        if not keeps:
            self._left_out += 1
            return None
        return number - self._left_out

    def _deliver(self, item: Item, sequence: int, bodies: dict[int, bytes], *, marker: bool) -> None:
        transport = self._transport
        sealer, destination = transport.sealer, transport.destination
        if sealer is None or destination is None:
            return
        if marker and not item.marker:
            item = item._replace(marker=True)
            layout = self.layout | _MARKED
        else:
            layout = self.layout
        if self._is_moved:
            body = self._body(item, self._renumbered(item), self._payload_type)
        elif (shared := bodies.get(layout)) is not None:
            body = shared
        else:
            body = bodies[layout] = self._body(item, item.payload, self._payload_type)
        timestamp = (item.timestamp + self._timestamp_shift) & 0xFFFFFFFF
        is_counted = self._log is not None and body[12:14] != _TWO_BYTES
        number = self._log.note(item.arrived, len(body)) if is_counted and self._log is not None else -1
        self._send_rtp(body, sequence, timestamp, self.ssrc, sealer, destination, number)
        self._sent[sequence % _KEPT] = (sequence, self._segments[-1], item)
        if self._last is None or (sequence - self._last) & 0xFFFF < 0x8000:
            self._last = sequence
        if self._newest is None or item.number > self._newest.number:
            self._newest = item
        self.packets += 1
        self.octets += len(item.payload)

    def _body(self, item: Item, payload: bytes, payload_type: int) -> bytes:
        unit = item.descriptor
        if self._dependency_id is None or not isinstance(unit, Unit) or not unit.dependency:
            return super()._body(item, payload, payload_type)
        second = (0x80 if item.marker else 0) | payload_type
        return self._described_head(second, self._dependency_id, unit.dependency) + payload

    def _described_head(self, second: int, number: int, described: bytes) -> bytes:
        """With the dependency descriptor behind the other extensions. A long one takes the form with two
        bytes (RFC 8285 §4.3), in which `Outbox.send_rtp` finds no place for a transport-wide number: such a
        packet, one of a key frame, goes uncounted."""
        if len(described) > _LONGEST_SHORT:
            items = bytes((number, len(described))) + described
            items += b"\0" * (-len(items) % 4)
            block = _TWO_BYTES + (len(items) // 4).to_bytes(2) + items
            return HEADER.pack(0x90, second, 0, 0, 0) + block
        items = self._head(second)[16:] + bytes((number << 4 | (len(described) - 1),)) + described
        items += b"\0" * (-len(items) % 4)
        return HEADER.pack(0x90, second, 0, 0, 0) + b"\xbe\xde" + (len(items) // 4).to_bytes(2) + items

    def _count(self, body: bytes) -> int:
        return -1 if body[12:14] == _TWO_BYTES else super()._count(body)

    def _fill(self, item: Item, sequence: int) -> None:
        """Nothing, under a number that would be missed."""
        sealer, destination = self._transport.sealer, self._transport.destination
        if sealer is None or destination is None:
            return
        body = HEADER.pack(0xA0, self._payload_type, 0, 0, 0) + _PADDING
        timestamp = (item.timestamp + self._timestamp_shift) & 0xFFFFFFFF
        self._send_rtp(body, sequence, timestamp, self.ssrc, sealer, destination, -1)

    def _find(self, sequence: int) -> tuple[Segment, Item] | None:
        kept = self._sent[sequence % _KEPT]
        return kept[1:] if kept is not None and kept[0] == sequence else None
