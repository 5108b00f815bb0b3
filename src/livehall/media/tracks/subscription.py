"""A subscriber's copy of one track: its own SSRC and numbers, retransmissions, sender reports."""

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from livehall.media.net.native import Lane, NativeOutbox
from livehall.media.net.port import UdpWay
from livehall.media.net.transport import Transport
from livehall.media.rtp import red, rtcp, vp8
from livehall.media.rtp.packet import HEADER
from livehall.media.rtp.scalability import Unit
from livehall.media.tracks.feed import UNLIMITED, Feed, Readable
from livehall.media.tracks.layer import KEY_FRAME_EVERY_S
from livehall.media.tracks.reading import Item

if TYPE_CHECKING:
    from livehall.media.congestion.sent import SentLog

_REPAIRS_PER_S = 500  # packets; one small NACK must not become a flood
_MISSED_S = KEY_FRAME_EVERY_S  # after its beginning a subscriber may say that it missed that
_KEY_FRAME_REQUESTS_PER_S = 5  # of one subscriber, passed on to the publisher's own limit
_CNAME = b"livehall"
_PADDING = b"\0" * 254 + b"\xff"  # RFC 3550 §5.1: the last octet counts them all


def _nowhere(*_: object) -> None:
    """Stands for the way to a subscriber that has none yet."""


