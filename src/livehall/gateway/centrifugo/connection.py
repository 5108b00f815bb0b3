"""One WebSocket on its transport: frames, pings, closing. The conversation is the session's."""

import asyncio
from collections.abc import MutableSet
from typing import Any

import structlog

from livehall.gateway.centrifugo import codes
from livehall.gateway.centrifugo.codes import Disconnect
from livehall.gateway.centrifugo.frames import FrameReader, Opcode, close_frame, frame
from livehall.gateway.centrifugo.replies import PING
from livehall.gateway.centrifugo.service import Service
from livehall.gateway.centrifugo.session import Session

log = structlog.get_logger(__name__)

PONG = b"{}"


class Connection(asyncio.Protocol):
    """From the end of the handshake to the end of the transport.

    Whoever reads too slowly fills the transport's buffer, which calls `pause_writing`, and is sent away:
    it comes back and recovers, and nobody waits for it.
    """

    __slots__ = (
        "_close_timer",
        "_closing",
        "_peers",
        "_reader",
        "_service",
        "_session",
        "_transport",
        "_unanswered",
        "_unanswered_since",
    )

    def __init__(self, service: Service, transport: asyncio.Transport, peers: MutableSet[Any]) -> None:
        self._service = service
        self._transport = transport
        self._peers = peers  # uvicorn's, so that its shutdown reaches us and waits for us
        self._reader = FrameReader(service.limits.message_bytes)
        self._unanswered = 0  # pings without a pong: more than one, when the network held them up
        self._unanswered_since = 0.0  # when the first of them was sent, by the loop's clock
        self._closing = False
        self._close_timer: asyncio.TimerHandle | None = None
        self._session = Session(
            service, send=transport.write, close=self.close, on_connected=self._on_connected
        )
        transport.set_write_buffer_limits(high=service.limits.backlog_bytes)
        peers.add(self)
        service.heartbeat.add(self, service.heartbeat.rhythm.stale)

    # From the transport -----------------------------------------------------

    def data_received(self, data: bytes) -> None:
        try:
            for opcode, payload in self._reader.feed(data):
                self._on_frame(opcode, payload)
        except Disconnect as why:
            if self._closing:
                self._transport.abort()
            else:
                self.close(why.code, why.reason)

    def pause_writing(self) -> None:
        """The backlog is full. Not at once, as the hub may be in the midst of writing to many."""
        asyncio.get_running_loop().call_soon(self._send_away_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._detach()
        self._peers.discard(self)
        if self._close_timer is not None:
            self._close_timer.cancel()

    # From uvicorn and the heartbeat -----------------------------------------

    def shutdown(self) -> None:
        """The server goes down: the client may come back at once, to another one."""
        self.close(*codes.SHUTDOWN)

    def beat(self) -> None:
        """Ping, and let the session renew what expires."""
        if not self._session.is_connected:
            self.close(*codes.STALE)
            return
        if not self._unanswered:
            self._unanswered_since = asyncio.get_running_loop().time()
        self._unanswered += 1
        self._transport.write(PING)
        self._session.keep_alive()

    def check_pong(self) -> None:
        """Close a connection that has not answered its ping."""
        if self._unanswered and self._service.heartbeat.is_overdue(self._unanswered_since):
            self.close(*codes.NO_PONG)

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and wait a little for its echo (RFC 6455 §7.1.1), reading nothing else."""
        if self._closing:
            return
        self._closing = True
        self._detach()
        self._transport.write(close_frame(code, reason))
        loop = asyncio.get_running_loop()
        self._close_timer = loop.call_later(self._service.limits.close_timeout, self._transport.abort)

    # Inside -----------------------------------------------------------------

    def _send_away_slow(self) -> None:
        if not self._closing:
            log.info("A client reads too slowly and is sent away", client=self._session.client)
            self.close(*codes.SLOW)

    def _on_frame(self, opcode: Opcode, payload: bytes) -> None:
        if opcode is Opcode.CLOSE:
            self._on_close(payload)
        elif self._closing or opcode is Opcode.PONG:
            return
        elif opcode is Opcode.PING:
            self._session.charge()
            self._transport.write(frame(payload, Opcode.PONG))
        elif payload == PONG:
            self._on_pong()
        else:
            self._session.receive(payload)

    def _on_close(self, payload: bytes) -> None:
        if not self._closing:
            self._closing = True
            self._detach()
            self._transport.write(frame(payload[:2], Opcode.CLOSE))
        self._transport.close()

    def _on_pong(self) -> None:
        if not self._unanswered:
            raise Disconnect(*codes.BAD_REQUEST)
        self._unanswered -= 1
        self._unanswered_since += self._service.heartbeat.rhythm.ping  # the next one was sent then

    def _on_connected(self) -> None:
        self._service.heartbeat.spread(self)

    def _detach(self) -> None:
        self._service.heartbeat.remove(self)
        self._session.end()
