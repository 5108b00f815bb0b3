"""A UDP socket that faces people: tells STUN, DTLS and SRTP apart (RFC 7983) and finds the peer.

A peer is first found by the user fragment in an authenticated check, from then on by its address. A
datagram from an address that no check has vouched for is dropped without an answer.
"""

import asyncio
import socket

import structlog

from livehall.media.net.ice import parse_check
from livehall.media.net.native import NativeOutbox, UdpSending
from livehall.media.net.outbox import Destination, Outbox
from livehall.media.net.registry import Address, Peer, Registry

_READ_AT_ONCE = 64  # datagrams, then other work of the loop has its turn
_LARGEST = 2048  # bytes
_SOCKET_BUFFER = 8 << 20  # bytes asked for; the kernel may give less
_MOST_ADDRESSES = 8  # of one peer: candidates that were checked, not only the nominated one

log = structlog.get_logger(__name__)


class UdpWay(Destination):
    """One address of a peer, as seen from one socket of ours."""

    __slots__ = ("_port",)
    is_closed = False

    def __init__(self, port: "UdpPort", address: Address) -> None:
        super().__init__(address)
        self._port = port

    @property
    def outbox(self) -> Outbox | NativeOutbox:
        return self._port.outbox

    def send(self, datagram: bytes) -> None:
        self._port.send(datagram, self.address)


class UdpPort:
    def __init__(self, udp: socket.socket, registry: Registry, sending: UdpSending = Outbox) -> None:
        self._udp = udp
        self._registry = registry
        self._by_address: dict[Address, Peer] = {}
        self._ways: dict[Peer, dict[Address, UdpWay]] = {}
        self._loop = asyncio.get_running_loop()
        self.outbox = sending(udp, self._loop)
        self._loop.add_reader(udp, self._readable)
        registry.doors.append(self)

    @classmethod
    def bind(cls, host: str, port: int, registry: Registry, sending: UdpSending = Outbox) -> "UdpPort":
        """Raises: OSError when the port is taken or the address is not ours."""
        is_ipv6 = ":" in host
        udp = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                udp.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER)
            if is_ipv6:  # IPv4 has a socket of its own, on the same port
                udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            udp.bind((host, port))
        except OSError:
            udp.close()
            raise
        return cls(udp, registry, sending)

    @property
    def number(self) -> int:
        return int(self._udp.getsockname()[1])

    def forget(self, peer: Peer) -> None:
        for address in self._ways.pop(peer, ()):
            if self._by_address.get(address) is peer:
                del self._by_address[address]

    def send(self, datagram: bytes, to: Address) -> None:
        try:
            self._udp.sendto(datagram, to)
        except OSError:  # full, or this destination cannot be reached: lost, as UDP may
            self._registry.dropped += 1

    def close(self) -> None:
        self._loop.remove_reader(self._udp)
        self.outbox.flush()
        self.outbox.close()
        self._udp.close()

    def _readable(self) -> None:
        receive = self._udp.recvfrom
        peers = self._by_address
        for _ in range(_READ_AT_ONCE):
            try:
                datagram, source = receive(_LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue
            if not datagram:
                continue
            if datagram[0] < 4:
                self._check(datagram, source[:2])
                continue
            peer = peers.get(source[:2])
            if peer is None:
                self._registry.dropped += 1
                continue
            try:
                peer.receive(datagram)
            except Exception:  # the loop's edge: one bad datagram must not silence a room
                log.exception("datagram failed")

    def _check(self, datagram: bytes, source: Address) -> None:
        check = parse_check(datagram)
        peer = self._registry.find(check)
        if check is None or peer is None:
            self._registry.dropped += 1
            return
        known = self._ways.get(peer, {})
        way = known.get(source) or UdpWay(self, source)
        answer = peer.checked(check, way)
        if answer is None:
            self._registry.dropped += 1
            return
        if self._by_address.get(source) is not peer:
            self._by_address[source] = peer
            self._ways.setdefault(peer, known)[source] = way
            if len(known) > _MOST_ADDRESSES:
                oldest = next(iter(known))
                del known[oldest]
                if self._by_address.get(oldest) is peer:
                    del self._by_address[oldest]
        self.send(answer, source)