class Subscription(Feed):
    """Payload types and extensions are what the subscriber's SDP calls them. With `log` what is sent gets
    transport-wide numbers."""

    def __init__(
        self,
        track: Readable,
        transport: Transport,
        *,
        payload_type: int,
        rtx_payload_type: int | None,
        red_payload_type: int | None = None,
        send_time_id: int | None,
        transport_cc_id: int | None = None,
        log: "SentLog | None" = None,
        ssrc: int | None = None,
    ) -> None:
        super().__init__(track)
        self._transport = transport
        self._lane: Lane | None = None
        self._is_in_crowd = False
        self._send_rtp: Callable[..., None] = _nowhere
        self.moved()
        self._payload_type = payload_type
        self._rtx_payload_type = rtx_payload_type
        self._send_time_id = send_time_id if track.kind == "video" else None
        # Only with both is the subscriber's feedback of use; sound is not counted.
        is_counted = log is not None and transport_cc_id is not None and track.kind == "video"
        self._log = log if is_counted else None
        self._transport_cc_id = transport_cc_id if is_counted else None
        self._heads: dict[int, tuple[bytes, bytes]] = {}  # by their second byte
        self.red_payload_type = red_payload_type
        # Those with the same layout get the same bytes but for numbers.
        self.layout = payload_type | (self._send_time_id or 0) << 8 | (self._transport_cc_id or 0) << 16
        self.layout |= (red_payload_type or 0) << 24
        self.ssrc = ssrc or secrets.randbits(31) | 1
        self.rtx_ssrc = secrets.randbits(31) | 1 if rtx_payload_type is not None else None
        self._rtx_sequence = secrets.randbits(15)
        self.packets = self.octets = 0
        self.fraction_lost = 0.0
        self._allowance_at = 0.0
        self._repairs_left = _REPAIRS_PER_S
        self._requests_left = _KEY_FRAME_REQUESTS_PER_S
        self._may_repeat = rtx_payload_type is not None
        transport.outgoing[self.ssrc] = self
        if self.rtx_ssrc is not None:
            transport.outgoing[self.rtx_ssrc] = self

    def start(self) -> None:
        """Begin once the subscriber can receive: an earlier key frame would be lost on it."""
        if self._transport.is_ready:
            self.aim()

    def take_red(self, payload_type: int | None) -> None:
        """The subscriber has said whether, and under which payload type, it takes redundancy."""
        self.red_payload_type = payload_type
        self.layout = self.layout & 0xFFFFFF | (payload_type or 0) << 24
        self._rearrange()

    def aim(self) -> None:
        if self._transport.is_ready:
            super().aim()

    def forward(self, item: Item, bodies: dict[int, bytes]) -> None:
        transport = self._transport
        sealer, destination = transport.sealer, transport.destination
        if sealer is None or destination is None or item.number < self._first:
            return
        if self._is_moved:
            body = self._body(item, self._renumbered(item), self._payload_type)
        else:
            body = self.shared_body(item, bodies)
        log = self._log
        self._send_rtp(
            body,
            (item.sequence + self._sequence_shift) & 0xFFFF,
            (item.timestamp + self._timestamp_shift) & 0xFFFFFFFF,
            self.ssrc,
            sealer,
            destination,
            -1 if log is None else log.note(item.arrived, len(body)),
        )
        newest = self._newest
        if newest is None or item.number > newest.number:
            self._newest = item
        self.packets += 1
        self.octets += len(item.payload)

    def sender_report(self, ntp: int, timestamp: int) -> None:
        shifted = timestamp + self._timestamp_shift
        packets, octets = self.packets, self.octets
        if self._lane is not None:
            packets, octets = packets + self._lane.raw.packets, octets + self._lane.raw.octets
        self._transport.send_rtcp(rtcp.sender_report(self.ssrc, ntp, shifted, packets, octets, _CNAME))

    # In a crowd

    def lane(self) -> "tuple[Subscription, Lane] | None":
        if self._is_in_crowd and self._lane is not None:  # nothing has changed
            self._newest = self._latest()
            return self, self._lane
        sealer, to = self._transport.sealer, self._transport.destination
        if sealer is None or not isinstance(to, UdpWay) or not isinstance(to.outbox, NativeOutbox):
            return None
        if self._lane is None or self._lane.outbox is not to.outbox:
            self._count_lane()
            self._lane = Lane(to.outbox)
        self._lane.aim(
            sealer,
            to,
            self._log,
            ssrc=self.ssrc,
            first=self._first,
            sequence_shift=self._sequence_shift,
            timestamp_shift=self._timestamp_shift,
            picture_shift=self._picture_shift,
            layer_index_shift=self._layer_index_shift,
        )
        self._is_in_crowd = True
        return self, self._lane

    def shared_body(self, item: Item, bodies: dict[int, bytes]) -> bytes:
        """The packet for all of this layout whose counters are the publisher's."""
        body = bodies.get(self.layout)
        if body is None:
            body = bodies[self.layout] = self._body(item, item.payload, self._payload_type)
        return body

    # From the subscriber

    def moved(self) -> None:
        if self._transport.destination is not None:
            self._send_rtp = self._transport.destination.outbox.send_rtp
        self._rearrange()

    def nacked(self, sequences: tuple[int, ...]) -> None:
        self._renew_allowance()
        for sequence in sequences:
            if self._repairs_left <= 0:
                return
            found = self._find(sequence)
            if found is None or (self.allowed < UNLIMITED and found[0].layer is not self._layer):
                continue  # on a way that is full, what has been given up is not repaired
            self._repairs_left -= 1
            segment, item = found
            payload = item.payload
            if isinstance(item.descriptor, vp8.Descriptor | Unit):
                payload = vp8.renumber(
                    payload, item.descriptor, segment.picture_shift, segment.layer_index_shift
                )
            self._resend(sequence, item, payload, (item.timestamp + segment.timestamp_shift) & 0xFFFFFFFF)

    def key_frame_wanted(self) -> None:
        self._renew_allowance()
        if self._requests_left > 0:
            self._requests_left -= 1
            self.request_key_frame()
            self._repeat_beginning()

    def _repeat_beginning(self) -> None:
        """Where the key frame came before the subscriber had taken the answer, it dropped that, and the next
        is as far away as the publisher's limit: what was sent since comes again, once, as repairs."""
        newest = self._latest()
        if not self._may_repeat or newest is None or len(self._segments) != 1:
            return
        self._may_repeat = False
        segment = self._segments[0]
        first = segment.layer.stored(segment.first & 0xFFFF)
        if first is None or first.number != segment.first or time.monotonic() - first.arrived > _MISSED_S:
            return
        # A publisher may number its packets with gaps as wide as it likes; more are never sent again.
        numbers = range(segment.first, min(newest.number + 1, segment.first + _REPAIRS_PER_S))
        self.nacked(tuple((number + segment.sequence_shift) & 0xFFFF for number in numbers))

    def reception(self, report: rtcp.ReceptionReport) -> None:
        if report.ssrc == self.ssrc:
            self.fraction_lost = report.fraction_lost

    @property
    def can_pad(self) -> bool:
        return self._log is not None and self.rtx_ssrc is not None and self._latest() is not None

    def pad(self, size: int) -> None:
        """Send about so many bytes of padding on the stream of repairs, where it does no harm."""
        newest = self._latest()
        if newest is None or self._rtx_payload_type is None:
            return
        second = self._rtx_payload_type
        timestamp = (newest.timestamp + self._timestamp_shift) & 0xFFFFFFFF
        while size > 0:
            head = self._head(second)
            packet = bytes((head[0] | 0x20,)) + head[1:] + _PADDING
            self._send_repair(packet, timestamp)
            size -= len(packet)

    def close(self) -> None:
        self.detach()
        for ssrc in (self.ssrc, self.rtx_ssrc):
            if ssrc is not None and self._transport.outgoing.get(ssrc) is self:
                del self._transport.outgoing[ssrc]

    # Within

    def _rearrange(self) -> None:
        if self._layer is not None:
            self._layer.is_arranged = False
        self._leave_crowd()

    def _leave_crowd(self) -> None:
        """Until it is arranged anew."""
        self._newest = self._latest()
        self._is_in_crowd = False

    def _latest(self) -> Item | None:
        newest, layer = self._newest, self._layer
        if not self._is_in_crowd or layer is None or newest is None or layer.newest is None:
            return newest
        return layer.newest if layer.newest.number > newest.number else newest

    def _leave_layer(self) -> None:
        self._leave_crowd()
        super()._leave_layer()

    def _count_lane(self) -> None:
        """A lane that is given up has counted, too."""
        if self._lane is not None:
            self.packets += self._lane.raw.packets
            self.octets += self._lane.raw.octets

    def _body(self, item: Item, payload: bytes, payload_type: int) -> bytes:
        """A whole packet but for sequence, timestamp and SSRC, which are written where it is sent."""
        if isinstance(item.descriptor, red.Descriptor):
            if self.red_payload_type is not None:
                payload_type = self.red_payload_type
            else:
                payload = payload[item.descriptor.primary_at :]
        return self._head((0x80 if item.marker else 0) | payload_type) + payload

    def _head(self, second: int) -> bytes:
        """The header with one-byte extensions (RFC 8285 §4.2): the transport-wide number first, so that
        `Outbox.send_rtp` finds it, then abs-send-time, 24 bits of seconds with 18 fractional bits."""
        made = self._heads.get(second)
        if made is None:
            made = self._heads[second] = self._head_of(second)
        before, after = made
        if self._send_time_id is None:
            return before
        return before + (int(time.time() * 262144) & 0xFFFFFF).to_bytes(3) + after

    def _head_of(self, second: int) -> tuple[bytes, bytes]:
        """What stands before the time, and the padding behind it."""
        stamped, counted = self._send_time_id, self._transport_cc_id
        words = (stamped is not None) + (counted is not None)
        if not words:
            return HEADER.pack(0x80, second, 0, 0, 0), b""
        before = HEADER.pack(0x90, second, 0, 0, 0) + b"\xbe\xde\0" + bytes((words,))
        padding = b""
        if counted is not None:
            before, padding = before + bytes((counted << 4 | 1, 0, 0)), b"\0"
        if stamped is None:
            return before + padding, b""
        return before + bytes((stamped << 4 | 2,)), padding

    def _resend(self, sequence: int, item: Item, payload: bytes, timestamp: int) -> None:
        sealer, destination = self._transport.sealer, self._transport.destination
        if sealer is None or destination is None:
            return
        if self._rtx_payload_type is None or self.rtx_ssrc is None:
            body = self._body(item, payload, self._payload_type)
            self._send_rtp(body, sequence, timestamp, self.ssrc, sealer, destination, self._count(body))
            return
        self._send_repair(self._body(item, sequence.to_bytes(2) + payload, self._rtx_payload_type), timestamp)

    def _send_repair(self, body: bytes, timestamp: int) -> None:
        sealer, destination = self._transport.sealer, self._transport.destination
        if sealer is None or destination is None or self.rtx_ssrc is None:
            return
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        self._send_rtp(
            body, self._rtx_sequence, timestamp, self.rtx_ssrc, sealer, destination, self._count(body)
        )

    def _count(self, body: bytes) -> int:
        return -1 if self._log is None else self._log.note(time.monotonic(), len(body))

    def _renew_allowance(self) -> None:
        now = time.monotonic()
        if now - self._allowance_at >= 1.0:
            self._allowance_at = now
            self._repairs_left = _REPAIRS_PER_S
            self._requests_left = _KEY_FRAME_REQUESTS_PER_S
