"""The one UDP port that faces people: tells STUN, DTLS and SRTP apart (RFC 7983) and finds the peer.

A peer is first found by the user fragment in an authenticated check, from then on by its address. A
datagram from an address that no check has vouched for is dropped without an answer.
"""

import asyncio
import socket
from typing import Protocol

import structlog

from livehall.media.net.ice import Check, parse_check
from livehall.media.net.outbox import Outbox

_READ_AT_ONCE = 64  # datagrams, then other work of the loop has its turn
_LARGEST = 2048  # bytes
_SOCKET_BUFFER = 8 << 20  # bytes asked for; the kernel may give less
_MOST_ADDRESSES = 8  # of one peer: candidates that were checked, not only the nominated one

Address = tuple[str, int]
log = structlog.get_logger(__name__)


class Peer(Protocol):
    """Whoever owns a user fragment."""

    def checked(self, check: Check, source: Address) -> bytes | None:
        """The answer to a check, or None when it is not properly signed."""
        ...

    def receive(self, datagram: bytes) -> None: ...


class UdpPort:
    def __init__(self, udp: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        self._udp = udp
        self._loop = loop
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._addresses: dict[Peer, list[Address]] = {}
        self.outbox = Outbox(udp, loop)
        self.dropped = 0
        loop.add_reader(udp, self._readable)

    @classmethod
    def bind(cls, host: str, port: int) -> "UdpPort":
        """Raises: OSError when the port is taken or the address is not ours."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                udp.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER)
            udp.bind((host, port))
        except OSError:
            udp.close()
            raise
        return cls(udp, asyncio.get_running_loop())

    @property
    def number(self) -> int:
        return int(self._udp.getsockname()[1])

    def register(self, ufrag: str, peer: Peer) -> None:
        self._by_ufrag[ufrag] = peer

    def forget_ufrag(self, ufrag: str) -> None:
        self._by_ufrag.pop(ufrag, None)

    def forget(self, peer: Peer) -> None:
        for address in self._addresses.pop(peer, ()):
            if self._by_address.get(address) is peer:
                del self._by_address[address]

    def send(self, datagram: bytes, to: Address) -> None:
        try:
            self._udp.sendto(datagram, to)
        except OSError:  # full, or this destination cannot be reached: lost, as UDP may
            self.dropped += 1

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
                self.dropped += 1
                continue
            try:
                peer.receive(datagram)
            except Exception:  # the loop's edge: one bad datagram must not silence a room
                log.exception("datagram failed")

    def _check(self, datagram: bytes, source: Address) -> None:
        check = parse_check(datagram)
        peer = self._by_ufrag.get(check.ufrag) if check is not None else None
        if check is None or peer is None:
            self.dropped += 1
            return
        answer = peer.checked(check, source)
        if answer is None:
            self.dropped += 1
            return
        if self._by_address.get(source) is not peer:
            self._by_address[source] = peer
            known = self._addresses.setdefault(peer, [])
            known.append(source)
            if len(known) > _MOST_ADDRESSES:
                oldest = known.pop(0)
                if self._by_address.get(oldest) is peer and oldest != source:
                    del self._by_address[oldest]
        self.send(answer, source)
