"""One room forwarded twice: by the interpreter and by the native inner loop. What comes out is compared.

Everything is real but the sockets' owners: tracks, layers, subscriptions, SRTP sessions, both outboxes, and
UDP over loopback. Keys, random numbers and the clock are the same for both.
"""

import random
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from livehall.media.client.publisher import vp8_payload
from livehall.media.congestion.sent import SentLog
from livehall.media.dtls.srtp import PROFILES, Packets, Sealer
from livehall.media.net import native
from livehall.media.net.outbox import LARGEST_PACKET, Outbox
from livehall.media.net.port import UdpWay
from livehall.media.rtp import rtcp
from livehall.media.rtp.packet import build, extensions, parse_header
from livehall.media.tracks.layered import subscribe
from livehall.media.tracks.track import Track
from tests.media.test_layered import vp9_payload

PEERS = 6
OPUS, RED, VIDEO, RTX = 111, 63, 96, 97
SSRC = 7  # of the first layer; the others follow
BOTH_EXTENSIONS = {"send_time_id": 3, "transport_cc_id": 5}

Operation = tuple[Any, ...]
Sending = Callable[[socket.socket, Any], Any]


def by_interpreter(udp: socket.socket, loop: Any) -> Any:
    return Outbox(udp, loop)


def in_c(udp: socket.socket, loop: Any, *, joins: bool = True) -> Any:
    return native.NativeOutbox(native.load(), udp, loop, joins=joins)


