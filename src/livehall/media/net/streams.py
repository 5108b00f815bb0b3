"""Media over TCP for networks that let no UDP out: passive candidates (RFC 6544) on one port.

Every packet travels behind its length (RFC 4571). A connection has to begin with a check that one of our
peers has signed, within a few seconds, or it is closed without a word; whoever reads too slowly loses
packets, as it would by UDP, and holds up nobody.
"""

import asyncio
import socket
import struct
from typing import cast

import structlog

from livehall.media.dtls.srtp import Packets, Sealer
from livehall.media.failures import Failures
from livehall.media.net.ice import parse_check
from livehall.media.net.outbox import LARGEST_PACKET
from livehall.media.net.registry import Address, PacketSender, Peer, Registry, Way

LARGEST_FRAME = 2048  # bytes
MOST_STRANGERS = 256  # connections that have not yet said who they are
MOST_OF_ONE_ADDRESS = 32  # of these
PATIENCE_S = 10.0  # until the first good check
MOST_BUFFERED = 256 * 1024  # bytes that wait for a slow reader
_KERNEL_BUFFER = 128 * 1024  # bytes; more would only delay what is new
_length = struct.Struct("!H")
log = structlog.get_logger(__name__)


class StreamLink(asyncio.Protocol):
    """One TCP connection, and so a `Way`."""

    def __init__(self, port: "StreamPort") -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._frames: list[bytes] = []  # to be written together
        self._waiting = 0  # bytes of them
        self._deadline: asyncio.TimerHandle | None = None
        self.peer: Peer | None = None
        self.address: Address = ("", 0)
        self.is_closed = False

    @property
    def outbox(self) -> PacketSender:
        return self._port

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.address = tuple(transport.get_extra_info("peername", ("", 0))[:2])
        if not self._port.admits(self):
            self.close()
            return
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
        self._deadline = asyncio.get_running_loop().call_later(PATIENCE_S, self.close)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        position = 0
        while len(received) - position >= 2 and not self.is_closed:
            size = (received[position] << 8) | received[position + 1]
            if size > LARGEST_FRAME:
                self.close()
                return
            if len(received) - position - 2 < size:
                break
            self._frame(bytes(received[position + 2 : position + 2 + size]))
            position += 2 + size
        del received[:position]

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()

    # Out

    def send(self, datagram: bytes) -> None:
        transport = self._transport
        if self.is_closed or transport is None:
            return
        if self._waiting + transport.get_write_buffer_size() > MOST_BUFFERED:
            self._port.dropped += 1
            return
        if not self._frames:
            asyncio.get_running_loop().call_soon(self._flush)
        self._frames += (_length.pack(len(datagram)), datagram)
        self._waiting += 2 + len(datagram)

    def close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._frames.clear()
        self._received.clear()
        if self._deadline is not None:
            self._deadline.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._port.left(self)

    # Within

    def _flush(self) -> None:
        frames, self._frames, self._waiting = self._frames, [], 0
        if frames and not self.is_closed and self._transport is not None:
            self._transport.write(b"".join(frames))

    def _frame(self, datagram: bytes) -> None:
        if not datagram:
            return
        try:
            if datagram[0] < 4:
                self._check(datagram)
            elif self.peer is not None:
                self.peer.receive(datagram)
            else:
                self.close()
        except Exception:  # the loop's edge: one bad packet must not silence a room
            self._port.failures.tell("packet failed", of=self.address)

    def _check(self, datagram: bytes) -> None:
        check = parse_check(datagram)
        peer = self._port.registry.find(check)
        answer = peer.checked(check, self) if check is not None and peer is not None else None
        if answer is None or self.peer not in (None, peer):
            self._port.registry.dropped += 1
            if self.peer is None:
                self.close()
            return
        if self.peer is None and peer is not None:
            self.peer = peer
            self._port.known(self)
            if self._deadline is not None:
                self._deadline.cancel()
        self.send(answer)


class StreamPort:
    """All TCP connections; the listeners are asyncio's. Satisfies `PacketSender` and `Door`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.dropped = 0
        self.failures = Failures(log)
        self._listeners: list[asyncio.Server] = []
        self._strangers: dict[StreamLink, str] = {}
        self._links: dict[Peer, set[StreamLink]] = {}
        self._packets = Packets(LARGEST_PACKET)
        registry.doors.append(self)

    async def listen(self, host: str, port: int) -> int:
        """The port's number. Raises: OSError when the port is taken or the address is not ours."""
        is_ipv6 = ":" in host
        listener = socket.socket(
            socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if is_ipv6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, port))
        except OSError:
            listener.close()
            raise
        loop = asyncio.get_running_loop()
        self._listeners.append(await loop.create_server(lambda: StreamLink(self), sock=listener, backlog=256))
        return int(listener.getsockname()[1])

    def admits(self, link: StreamLink) -> bool:
        host = link.address[0]
        if len(self._strangers) >= MOST_STRANGERS:
            return False
        if sum(other == host for other in self._strangers.values()) >= MOST_OF_ONE_ADDRESS:
            return False
        self._strangers[link] = host
        return True

    def known(self, link: StreamLink) -> None:
        """It has said who it is."""
        self._strangers.pop(link, None)
        if link.peer is not None:
            self._links.setdefault(link.peer, set()).add(link)

    def left(self, link: StreamLink) -> None:
        self._strangers.pop(link, None)
        if link.peer is not None and (links := self._links.get(link.peer)) is not None:
            links.discard(link)
            if not links:
                del self._links[link.peer]

    def forget(self, peer: Peer) -> None:
        for link in self._links.pop(peer, ()):
            asyncio.get_running_loop().call_soon(link.close)  # the goodbye goes first

    def forget_stream(self, peer: Peer, ssrc: int) -> None:
        """Nothing is kept of one."""

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()
        for link in (*self._strangers, *(link for links in self._links.values() for link in links)):
            link.close()

    def send_rtp(
        self,
        packet: bytes,
        sequence: int,
        timestamp: int,
        ssrc: int,
        sealer: Sealer,
        to: Way,
        number: int = -1,
    ) -> None:
        sealed = self._packets.seal(packet, sequence, timestamp, ssrc, sealer, number)
        if sealed is None:
            self.dropped += 1
        else:
            to.send(sealed)
