"""The media path of one peer connection: ICE credentials, DTLS, SRTP, and who gets which stream.

A peer is ready when the handshake is done and the certificate is the one that its SDP announced. Packets
of unknown SSRC are decrypted (libsrtp keeps state only for those that are authentic) and dropped, unless
`on_unknown` finds out what they belong to; a peer that sends too many of them is no longer listened to.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from livehall.media.congestion.sent import SentLog
from livehall.media.dtls.certificate import Identity
from livehall.media.dtls.session import Dtls
from livehall.media.dtls.srtp import Opener, Sealer
from livehall.media.net.ice import Check, Credentials
from livehall.media.net.registry import Plan, Registry, Way
from livehall.media.rtp import rtcp, vp8
from livehall.media.rtp.packet import Header, extensions, is_rtcp, parse_header
from livehall.media.rtp.transport_cc import ArrivalLog

OUR_SSRC = 1  # of our RTCP; we send no media under it
_MOST_STRANGERS = 64
_LARGEST_RTP = 1500  # bytes of one datagram; larger is no sane path MTU


class Parsed(Protocol):
    """Takes the packets of one SSRC when they were taken apart as `plan` says."""

    @property
    def plan(self) -> Plan: ...

    def heard(self, level: int) -> None:
        """`level` is in -dBov (RFC 6464): 0 the loudest, 127 silence."""
        ...

    def read(
        self,
        sequence: int,
        timestamp: int,
        marker: bool,
        payload: bytes,
        is_key: bool,
        descriptor: vp8.Descriptor | None,
        now: float,
    ) -> None:
        """As `Incoming.receive`."""
        ...


class Incoming(Protocol):
    """Takes the packets of one SSRC that the peer sends."""

    @property
    def gives_way(self) -> bool:
        """Its packets are left out where there is more than can be forwarded."""
        ...

    @property
    def parsed(self) -> "Parsed | None":
        """Takes packets that were taken apart elsewhere; None: all go to `receive`."""
        ...

    def receive(self, packet: bytes, header: Header, extra: dict[int, bytes], now: float) -> None: ...

    def sender_report(self, report: rtcp.SenderReport, now: float) -> None: ...


class Outgoing(Protocol):
    """Takes what the peer says of one SSRC that we send."""

    def nacked(self, sequences: tuple[int, ...]) -> None: ...

    def key_frame_wanted(self) -> None: ...

    def reception(self, report: rtcp.ReceptionReport) -> None: ...

    def moved(self) -> None:
        """What we send goes another way from now on, or none."""
        ...


class Transport:
    def __init__(
        self,
        registry: Registry,
        identity: Identity,
        *,
        on_ready: Callable[[], None],
        on_failed: Callable[[str], None],
        on_data: Callable[[bytes], None],
        on_unknown: Callable[[Header, dict[int, bytes]], Incoming | None],
    ) -> None:
        self._registry = registry
        self._on_ready = on_ready
        self._on_failed = on_failed
        self._on_unknown = on_unknown
        self._dtls = Dtls(
            identity,
            is_server=True,
            send=self._send_raw,
            on_ready=self._keyed,
            on_failed=on_failed,
            on_data=on_data,
        )
        self.credentials = Credentials()
        self._retired: Credentials | None = None  # before the last ICE restart; checks may still carry it
        self._remote_ufrag = ""
        self._remote_fingerprint = ""
        self.destination: Way | None = None
        self.sealer: Sealer | None = None  # set when ready: whoever has it may send
        self.incoming: dict[int, Incoming] = {}
        self.outgoing: dict[int, Outgoing] = {}
        self._strangers: set[int] = set()  # authentic SSRCs that belong to nothing
        self.transport_cc_id: int | None = None
        self.arrivals = ArrivalLog()  # by transport-wide numbers
        self.last_heard = time.monotonic()
        self.estimate_bps: int | None = None  # the peer's last REMB
        self.sent_log: SentLog | None = None  # once packets with transport-wide numbers are sent
        self.on_feedback: Callable[[bytes], None] | None = None
        self._closed = False
        registry.register(self.credentials.ufrag, self)

    @property
    def is_ready(self) -> bool:
        return self.sealer is not None

    @property
    def opens_dtls(self) -> bool:
        """We begin the handshake, since the peer's SDP said that it does not."""
        return not self._dtls.is_server

    def expect(self, ufrag: str, fingerprint: str, *, waits_for_dtls: bool = False) -> None:
        """What the peer's SDP says of it. A new user fragment is an ICE restart (RFC 8839 §4.4.3).

        `waits_for_dtls`: of the first description only (`a=setup:passive`).
        """
        if waits_for_dtls and not self._remote_ufrag:
            self._dtls.be_client()
        if self._remote_ufrag and ufrag != self._remote_ufrag:
            self._forget_retired()
            self._retired = self.credentials
            self.credentials = Credentials()
            self._registry.register(self.credentials.ufrag, self)
        self._remote_ufrag = ufrag
        if not self._remote_fingerprint:
            self._remote_fingerprint = fingerprint.upper()
            if self._dtls.sealer is not None:
                self._keyed()

    # Datagrams in

    def checked(self, check: Check, way: Way) -> bytes | None:
        known = self.credentials
        if check.ufrag != known.ufrag:
            if self._retired is None or check.ufrag != self._retired.ufrag:
                return None
            known = self._retired
        if not check.is_signed_with(known.password):
            return None
        self.last_heard = time.monotonic()
        current = self.destination
        if current is None or (current is not way and (check.nominates or current.is_closed)):
            self._go(way)
        if current is None and self.opens_dtls:
            asyncio.get_running_loop().call_soon(self._dtls.start)  # the answer goes first
        return check.answer(way.address, known.password)

    def receive(self, datagram: bytes) -> None:
        first = datagram[0]
        if 127 < first < 192:
            if len(datagram) >= 12 and self.is_ready and len(datagram) <= _LARGEST_RTP:
                if is_rtcp(datagram):
                    self._receive_rtcp(datagram)
                else:
                    self._receive_rtp(datagram)
        elif 19 < first < 64:
            self.last_heard = time.monotonic()
            self._dtls.receive(datagram)

    def stream(self, ssrc: int) -> "ExpectedStream | None":
        """What is to be known to decrypt its packets elsewhere; None: hand all of them to `receive`."""
        sink, opener = self.incoming.get(ssrc), self._dtls.opener
        if sink is None or sink.parsed is None or opener is None or not self.is_ready:
            return None
        return ExpectedStream(self, sink, sink.parsed, ssrc, opener)

    def ignore(self, ssrc: int) -> None:
        """What the peer sends of it is nobody's any more."""
        if self.incoming.pop(ssrc, None) is not None:
            self._registry.forget_stream(self, ssrc)

    def _receive_rtp(self, datagram: bytes) -> None:
        ssrc = int.from_bytes(datagram[8:12])
        sink = self.incoming.get(ssrc)
        if sink is None and ssrc not in self._strangers and len(self._strangers) >= _MOST_STRANGERS:
            self._registry.dropped += 1
            return
        if self._registry.is_behind and sink is not None and sink.gives_way:
            self._registry.dropped += 1  # the publisher hears that it did not arrive, and sends less
            return
        opener = self._dtls.opener
        packet = opener.open_rtp(datagram) if opener is not None else None
        if packet is not None:
            self.opened(packet)

    def opened(self, packet: bytes) -> None:
        """A packet that was decrypted, and is authentic."""
        header = parse_header(packet)
        if header is None:
            return
        now = time.monotonic()
        self.last_heard = now
        extra = extensions(packet)
        if self.transport_cc_id is not None:
            number = extra.get(self.transport_cc_id)
            if number is not None and len(number) == 2:
                self.arrivals.arrived(int.from_bytes(number), now)
        ssrc = header.ssrc
        sink = self.incoming.get(ssrc)
        if sink is None:
            sink = self._on_unknown(header, extra)
            if sink is None:
                if len(self._strangers) < _MOST_STRANGERS:
                    self._strangers.add(ssrc)
                self._registry.dropped += 1
                return
            self._strangers.discard(ssrc)
            self.incoming[ssrc] = sink
        sink.receive(packet, header, extra, now)

    def _receive_rtcp(self, datagram: bytes) -> None:
        opener = self._dtls.opener
        compound = opener.open_rtcp(datagram) if opener is not None else None
        if compound is None:
            return
        now = self.last_heard = time.monotonic()
        for report in rtcp.parse(compound):
            if isinstance(report, rtcp.SenderReport):
                if (source := self.incoming.get(report.ssrc)) is not None:
                    source.sender_report(report, now)
                continue
            if isinstance(report, rtcp.BandwidthEstimate):
                self.estimate_bps = report.bitrate_bps
                continue
            if isinstance(report, rtcp.TransportFeedback):
                if self.on_feedback is not None:
                    self.on_feedback(report.body)
                continue
            if (sink := self.outgoing.get(report.ssrc)) is None:
                continue
            if isinstance(report, rtcp.Nack):
                sink.nacked(report.sequences)
            elif isinstance(report, rtcp.KeyFrameRequest):
                sink.key_frame_wanted()
            else:
                sink.reception(report)

    # Datagrams out

    def send_rtcp(self, compound: bytes) -> None:
        if self.sealer is not None and self.destination is not None:
            self.destination.send(self.sealer.protect_rtcp(compound))

    @property
    def has_ended(self) -> bool:
        """The peer has closed its connection, and will not come back on this one."""
        return self._dtls.peer_said_goodbye

    def send_data(self, data: bytes) -> None:
        self._dtls.send(data)

    def say_goodbye(self) -> None:
        """To a peer that has no other way to hear of it."""
        self._dtls.say_goodbye()

    def tell_arrivals(self) -> None:
        """Tell a publisher when its packets arrived; call it about ten times a second."""
        if not self.incoming or self.transport_cc_id is None:
            return
        feedback = self.arrivals.feedback(OUR_SSRC, next(iter(self.incoming)))
        if feedback is not None:
            self.send_rtcp(feedback)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._dtls.close()
        self.sealer = None
        self._tell_moved()
        self.incoming.clear()
        self.outgoing.clear()
        self._forget_retired()
        self._registry.forget_ufrag(self.credentials.ufrag)
        self._registry.forget(self)

    def _send_raw(self, datagram: bytes) -> None:
        if self.destination is not None:
            self.destination.send(datagram)

    def _go(self, way: Way) -> None:
        self.destination = way
        self._tell_moved()

    def _tell_moved(self) -> None:
        for sink in self.outgoing.values():
            sink.moved()

    def _keyed(self) -> None:
        if not self._remote_fingerprint or self._closed:
            return
        if self._dtls.peer_fingerprint != self._remote_fingerprint:
            self._dtls.close()
            self._on_failed("the peer's certificate is not the one that its SDP announced")
            return
        self.sealer = self._dtls.sealer
        self._on_ready()

    def _forget_retired(self) -> None:
        if self._retired is not None:
            self._registry.forget_ufrag(self._retired.ufrag)
            self._retired = None


