"""One incoming RTP stream: a whole track, or one simulcast layer of it.

Every packet is taken once, kept for retransmission, and handed to the feeds that forward this layer. A
feed that waits for this layer starts at its next key frame. A feed that raises is given up, and the others
get the packet all the same.
"""

import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from livehall.media.net.registry import Plan
from livehall.media.net.transport import OUR_SSRC
from livehall.media.rtp import av1, dependency, h264, red, rtcp, vp8, vp9
from livehall.media.rtp.losses import LossTracker
from livehall.media.rtp.numbering import distance
from livehall.media.rtp.packet import Header
from livehall.media.rtp.scalability import Unit
from livehall.media.tracks import crowd
from livehall.media.tracks.crowd import Crowd
from livehall.media.tracks.programme import Codec, Kind
from livehall.media.tracks.reading import Descriptor, Item, Reader
from livehall.media.tracks.steps import Steps

HISTORY = {"video": 1024, "audio": 128}  # packets kept; powers of two: about 3 s of 720p
FLOWING_S = 1.5  # a layer without a packet for longer has stopped
KEY_FRAME_EVERY_S = 0.4  # key frames cost a publisher much bandwidth: ask no more often
_RATE_EVERY_S = 1.0
_HEADERS = 58  # bytes of one packet beside its payload: RTP with extensions, SRTP's tag, UDP, IP
_SMOOTHING = 16  # RFC 3550 §6.4.1, jitter
log = structlog.get_logger(__name__)


class Uplink(Protocol):
    """The publisher's transport."""

    def send_rtcp(self, compound: bytes) -> None: ...


class Waiting(Reader, Protocol):
    """A reader that aims at a layer, until its next key frame."""

    def begin(self, layer: "Layer", item: Item, now: float) -> None: ...


