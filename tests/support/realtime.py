"""A running realtime door on a loopback port, and clients that speak its protocol word by word."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from livehall.core.ports.realtime import Publication
from livehall.engines.realtime import Hub, Limits
from livehall.gateway.centrifugo import ConnectionLimits, Rhythm, push_frames, websocket_protocol
from tests.support.gate import MemoryGate
from tests.support.waiting import eventually

DEADLINE = 10.0  # seconds


async def until(condition: Callable[[], object], within: float = DEADLINE) -> None:
    """Wait until the condition holds, while the loop goes on."""

    async def ask() -> bool:
        return bool(condition())

    await eventually(ask, within=within, what="condition", every=0.001)


async def echo_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application beside the hub: its WebSockets say their path and repeat what they hear."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": scope["path"]})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


class Hall:
    """The hub and where it is reached."""

    def __init__(self, gate: MemoryGate, hub: Hub, port: int, tls: ssl.SSLContext | None) -> None:
        self.gate, self.hub, self.port, self.tls = gate, hub, port, tls
        self.origin = f"{'ws' if tls is None else 'wss'}://127.0.0.1:{port}"
        self.url = f"{self.origin}/connection/websocket"

    def say(self, channel: str, *positions: int) -> None:
        for position in positions:
            self.hub.publish(channel, Publication(data=b'{"n":%d}' % position, position=position))

    @asynccontextmanager
    async def wire(self, token: str | None = None, **options: Any) -> AsyncIterator["Wire"]:
        """A client; with a token (perhaps an empty one) it is connected."""
        async with connect(self.url, ssl=self.tls, proxy=None, **options) as socket:
            wire = Wire(socket)
            if token is not None:
                await wire.ask("connect", data={"token": token})
            yield wire


class Wire:
    """One WebSocket, its commands and what comes back."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.pushes: deque[dict[str, Any]] = deque()
        self._number = 0
        self._lines: deque[dict[str, Any]] = deque()

    async def say(self, text: str) -> None:
        await self.socket.send(text)

    async def ask(self, method: str, /, **request: object) -> dict[str, Any]:
        """Send a command; its result, or its error under `error`. Pushes on the way are put aside."""
        self._number += 1
        await self.say(json.dumps({"id": self._number, method: request}))
        while (line := await self.line()).get("id") != self._number:
            self.pushes.append(line)
        return dict(line.get(method, line))

    async def line(self) -> dict[str, Any]:
        """The next message, pings included."""
        async with asyncio.timeout(DEADLINE):
            while not self._lines:
                text = await self.socket.recv()
                self._lines.extend(json.loads(line) for line in str(text).split("\n"))
        return self._lines.popleft()

    async def push(self) -> dict[str, Any]:
        """The next push."""
        while not self.pushes:
            line = await self.line()
            if "push" in line:
                self.pushes.append(line)
        push: dict[str, Any] = self.pushes.popleft()["push"]
        return push

    async def offsets(self, number: int) -> list[int]:
        """The positions of the next publications."""
        return [(await self.push())["pub"]["offset"] for _ in range(number)]

    async def end(self) -> tuple[int, str]:
        """The code and reason with which the server closes; what comes before is dropped."""
        async with asyncio.timeout(DEADLINE):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""


@asynccontextmanager
async def a_hall(
    gate: MemoryGate | None = None,
    *,
    limits: Limits | None = None,
    rhythm: Rhythm | None = None,
    connection_limits: ConnectionLimits | None = None,
    allowed_origins: Callable[[str, str], bool] = lambda host, origin: origin.endswith("//" + host),
    certificate: tuple[str, str] | None = None,
    port: int = 0,
) -> AsyncIterator[Hall]:
    """Serve a hub with uvicorn in this event loop. `certificate`: paths of certificate and key."""
    gate = gate or MemoryGate()
    hub = Hub(gate, push_frames, limits)
    door = websocket_protocol(hub, allowed_origins=allowed_origins, rhythm=rhythm, limits=connection_limits)
    config = uvicorn.Config(
        echo_app,
        host="127.0.0.1",
        port=port,
        ws=door,
        lifespan="off",
        log_config=None,
        ssl_certfile=certificate and certificate[0],
        ssl_keyfile=certificate and certificate[1],
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # not `serve`, which takes the process's signals
    await until(lambda: server.started or serving.done())
    if serving.done():
        await serving
    tls = ssl.create_default_context(cafile=certificate[0]) if certificate else None
    try:
        yield Hall(gate, hub, server.servers[0].sockets[0].getsockname()[1], tls)
    finally:
        hub.shutdown()
        server.should_exit = True
        await serving
