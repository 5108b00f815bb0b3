"""The light client's media path: a UDP socket or a TCP connection, ICE as the controlling side, DTLS in
either role."""

import asyncio
import secrets
from collections.abc import Callable
from typing import cast

import msgspec

from livehall.media.client.offer import Party
from livehall.media.dtls.certificate import Identity
from livehall.media.dtls.session import Dtls
from livehall.media.net.ice import binding_request, parse_check

_CHECK_EVERY_S = 0.05  # until the first answer
_CONSENT_EVERY_S = 4.0  # RFC 7675 §5.1: about 5 s
_shared: Identity | None = None


def shared_identity() -> Identity:
    """One certificate for all light clients of a process: making them costs more than using them."""
    global _shared
    if _shared is None:
        _shared = Identity()
    return _shared


class Remote(msgspec.Struct, frozen=True):
    """What the server's description says of its side."""

    ufrag: str
    password: str
    fingerprint: str
    address: tuple[str, int]
    opens_dtls: bool  # `a=setup:active`
    is_tcp: bool = False  # its candidate waits for a call (RFC 6544)


class PathFailed(Exception):
    """Media cannot be connected; the text says why."""


class _Framed(asyncio.Protocol):
    """Datagrams on a TCP connection, each behind its length (RFC 4571)."""

    def __init__(self, received: Callable[[bytes, object], None]) -> None:
        self._received = received
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2])
            if len(self._buffer) < end:
                return
            datagram = bytes(self._buffer[2:end])
            del self._buffer[:end]
            self._received(datagram, None)

    def sendto(self, datagram: bytes) -> None:
        if self._transport is not None:
            self._transport.write(len(datagram).to_bytes(2) + datagram)

    def is_closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class MediaPath(asyncio.DatagramProtocol):
    """`on_packet` is called with each encrypted RTP or RTCP packet; `on_data` with SCTP packets."""

    def __init__(self, on_packet: Callable[[bytes], None], on_data: Callable[[bytes], None]) -> None:
        self._on_packet = on_packet
        self._on_data = on_data
        self.party = Party(secrets.token_hex(4), secrets.token_hex(12), shared_identity().fingerprint)
        self._remote: tuple[str, str] = ("", "")
        self._remote_fingerprint = ""
        self._wire: asyncio.DatagramTransport | _Framed | None = None
        self._checks: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self._started = False
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._address: tuple[str, int] = ("", 0)
        self.is_dtls_server = False
        self.dtls = self._make_dtls()

    async def start(self, server: Remote) -> None:
        """Begin with what the server's description says; later calls change nothing."""
        if self._started:
            return
        self._started = True
        self._remote, self._remote_fingerprint = (server.ufrag, server.password), server.fingerprint
        self._address = server.address
        if server.opens_dtls:
            self.is_dtls_server = True
            self.dtls = self._make_dtls()
        loop = asyncio.get_running_loop()
        if server.is_tcp:
            _, self._wire = await loop.create_connection(
                lambda: _Framed(self.datagram_received), *server.address
            )
        else:
            self._wire, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=server.address)
        self._checks = asyncio.create_task(self._check(), name="ICE checks")

    def send(self, datagram: bytes) -> None:
        if self._wire is not None and not self._wire.is_closing():
            self._wire.sendto(datagram)

    def send_rtp(self, packet: bytes) -> None:
        if self.dtls.sealer is not None:
            self.send(self.dtls.sealer.protect_rtp(packet))

    def send_rtcp(self, packet: bytes) -> None:
        if self.dtls.sealer is not None:
            self.send(self.dtls.sealer.protect_rtcp(packet))

    def close(self) -> None:
        if self._checks is not None:
            self._checks.cancel()
        self.dtls.close()
        if self._wire is not None:
            self._wire.close()
        if not self.connected.done():
            self.connected.cancel()
        elif not self.connected.cancelled():
            self.connected.exception()  # seen: nobody may have waited for it

    # asyncio.DatagramProtocol

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not data:
            return
        first = data[0]
        if first > 127:
            self._on_packet(data)
        elif 19 < first < 64:
            self.dtls.receive(data)
        elif first < 4:
            self._checked(data)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error: the server is away; consent and the signalling notice."""

    # Within

    def _make_dtls(self) -> Dtls:
        return Dtls(
            shared_identity(),
            is_server=self.is_dtls_server,
            send=self.send,
            on_ready=self._ready,
            on_failed=self._failed,
            on_data=self._on_data,
        )

    def _checked(self, datagram: bytes) -> None:
        """An answer to our check; or, from a server with full ICE, a check of its own."""
        check = parse_check(datagram)
        if check is not None:
            self.send(check.answer(self._address, self.party.password))
        elif not self._answered.is_set():
            self._answered.set()
            if not self.is_dtls_server:
                self.dtls.start()

    async def _check(self) -> None:
        while True:
            self.send(binding_request(self._remote, self.party.ufrag))
            if self._answered.is_set():
                await asyncio.sleep(_CONSENT_EVERY_S)
            else:
                await asyncio.sleep(_CHECK_EVERY_S)

    def _ready(self) -> None:
        if self.dtls.peer_fingerprint != self._remote_fingerprint:
            self._failed("the server's certificate is not the one that its answer announced")
        elif not self.connected.done():
            self.connected.set_result(None)

    def _failed(self, reason: str) -> None:
        if not self.connected.done():
            self.connected.set_exception(PathFailed(reason))