class Layer:
    """`rid` is empty for a track without simulcast; `quality` orders layers, lowest first."""

    def __init__(
        self,
        uplink: Uplink,
        *,
        ssrc: int,
        kind: Kind,
        codec: Codec,
        payload_type: int,
        red_payload_type: int | None = None,
        clock_rate: int,
        rid: str = "",
        quality: int = 2,
        level_id: int | None = None,
        dependency_id: int | None = None,
    ) -> None:
        self._uplink = uplink
        self.ssrc = ssrc
        self.kind = kind
        self.codec = codec
        self._payload_type = payload_type
        self._red_payload_type = red_payload_type
        self.clock_rate = clock_rate
        self.rid = rid
        self.quality = quality
        self._level_id = level_id
        self._dependency_id = dependency_id
        self._structure: dependency.Structure | None = None
        self.steps = Steps() if codec in ("vp9", "av1") else None  # within this stream
        self._losses = LossTracker()
        self._mask = HISTORY[kind] - 1
        self._history: list[Item | None] = [None] * HISTORY[kind]
        self.outputs: list[Reader] = []  # these forward this layer; changed by `join` and `leave` only
        self._crowds: list[Crowd] = []  # how they are served, since they were arranged last
        self._singles: list[Reader] = []
        self.is_arranged = True  # False: somebody has come, gone or moved since
        self.newest: Item | None = None  # the one with the highest number since then
        self.waiting: list[Waiting] = []  # these begin at its next key frame
        self.last_arrival = 0.0  # monotonic seconds
        self.level_sum = self.level_packets = self.loud_packets = 0  # taken and zeroed by the speaker meter
        self._first: int | None = None
        self.packets = self.octets = 0
        self._expected_before = self._packets_before = 0
        self.rate_bps = 0.0  # with headers, smoothed over seconds
        self._rate_at = 0.0
        self._octets_before = 0
        self._jitter = 0.0
        self._transit: float | None = None
        self._report: tuple[rtcp.SenderReport, float] | None = None
        self._asked_at = 0.0
        self._key_frame_due = False

    # From the transport

    @property
    def gives_way(self) -> bool:
        return self.kind == "video"

    @property
    def parsed(self) -> "Layer | None":
        return None if self.codec in ("vp9", "av1") else self

    @property
    def plan(self) -> Plan:
        return Plan("" if self.kind == "audio" else self.codec, self._payload_type, self._level_id or 0)

    def receive(self, packet: bytes, header: Header, extra: dict[int, bytes], now: float) -> None:
        payload = packet[header.payload_start : header.payload_end]
        if header.payload_type != self._payload_type and (
            header.payload_type != self._red_payload_type or not self._recover(header, payload, now)
        ):
            return
        if self._level_id is not None and (level := extra.get(self._level_id)):
            self.heard(level[0] & 0x7F)
        is_key, descriptor = self._look(header.payload_type, payload, extra)
        self.read(header.sequence, header.timestamp, header.marker, payload, is_key, descriptor, now)

    def heard(self, level: int) -> None:
        """`level` is in -dBov (RFC 6464): 0 the loudest, 127 silence."""
        self.level_packets += 1
        if level <= 35:  # LiveKit's threshold of speech, media-observed
            self.loud_packets += 1
            self.level_sum += level

    def repaired(
        self, original: int, header: Header, payload: bytes, extra: dict[int, bytes], now: float
    ) -> None:
        """A packet that came again by RTX, with its original sequence number (RFC 4588 §4)."""
        is_key, descriptor = self._look(self._payload_type, payload, extra)
        self.read(original, header.timestamp, header.marker, payload, is_key, descriptor, now)

    def read(
        self,
        sequence: int,
        timestamp: int,
        marker: bool,
        payload: bytes,
        is_key: bool,
        descriptor: Descriptor | None,
        now: float,
        feeds: Sequence[Reader] | None = None,
    ) -> None:
        number, is_torn = self._losses.arrived(sequence, now)
        highest = self._losses.numbers.last or number
        index = number & self._mask
        kept = self._history[index]
        if (kept is not None and kept.number == number) or highest - number > self._mask:
            return
        if self._first is None:
            self._first = number
        self.packets += 1
        self.octets += len(payload)
        self.last_arrival = now
        self._measure_jitter(timestamp, now)
        if self.steps is not None and isinstance(descriptor, Unit):
            self.steps.count(descriptor, marker, len(payload))
        item = Item(number, sequence, timestamp, marker, payload, is_key, descriptor, now)
        self._history[index] = item
        if self.kind == "video":
            if is_torn and not is_key:
                self.request_key_frame()
            if self._losses.is_waiting:
                self._ask_for_missing(now)
        if is_key:
            self._key_frame_due = False  # whoever asked has it: another would only delay the next one's
            for feed in tuple(self.waiting):
                try:
                    feed.begin(self, item, now)
                except Exception:  # the loop's edge, as in `_hand_out`
                    self._give_up(feed)
        self._hand_out(item, feeds)

    def sender_report(self, report: rtcp.SenderReport, now: float) -> None:
        self._report = (report, now)
        for feed in self.outputs:
            try:
                feed.sender_report(report.ntp, report.timestamp)
            except Exception:  # the loop's edge, as in `_hand_out`
                self._give_up(feed)

    # For feeds

    def join(self, feed: Reader) -> None:
        self.outputs.append(feed)
        self.is_arranged = False

    def leave(self, feed: Reader) -> None:
        # A new list: this may happen while a packet is on its way through the old one.
        self.outputs = [other for other in self.outputs if other is not feed]
        self.is_arranged = False

    def stored(self, sequence: int) -> Item | None:
        """The packet with this 16-bit number, if it is still kept."""
        item = self._history[sequence & self._mask]
        return item if item is not None and item.sequence == sequence else None

    def is_flowing(self, now: float) -> bool:
        return now - self.last_arrival < FLOWING_S

    def request_key_frame(self) -> None:
        """Ask the publisher, at most every 0.4 s; a request within that time is made at its end."""
        if self.kind == "audio":
            return
        now = time.monotonic()
        if now - self._asked_at < KEY_FRAME_EVERY_S:
            self._key_frame_due = True
            return
        self._asked_at = now
        self._key_frame_due = False
        self._uplink.send_rtcp(rtcp.picture_loss(OUR_SSRC, self.ssrc))

    def report_now(self, now: float) -> tuple[int, int] | None:
        """(NTP time, RTP timestamp) of this moment by the publisher's clock; None before its first report."""
        if self._report is None:
            return None
        report, at = self._report
        elapsed = now - at
        timestamp = report.timestamp + int(elapsed * self.clock_rate)
        return (report.ntp + int(elapsed * (1 << 32))) & 0xFFFFFFFFFFFFFFFF, timestamp & 0xFFFFFFFF

    def ntp_of(self, timestamp: int) -> float | None:
        """The publisher's time, in seconds since 1900, at which this RTP timestamp was taken."""
        if self._report is None:
            return None
        report, _ = self._report
        ticks = (timestamp - report.timestamp + 0x80000000) % 0x100000000 - 0x80000000
        return report.ntp / (1 << 32) + ticks / self.clock_rate

    # By the clock

    def tick(self, now: float) -> None:
        """Every 25 ms or so: what is missing is asked for again."""
        if self._losses.is_waiting:
            self._ask_for_missing(now)
        if now - self._rate_at >= _RATE_EVERY_S:
            self._measure_rate(now)
        if self._key_frame_due or (self.waiting and self.is_flowing(now)):
            self.request_key_frame()

    def report_block(self, now: float) -> rtcp.Block | None:
        """What the next receiver report says of this stream, or None before its first packet."""
        highest = self._losses.numbers.last
        if highest is None or self._first is None:
            return None
        expected = highest - self._first + 1
        interval = expected - self._expected_before
        lost = interval - (self.packets - self._packets_before)
        self._expected_before, self._packets_before = expected, self.packets
        fraction = min(255, lost * 256 // interval) if interval > 0 and lost > 0 else 0
        last_report = delay = 0
        if self._report is not None:
            report, at = self._report
            last_report = (report.ntp >> 16) & 0xFFFFFFFF
            delay = int((now - at) * 65536)
        return rtcp.Block(
            self.ssrc, fraction, expected - self.packets, highest, int(self._jitter), last_report, delay
        )

    # Within

    def _recover(self, header: Header, payload: bytes, now: float) -> bool:
        """What was lost before a redundant packet is in it: readers that get Opus alone get that, too, while
        the others mend it by themselves, as with LiveKit. False when the packet makes no sense."""
        if not payload:
            return True  # padding: the publisher measures its way with it, and it has a number
        found = red.parse(payload, self._payload_type)
        if found is None:
            return False
        highest = self._losses.numbers.last
        missing = distance(header.sequence, highest & 0xFFFF) - 1 if highest is not None else 0
        plain = [feed for feed in self.outputs if feed.red_payload_type is None]
        for back in range(min(missing, len(found.earlier)), 0, -1):
            block = found.earlier[-back]
            if block.end > block.start:
                sequence = (header.sequence - back) & 0xFFFF
                timestamp = (header.timestamp - block.offset) & 0xFFFFFFFF
                earlier = payload[block.start : block.end]
                self.read(sequence, timestamp, False, earlier, True, None, now, plain)
        return True

    def _dependency(self, extra: dict[int, bytes]) -> Unit | None:
        if self._dependency_id is None:
            return None
        found = dependency.parse(extra.get(self._dependency_id, b""), self._structure)
        if found is None:
            return None
        self._structure = found.structure
        return found.unit

    def _hand_out(self, item: Item, feeds: Sequence[Reader] | None) -> None:
        """To these feeds; None: to all."""
        bodies: dict[int, bytes] = {}
        if feeds is None:
            if not self.is_arranged:
                self._crowds, self._singles = crowd.arrange(self.outputs)
                self.is_arranged, self.newest = True, None
            if self.newest is None or item.number > self.newest.number:
                self.newest = item
            for each in self._crowds:
                try:
                    each.forward(item, bodies)
                except Exception:  # the loop's edge
                    self._disband(each)
            feeds = self._singles
        for feed in feeds:
            try:
                feed.forward(item, bodies)
            except Exception:  # the loop's edge: one reader must not silence the others
                self._give_up(feed)

    def _give_up(self, feed: Reader) -> None:
        log.exception("a reader is given up", track=feed.track.sid, ssrc=self.ssrc)
        feed.give_up()

    def _disband(self, crowd: Crowd) -> None:
        """Its members are served one by one, this packet included, until they are arranged anew."""
        log.exception("a crowd is disbanded", ssrc=self.ssrc)
        self._crowds = [other for other in self._crowds if other is not crowd]
        self._singles = [*self._singles, *crowd.members]

    def _look(
        self, payload_type: int, payload: bytes, extra: dict[int, bytes]
    ) -> tuple[bool, Descriptor | None]:
        """(a feed may begin here, what the packet says of itself)."""
        if self.kind == "audio":
            is_red = payload_type == self._red_payload_type
            return True, red.parse(payload, self._payload_type) if is_red else None
        if self.codec == "vp8":
            found = vp8.parse(payload)
            return found is not None and found.is_key, found
        if self.codec == "h264":
            return h264.starts_key_frame(payload), None
        if self.codec == "vp9":
            unit = vp9.parse(payload)
            return unit is not None and unit.is_key, unit
        return av1.starts_key_frame(payload), self._dependency(extra)

    def _ask_for_missing(self, now: float) -> None:
        if self.kind == "audio":
            return
        missing = self._losses.due(now, 0.05)
        if missing:
            self._uplink.send_rtcp(rtcp.nack(OUR_SSRC, self.ssrc, missing))

    def _measure_rate(self, now: float) -> None:
        octets = self.octets + self.packets * _HEADERS
        rate = (octets - self._octets_before) * 8 / max(now - self._rate_at, _RATE_EVERY_S)
        if self._octets_before and self.is_flowing(now):
            self.rate_bps = (self.rate_bps + rate) / 2 if self.rate_bps else rate
        if self.steps is not None:
            self.steps.measure(now - self._rate_at)
        self._octets_before, self._rate_at = octets, now

    def _measure_jitter(self, timestamp: int, now: float) -> None:
        transit = now * self.clock_rate - timestamp
        if self._transit is not None:
            step = abs(transit - self._transit)
            if step < self.clock_rate:  # a wrap or a pause is no jitter
                self._jitter += (step - self._jitter) / _SMOOTHING
        self._transit = transit


class Repairs:
    """The RTX stream of a layer (RFC 4588): unwraps the original packet."""

    def __init__(self, layer: Layer, payload_type: int) -> None:
        self.layer = layer
        self._payload_type = payload_type

    parsed = None

    @property
    def gives_way(self) -> bool:
        return self.layer.gives_way

    def receive(self, packet: bytes, header: Header, extra: dict[int, bytes], now: float) -> None:
        start = header.payload_start
        if header.payload_type != self._payload_type or header.payload_end - start < 2:
            return  # padding, sent to probe for bandwidth
        original = (packet[start] << 8) | packet[start + 1]
        self.layer.repaired(original, header, packet[start + 2 : header.payload_end], extra, now)

    def sender_report(self, report: rtcp.SenderReport, now: float) -> None:
        """Says nothing that the layer's own does not say."""
