"""The WebSocket class for uvicorn: the realtime path is ours, every other goes to the ASGI application.

uvicorn makes one object of this class per upgrade, hands it the transport and the request head, and
only then makes it the transport's protocol. So the door decides when the head is there, passes on what
comes until the transport knows its real protocol, and is gone.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, cast

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from livehall.core.ports.channels import Channels
from livehall.gateway.centrifugo import handshake
from livehall.gateway.centrifugo.connection import Connection
from livehall.gateway.centrifugo.handshake import AllowedOrigins
from livehall.gateway.centrifugo.heartbeat import Rhythm
from livehall.gateway.centrifugo.service import ConnectionLimits, Service

PATH = "/connection/websocket"  # Centrifugo's


def websocket_protocol(
    hub: Channels,
    *,
    path: str = PATH,
    allowed_origins: AllowedOrigins,
    rhythm: Rhythm | None = None,
    limits: ConnectionLimits | None = None,
) -> type[asyncio.Protocol]:
    """A class for `uvicorn.Config(ws=…)` that serves the hub at `path`."""
    service = Service(
        hub,
        path=path,
        allowed_origins=allowed_origins,
        rhythm=rhythm or Rhythm(),
        limits=limits or ConnectionLimits(),
    )
    return type("RealtimeDoor", (Door,), {"service": service})


class Door(asyncio.Protocol):
    """Stands between the upgrade request and the protocol that answers it."""

    service: ClassVar[Service]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._transport: asyncio.Transport | None = None
        self._successor: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of a class of their own

    def data_received(self, data: bytes) -> None:
        if self._successor is not None:
            self._successor.data_received(data)
            return
        assert self._transport is not None
        request = handshake.parse_head(data)
        if request.path != self.service.path:
            self._pass_through(data)
        elif (refusal := self._refusal(request)) is not None:
            self._transport.write(refusal)
            self._transport.close()
        else:
            self._transport.write(handshake.acceptance(request))
            self._succeed(Connection(self.service, self._transport, self._server_state.connections))

    def eof_received(self) -> bool | None:
        return self._successor.eof_received() if self._successor is not None else None

    def pause_writing(self) -> None:
        if self._successor is not None:
            self._successor.pause_writing()

    def resume_writing(self) -> None:
        if self._successor is not None:
            self._successor.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._successor is not None:
            self._successor.connection_lost(exc)

    def _refusal(self, request: handshake.Request) -> bytes | None:
        if len(self.service.heartbeat) >= self.service.limits.connections:
            return handshake.respond(HTTPStatus.SERVICE_UNAVAILABLE)
        return handshake.refusal(request, self.service.allowed_origins)

    def _pass_through(self, head: bytes) -> None:
        assert self._transport is not None
        protocol = WebSocketsSansIOProtocol(self._config, self._server_state, self._app_state)
        protocol.connection_made(self._transport)
        protocol.data_received(head)
        self._succeed(protocol)

    def _succeed(self, protocol: asyncio.Protocol) -> None:
        """Become superfluous once uvicorn has installed this object, before the loop reads again."""
        self._successor = protocol
        assert self._transport is not None
        asyncio.get_running_loop().call_soon(self._transport.set_protocol, protocol)