class ExpectedStream:
    """One SSRC whose packets come decrypted and taken apart (`inbox`): what it was when it was first
    expected. The transport may know better by now."""

    __slots__ = (
        "_numbers_by", "_parsed",
        "_payload_type", "_read", "_sink", "_ssrc", "_transport",
        "number_id", "opener", "plan",
    )  # fmt: skip

    def __init__(
        self, transport: Transport, sink: Incoming, parsed: Parsed, ssrc: int, opener: Opener
    ) -> None:
        self._transport = transport
        self._sink = sink
        self._parsed = parsed
        self._read = parsed.read
        self._ssrc = ssrc
        self._numbers_by = transport.transport_cc_id
        self.opener = opener
        self.plan = parsed.plan
        self._payload_type = self.plan.payload_type
        self.number_id = transport.transport_cc_id or 0

    def take(self, packet: Any, arrival: tuple[Any, ...], now: float) -> bool:
        """`packet` is a buffer in which it begins, `arrival` its `hall_arrival` (inbox.h). False when the
        peer's stream is another by now; the packet is taken all the same."""
        (
            _, size, timestamp, number, sequence, start, end, level,
            picture_at, picture, layer_index_at, layer_index,
            second, is_described, starts_frame, is_key, is_long,
        ) = arrival  # fmt: skip
        transport = self._transport
        is_expected = transport.incoming.get(self._ssrc) is self._sink
        is_same = is_expected and transport.transport_cc_id == self._numbers_by
        if not is_same or second & 0x7F != self._payload_type:
            transport.opened(packet[:size])
            return is_same
        transport.last_heard = now
        if number >= 0:
            transport.arrivals.arrived(number, now)
        descriptor = None
        if is_described:
            descriptor = vp8.Descriptor(
                starts_frame, is_key, picture_at, is_long, picture, layer_index_at, layer_index
            )
        if level >= 0:
            self._parsed.heard(level & 0x7F)
        self._read(sequence, timestamp, second > 127, packet[start:end], is_key, descriptor, now)
        return True
