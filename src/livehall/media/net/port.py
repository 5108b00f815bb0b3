"""A UDP socket that faces people: tells STUN, DTLS and SRTP apart (RFC 7983) and finds the peer.

A peer is first found by the user fragment in an authenticated check, from then on by its address. A
datagram from an address that no check has vouched for is dropped without an answer.

Where more comes in than can be forwarded, what waits in the socket grows older, up to tens of seconds, and
with it the checks and handshakes of those who come. So pictures are left out until what is read is young:
if it is forwarding that takes the time, and not somebody's flood of data, which that would not help.
"""

import asyncio
import fcntl
import socket
import struct
import time

import structlog

from livehall.media.failures import Failures
from livehall.media.net.ice import parse_check
from livehall.media.net.native import BY_INTERPRETER, Datagrams, NativeOutbox
from livehall.media.net.outbox import Destination, Outbox
from livehall.media.net.registry import Address, Peer, Registry
from livehall.media.rtp.packet import may_be_rtp

_READ_AT_ONCE = 64  # datagrams, then other work of the loop has its turn
_READ_S = 0.01  # or so long: to forward one may take milliseconds
BEHIND_S = 1.0  # what is read has waited for so long: a key frame to many is read in less
CAUGHT_UP_S = 0.1
_MOSTLY = 0.5  # of the time is forwarding
_SIOCGSTAMPNS = 0x8907  # socket(7) on Linux: when what was read last had come
_TIMESPEC = struct.Struct("=qq")
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
    def __init__(self, udp: socket.socket, registry: Registry, datagrams: Datagrams = BY_INTERPRETER) -> None:
        self._udp = udp
        self._registry = registry
        self._by_address: dict[Address, Peer] = {}
        self._ways: dict[Peer, dict[Address, UdpWay]] = {}
        self._failures = Failures(log)
        self._is_closed = False
        self._is_due = False  # to read on, whether the socket says so or not
        self._is_behind = False
        self._busy_since: float | None = None  # the socket has not been found empty from then on
        self._forwarding_s = 0.0  # since then
        self._age()  # from the first question on the kernel notes it
        self._loop = asyncio.get_running_loop()
        self.outbox = datagrams.outbox(udp, self._loop)
        self._inbox = datagrams.inbox(udp)
        self._loop.add_reader(udp, self._readable)
        registry.doors.append(self)

    @classmethod
    def bind(
        cls, host: str, port: int, registry: Registry, datagrams: Datagrams = BY_INTERPRETER
    ) -> "UdpPort":
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
        return cls(udp, registry, datagrams)

    @property
    def number(self) -> int:
        return int(self._udp.getsockname()[1])

    def forget(self, peer: Peer) -> None:
        self._inbox.forget(peer)
        for address in self._ways.pop(peer, ()):
            if self._by_address.get(address) is peer:
                del self._by_address[address]

    def forget_stream(self, peer: Peer, ssrc: int) -> None:
        self._inbox.forget(peer, ssrc)

    def send(self, datagram: bytes, to: Address) -> None:
        try:
            self._udp.sendto(datagram, to)
        except OSError:  # full, or this destination cannot be reached: lost, as UDP may
            self._registry.dropped += 1

    def close(self) -> None:
        self._is_closed = True
        self._loop.remove_reader(self._udp)
        self.outbox.flush()
        self.outbox.close()
        self._udp.close()

    def _readable(self) -> None:
        """What is to be sent because of what is read leaves at the end, without another turn of the loop."""
        if not self._is_due:
            self._read_on()

    def _read_on(self) -> None:
        self._is_due = False
        if self._is_closed:
            return
        self.outbox.hold()
        try:
            self._read()
        finally:
            self.outbox.release()
        if self._inbox.is_waiting:  # what has been read already makes no socket readable
            self._is_due = True
            self._loop.call_soon(self._read_on)

    def _read(self) -> None:
        inbox, clock, registry = self._inbox, time.monotonic, self._registry
        peers = self._by_address
        now = clock()
        until = now + _READ_S
        if self._busy_since is None:
            self._busy_since, self._forwarding_s = now, 0.0
        for turn in range(_READ_AT_ONCE):
            if turn and inbox.is_drained:
                self._keep_up()
                return
            try:
                found = inbox.next(until, opens=not self._is_behind)
            except BlockingIOError:
                self._keep_up()
                return
            except OSError:
                continue
            if found is None:
                before, now = now, clock()
                self._forwarding_s += now - before
                if now > until:
                    break
                continue
            datagram, source = found
            if not datagram:
                continue
            if datagram[0] < 4:
                try:
                    self._check(datagram, source)
                except Exception:  # the loop's edge, as below
                    self._failures.tell("check failed", of=source)
                continue
            peer = peers.get(source)
            if peer is None:
                registry.dropped += 1
                continue
            if self._is_behind:
                self._is_behind = self._age() > CAUGHT_UP_S
            registry.is_behind = self._is_behind
            try:
                peer.receive(datagram)
                if may_be_rtp(datagram):
                    inbox.expect(source, int.from_bytes(datagram[8:12]), peer)
            except Exception:  # the loop's edge: one bad datagram must not silence a room
                self._failures.tell("datagram failed", of=source)
            before, now = now, clock()
            if datagram[0] > 127:
                self._forwarding_s += now - before
            if now > until:
                break
        is_forwarding = self._forwarding_s > _MOSTLY * (now - self._busy_since)
        self._is_behind = self._is_behind or (is_forwarding and self._age() > BEHIND_S)

    def _keep_up(self) -> None:
        """The socket is empty."""
        self._busy_since, self._is_behind = None, False
        self._registry.is_behind = False

    def _age(self) -> float:
        """Seconds since the datagram that was read last came in; 0 where the kernel does not tell."""
        try:
            stamp = fcntl.ioctl(self._udp, _SIOCGSTAMPNS, bytes(_TIMESPEC.size))
        except OSError:
            return 0.0
        seconds, nanoseconds = _TIMESPEC.unpack(stamp)
        return time.time() - float(seconds) - float(nanoseconds) / 1e9

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
        before = self._by_address.get(source)
        if before is not peer:
            if before is not None:
                self._inbox.forget(before)  # what comes from here is not its any more
            self._by_address[source] = peer
            self._ways.setdefault(peer, known)[source] = way
            if len(known) > _MOST_ADDRESSES:
                oldest = next(iter(known))
                del known[oldest]
                if self._by_address.get(oldest) is peer:
                    del self._by_address[oldest]
                    self._inbox.forget(peer)
        self.send(answer, source)