class Soon:
    """Stands for the event loop: what was to be called soon is called when the test says so."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        self._waiting.append(call)

    def run(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()


class Door:
    """A UDP socket that sends."""

    def __init__(self, sending: Sending, loop: Soon) -> None:
        self.udp = udp_socket()
        self.outbox = sending(self.udp, loop)


class TcpWay:
    """Where there is no batch and no native code."""

    is_closed = False

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._packets = Packets(LARGEST_PACKET)

    @property
    def outbox(self) -> "TcpWay":
        return self

    def send_rtp(self, packet, sequence, timestamp, ssrc, sealer, to, number=-1) -> None:
        sealed = self._packets.seal(packet, sequence, timestamp, ssrc, sealer, number)
        if sealed is not None:
            self.sent.append(sealed)


class Peer:
    """Stands for a subscriber's transport, and for the publisher's."""

    is_ready = True

    def __init__(self, sealer: Sealer | None = None) -> None:
        self.sealer = sealer
        self.destination: Any = None
        self.outgoing: dict[int, Any] = {}
        self.reports: list[bytes] = []

    def send_rtcp(self, compound: bytes) -> None:
        self.reports.append(compound)

    def moved(self) -> None:
        for sink in self.outgoing.values():
            sink.moved()


class World:
    """One track, its layers and those who receive it; `room` says what they are like."""

    def __init__(
        self, sending: Sending, codec: str, rids: Sequence[str], room: Sequence[dict[str, Any]]
    ) -> None:
        self.now = 1000.0
        self._random = random.Random(5)
        self._loop = Soon()
        self._doors = [Door(sending, self._loop) for _ in range(2)]
        self._sockets = [udp_socket() for _ in range(PEERS)]
        self._tcp = [TcpWay() for _ in range(PEERS)]
        self._by_address = {door.udp.getsockname(): at for at, door in enumerate(self._doors)}
        # By peer and door: between two doors there is no order.
        self.received: list[list[list[bytes]]] = [[[] for _ in self._doors] for _ in range(PEERS)]
        self.publisher = Peer()
        self._sealers = [sealer_of(index) for index in range(PEERS)]
        self._peers = [Peer(sealer) for sealer in self._sealers]
        self._logs = [SentLog() for _ in range(PEERS)]
        is_audio = codec == "opus"
        with self._given():
            self._track = Track(
                self.publisher,
                sid="TR_1",
                identity="alice",
                kind="audio" if is_audio else "video",
                codec=codec,
                source="CAMERA",
                clock_rate=48000 if is_audio else 90000,
                payload_type=OPUS if is_audio else VIDEO,
                rtx_payload_type=None if is_audio else RTX,
                red_payload_type=RED if is_audio else None,
                rids=tuple(rids),
            )
            self._layers = [
                self._track.add_layer(SSRC + index, rid) for index, rid in enumerate(rids or ("",))
            ]
            self._pictures = 100
            self._sequences = [65500 + 10 * index for index in range(len(self._layers))]
            self._room = room
            self._feeds: list[Any] = [None] * PEERS
            for index in range(PEERS):
                self._do_move(index, "udp", 0)
                self._do_join(index)

    def run(self, operations: Sequence[Operation]) -> None:
        with self._given():
            for count, (name, *arguments) in enumerate(operations):
                getattr(self, f"_do_{name}")(*arguments)
                if count % 32 == 31:
                    self._do_flush()
            self._do_flush()
            for layer in self._layers:  # says how many packets each subscriber was sent
                layer.sender_report(rtcp.SenderReport(layer.ssrc, 1 << 40, 9000), self.now)

    def outcome(self) -> dict[str, Any]:
        boxes = [door.outbox for door in self._doors]
        return {
            "datagrams": self.received,
            "tcp": [way.sent for way in self._tcp],
            "reports": [peer.reports for peer in (self.publisher, *self._peers)],
            "logs": [[bytes(part) for part in log.parts] for log in self._logs],
            "newest": [feed and (latest := feed._latest()) and latest.number for feed in self._feeds],
            "counts": [(box.sent, box.dropped) for box in boxes],
        }

    def close(self) -> None:
        for door in self._doors:
            door.outbox.close()
            door.udp.close()
        for each in self._sockets:
            each.close()

    # Operations

    def _do_packet(self, layer: int, step: int, ticks: int, packet: bytes) -> None:
        """`packet` has any numbers; the layer's next ones are written into it."""
        layer %= len(self._layers)
        self._sequences[layer] += step
        sink = self._layers[layer]
        numbers = (self._sequences[layer] & 0xFFFF).to_bytes(2) + (ticks & 0xFFFFFFFF).to_bytes(4)
        whole = packet[:2] + numbers + sink.ssrc.to_bytes(4) + packet[12:]
        if (header := parse_header(whole)) is not None:
            sink.receive(whole, header, extensions(whole), self.now)

    def _do_picture(self, is_key: bool, parts: int, size: int, is_short: bool) -> None:
        """One of each layer, in packets of the same size but the last; of sound just as many packets."""
        self._pictures += 1
        for layer in range(len(self._layers)):
            for part in range(parts):
                body = bytes(size if part < parts - 1 else size // 2)
                head = _head(self._track.codec, self._pictures, is_key, part == 0, is_short)
                payload_type = OPUS if self._track.kind == "audio" else VIDEO
                packet = build(payload_type, part == parts - 1, 0, 0, 0, head + body)
                self._do_packet(layer, 1, self._pictures * 3000, packet)

    def _do_wait(self, milliseconds: int) -> None:
        self.now += milliseconds / 1000
        self._track.tick(self.now)

    def _do_flush(self) -> None:
        self._loop.run()
        for into, each in zip(self.received, self._sockets, strict=True):
            while True:
                try:
                    datagram, source = each.recvfrom(4096)
                except BlockingIOError:
                    break
                into[self._by_address[source]].append(datagram)

    def _do_join(self, index: int) -> None:
        if self._peers[index].sealer is None:  # whose connection had ended
            self._do_leave(index)
            self._peers[index].sealer = self._sealers[index]
        if self._feeds[index] is None:
            options = dict(self._room[index % len(self._room)])
            peer, log = self._peers[index], self._logs[index] if options.get("transport_cc_id") else None
            feed = subscribe(self._track, peer, log=log, **options)
            self._feeds[index] = feed
            self._track.attach(feed)
            feed.start()

    def _do_leave(self, index: int) -> None:
        if (feed := self._feeds[index]) is not None:
            self._track.detach(feed)
            feed.close()
            self._feeds[index] = None

    def _do_move(self, index: int, kind: str, number: int) -> None:
        peer = self._peers[index]
        peer.destination = self._tcp[index]
        if kind == "udp":
            peer.destination = UdpWay(self._doors[number], self._sockets[index].getsockname())
        peer.moved()

    def _do_want(self, index: int, quality: int, is_paused: bool) -> None:
        if (feed := self._feeds[index]) is not None:
            feed.want(quality=quality, is_paused=is_paused)

    def _do_allow(self, index: int, quality: int) -> None:
        if (feed := self._feeds[index]) is not None:
            feed.allow(quality)

    def _do_red(self, index: int, takes: bool) -> None:
        if (feed := self._feeds[index]) is not None and self._track.kind == "audio":
            feed.take_red(RED if takes else None)

    def _do_nack(self, index: int, back: int) -> None:
        if (feed := self._feeds[index]) is not None and feed._segments:
            base = self._sequences[0] + feed._sequence_shift
            feed.nacked(tuple((base - back - each) & 0xFFFF for each in range(3)))

    def _do_pad(self, index: int) -> None:
        if (feed := self._feeds[index]) is not None and feed.can_pad:
            feed.pad(600)

    def _do_report(self, layer: int) -> None:
        layer %= len(self._layers)
        self._layers[layer].sender_report(rtcp.SenderReport(SSRC, int(self.now) << 32, 9000), self.now)

    def _do_end(self, index: int) -> None:
        """The subscriber's connection is closed, and nobody has taken the subscription away yet."""
        self._peers[index].sealer = None
        self._peers[index].moved()

    # Within

    @contextmanager
    def _given(self) -> Iterator[None]:
        """The clock and the random numbers."""
        with (
            patch("time.monotonic", lambda: self.now),
            patch("time.time", lambda: 1_800_000_000 + self.now),
            patch("secrets.randbits", self._random.getrandbits),
        ):
            yield


def _head(codec: str, picture: int, is_key: bool, is_first: bool, is_short: bool) -> bytes:
    """How a packet's payload begins; `is_short`: VP8's picture id of 7 bits."""
    if codec == "h264":
        return b"\x67sps" if is_key and is_first else b"\x41slice"
    if codec == "vp9":
        return vp9_payload(picture & 0x7FFF, 0, picture & 1, key=is_key, first=is_first)
    if codec == "vp8" and is_short:
        return bytes((0x90 if is_first else 0x80, 0xC0, picture & 0x7F, picture & 0xFF, 0x10 | (not is_key)))
    if codec == "vp8":
        return vp8_payload(key=is_key, picture=picture, layer_index=picture, starts=is_first, size=0)
    return b"opus"


def sealer_of(index: int) -> Sealer:
    number, key, salt = list(PROFILES.values())[index % 2]
    return Sealer(random.Random(index).randbytes(key + salt), number)


def udp_socket() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        udp.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
    udp.bind(("127.0.0.1", 0))
    return udp
