"""Cheap clients for load generators: HTTP calls over kept connections, and ears of the realtime door.

Both speak just enough of their protocol, so that thousands of them cost little beside the server.
"""

import asyncio
import json
import resource
from collections.abc import Callable
from typing import Any, cast

Heard = Callable[[bytes], None]
"""Called with the payload of each frame that an ear hears."""
TEXT, CLOSE = 1, 8
DEADLINE_S = 60.0


class Refusal(Exception):
    """An answer that is no success; the text says which."""


class Calls:
    """As many calls at a time as there are connections."""

    def __init__(self, port: int, connections: int) -> None:
        self._port, self._connections = port, connections
        self._free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        self._all: list[_Connection] = []

    async def __aenter__(self) -> "Calls":
        loop = asyncio.get_running_loop()
        for _ in range(self._connections):
            _, made = await loop.create_connection(_Connection, "127.0.0.1", self._port)
            self._all.append(made)
            self._free.put_nowait(made)
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._all:
            each.transport.close()

    async def post(self, token: str, path: str, body: bytes = b"") -> bytes:
        """The answer's body. Raises: Refusal."""
        connection = await self._free.get()
        try:
            async with asyncio.timeout(DEADLINE_S):
                status, answer = await connection.ask(post(token, path, body))
        finally:
            self._free.put_nowait(connection)
        if not 200 <= status < 300:
            raise Refusal(f"POST {path}: {status} {answer.decode(errors='replace')}")
        return answer

    async def data(self, token: str, path: str, body: object = None) -> Any:
        """What the Live API answers, without its envelope. Raises: Refusal."""
        answer = await self.post(token, path, b"" if body is None else json.dumps(body).encode())
        return json.loads(answer)["data"] if answer else None


def post(token: str, path: str, body: bytes) -> bytes:
    return (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class _Connection(asyncio.Protocol):
    """Answers are read by their length, as our server gives it."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._answer = asyncio.get_running_loop().create_future()
        self._received.clear()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None or self._answer.done():
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(body) >= length:
            self._answer.set_result((int(head[9:12]), bytes(body)))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Refusal(f"the server closed the connection: {exc}"))


class Ear(asyncio.Protocol):
    """One realtime connection that listens to one channel.

    `joined` is done once it does; afterwards every frame goes to `heard`. `failure` says why it ended, if so.
    """

    def __init__(self, token: str, channel: str, heard: Heard) -> None:
        self._heard = heard
        self._to_say = [{"connect": {"token": token}}, {"subscribe": {"channel": channel}}]
        self._said = 0
        self._received = bytearray()
        self._is_open = False
        self.failure = ""
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(
            b"GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_open:
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head[:16]:
                self._fail(f"the door answered {bytes(head[:64])!r}")
                return
            self._is_open, self._received = True, rest
            self._say_next()
        start = 0
        while (frame := split(self._received, start)) is not None:
            kind, payload, start = frame
            self._take(kind, payload)
        if start:
            del self._received[:start]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self._fail(f"the door closed with {int.from_bytes(payload[:2], 'big')}")
            return
        if payload == b"{}":
            self._send(b"{}")
            return
        if not self.joined.done():
            reply = json.loads(payload.partition(b"\n")[0])
            if "error" in reply:
                self._fail(f"the hub refused: {reply['error']}")
                return
            if reply.get("id") == self._said:
                self._say_next()
        self._heard(payload)

    def _say_next(self) -> None:
        if self._said == len(self._to_say):
            self.joined.set_result(None)
            return
        command = self._to_say[self._said]
        self._said += 1
        self._send(json.dumps({"id": self._said, **command}).encode())

    def _send(self, payload: bytes) -> None:
        """Masked with zeros, which changes nothing."""
        length = len(payload)
        size = bytes([128 | length]) if length < 126 else bytes([254, *length.to_bytes(2, "big")])
        self._transport.write(bytes([128 | TEXT]) + size + bytes(4) + payload)

    def _fail(self, why: str) -> None:
        self.failure = self.failure or why
        if not self.joined.done():
            self.joined.set_exception(Refusal(why))
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection ended: {exc}")

    def close(self) -> None:
        self._heard = lambda _: None
        self._transport.abort()


async def listen(port: int, token: str, channel: str, heard: Heard) -> Ear:
    """An ear that is in. Raises: Refusal."""
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_connection(lambda: Ear(token, channel, heard), "127.0.0.1", port)
    async with asyncio.timeout(DEADLINE_S):
        await ear.joined
    return ear


def split(data: bytearray, start: int) -> tuple[int, bytes, int] | None:
    """The frame that begins at `start`: kind, payload, where the next one begins; None if not whole."""
    if len(data) < start + 2:
        return None
    length, head = data[start + 1] & 127, start + 2
    if length >= 126:
        size = 2 if length == 126 else 8
        length = int.from_bytes(data[head : head + size], "big")
        head += size
    end = head + length
    if len(data) < end:
        return None
    return data[start] & 15, bytes(data[head:end]), end


def p99(took: list[float]) -> float:
    """Of seconds, in ms."""
    return round(1000 * sorted(took)[len(took) * 99 // 100], 2)


def room_for(files: int) -> None:
    """As many open files as the machine allows. Raises: SystemExit, when those are too few."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < files:
        raise SystemExit(f"{files} files open at once are needed, {hard} are allowed (ulimit -n)")
