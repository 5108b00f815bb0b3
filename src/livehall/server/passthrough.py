"""Signalling of the embedded media server, passed through the one port that people reach.

What passes: `/rtc` and `/rtc/…` (GET and WebSocket), `/whip`, `/whep`, `/whip/…` and `/whep/…`. Nothing else,
and never the server API under `/twirp`: paths with dot segments, empty segments or escaped slashes are
refused before they could mean another path on the other side.

A frame is read from one side only when the other side has taken the one before, so a slow peer slows its
sender and costs no memory. Close codes travel; a side that vanished is told as 1001 or 1014 (RFC 6455 §7.4.1
and its registry), since 1005, 1006 and 1015 may not be sent.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import aiohttp
import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol
from yarl import URL

from livehall.server import metrics

CONNECT_SECONDS = 5.0
RESTART_SECONDS = 4.0  # a media server that is being started again: who comes meanwhile waits at the door
KNOCK_SECONDS = 0.1  # between two tries
CLOSE_SECONDS = 0.5  # the far side is on loopback; one that does not answer a close by then is cut off
HTTP_SECONDS = 15.0
FRAME_LIMIT = 2_097_152  # bytes, as in the media server; an offer with a hundred tracks is a sixth of it
BODY_LIMIT = 262_144  # bytes; one SDP
GOING_AWAY = 1001
BAD_GATEWAY = 1014
_UNSENDABLE = {1005, 1006, 1015}  # RFC 6455 §7.4.1: reserved, never in a close frame
_READING = {"GET", "HEAD", "OPTIONS"}
_WRITING = _READING | {"POST", "PATCH", "DELETE"}  # WHIP, RFC 9725 §4
_NOT_FORWARDED = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "host", "content-length", "forwarded", "x-forwarded-for", "cookie",
}  # fmt: skip
# The length stays: ffmpeg's WHIP cannot read an answer in chunks.
_NOT_ANSWERED = (_NOT_FORWARDED - {"content-length"}) | {"set-cookie", "date", "server"}
_WS_FORWARDED = {"authorization", "user-agent", "origin", "x-request-id"}

AWAY = "The media server is not there right now. It is being started again; try once more in a moment.\n"
FULL = "This server carries as many media connections as it may. Try again later.\n"

T = TypeVar("T")

log = structlog.get_logger("livehall.passthrough")


def passes(path: str) -> bool:
    """The path, decoded, is one of the media server's that people may reach."""
    return path in ("/rtc", "/whip", "/whep") or path.startswith(("/rtc/", "/whip/", "/whep/"))


class MediaPassthrough:
    """An ASGI app that takes the media server's paths and hands all others to `app`."""

    def __init__(
        self,
        app: ASGIApp,
        media_url: str,
        *,
        connection_limit: int = 10_000,
        is_ending: Callable[[], bool] = lambda: False,
    ) -> None:
        """`media_url`: http://host:port of the embedded media server. `is_ending`: this process ends, and the
        media server has ended before it: nobody waits for that one any more.
        """
        self._app = app
        self._base = media_url.rstrip("/")
        self._connection_limit = connection_limit
        self._is_ending = is_ending
        self._connections = 0
        self._http: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                if self._http is not None:
                    await self._http.close()
        elif not passes(scope["path"]):
            await self._app(scope, receive, send)
        elif (target := self._target(scope)) is None:
            await _refuse(scope, receive, send, 404, "There is nothing here.\n")
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send, target)
        else:
            await self._request(scope, receive, send, target)

    def _target(self, scope: Scope) -> URL | None:
        raw = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        segments = scope["path"].split("/")[1:]
        if not passes(raw) or "\\" in scope["path"] or "%2f" in raw.lower():
            return None
        if any(segment in {".", ".."} for segment in segments) or "" in segments[:-1]:
            return None
        query = scope["query_string"].decode("latin-1")
        return URL(f"{self._base}{raw}{'?' if query else ''}{query}", encoded=True)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send, target: URL) -> None:
        if self._connections >= self._connection_limit:
            await _refuse(scope, receive, send, 503, FULL)
            return
        client = WebSocket(scope, receive, send)
        await client.receive()  # websocket.connect
        self._connections += 1
        try:
            async with await self._dial(scope, target) as media:
                try:
                    await client.accept(subprotocol=media.subprotocol)
                except (OSError, WebSocketDisconnect):
                    return  # left while we were connecting
                metrics.MEDIA_CONNECTIONS.labels("open").inc()
                await _relay(client, media)
        except (
            InvalidStatus
        ) as answer:  # the media server's own no: a token that does not hold, a room that is full
            metrics.MEDIA_CONNECTIONS.labels("refused").inc()
            text = (answer.response.body or b"").decode("utf-8", "replace")
            await client.send_denial_response(PlainTextResponse(text, answer.response.status_code))
        except (OSError, TimeoutError, WebSocketException) as error:
            metrics.MEDIA_CONNECTIONS.labels("away").inc()
            log.warning("media server does not answer", error=type(error).__name__)
            if client.application_state is WebSocketState.CONNECTING:
                await client.send_denial_response(PlainTextResponse(AWAY, 502, {"retry-after": "1"}))
        finally:
            self._connections -= 1

    async def _request(self, scope: Scope, receive: Receive, send: Send, target: URL) -> None:
        request = Request(scope, receive)
        if request.method not in (_READING if scope["path"].startswith("/rtc") else _WRITING):
            await PlainTextResponse("This method is not for this address.\n", 405)(scope, receive, send)
            return
        try:
            body = await _body(request)
        except ClientDisconnect:
            return
        if body is None:
            await PlainTextResponse("This is more than one session description.\n", 413)(scope, receive, send)
            return
        try:
            response = await self._ask(request, target, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("media server does not answer", error=type(error).__name__)
            response = PlainTextResponse(AWAY, 502, {"retry-after": "1"})
        await response(scope, receive, send)

    async def _ask(self, request: Request, target: URL, body: bytes) -> Response:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=HTTP_SECONDS, connect=CONNECT_SECONDS),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        http, headers = self._http, _http_headers(request)
        answer = await self._at_the_door(
            lambda: http.request(
                request.method, target, data=body or None, headers=headers, allow_redirects=False
            )
        )

        async def content() -> AsyncIterator[bytes]:
            async with answer:
                async for chunk in answer.content.iter_chunked(65_536):
                    yield chunk

        response = StreamingResponse(content(), answer.status)
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.raw_headers
            if name.decode("latin-1").lower() not in _NOT_ANSWERED
        ]
        return response

    async def _at_the_door(self, knock: Callable[[], Awaitable[T]]) -> T:
        """What `knock` gives; while nobody listens, again and again for as long as a restart takes."""
        deadline = asyncio.get_running_loop().time() + RESTART_SECONDS
        while True:
            try:
                return await knock()
            except (ConnectionRefusedError, aiohttp.ClientConnectorError):
                if self._is_ending() or asyncio.get_running_loop().time() >= deadline:
                    raise
            await asyncio.sleep(KNOCK_SECONDS)

    async def _dial(self, scope: Scope, target: URL) -> ClientConnection:
        return await self._at_the_door(
            lambda: connect(
                str(target.with_scheme("ws")),
                additional_headers=_websocket_headers(scope),
                subprotocols=[Subprotocol(name) for name in scope["subprotocols"]] or None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,  # the server pings people; this leg is loopback
                max_size=FRAME_LIMIT,
                max_queue=4,
                compression=None,
                proxy=None,
            )
        )


async def _relay(client: WebSocket, media: ClientConnection) -> None:
    """Carry frames both ways until one side ends, then tell the other why."""
    upward = asyncio.create_task(_to_media(client, media))
    downward = asyncio.create_task(_to_client(client, media))
    await asyncio.wait({upward, downward}, return_when=asyncio.FIRST_COMPLETED)
    for task in (upward, downward):
        task.cancel()
    for outcome in await asyncio.gather(upward, downward, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


async def _to_media(client: WebSocket, media: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):  # the other direction tells the client
        while True:
            message = await client.receive()
            if message["type"] == "websocket.disconnect":
                code = int(message.get("code") or GOING_AWAY)
                await media.close(GOING_AWAY if code in _UNSENDABLE else code, message.get("reason") or "")
                return
            data = message.get("bytes")
            await media.send(data if data is not None else message["text"])


async def _to_client(client: WebSocket, media: ClientConnection) -> None:
    with contextlib.suppress(
        WebSocketDisconnect, RuntimeError
    ):  # gone while we wrote: the other direction knows
        try:
            while True:
                frame = await media.recv()
                if isinstance(frame, str):
                    await client.send_text(frame)
                else:
                    await client.send_bytes(frame)
        except ConnectionClosed as closed:
            said = closed.rcvd
            code, reason = (said.code, said.reason) if said else (BAD_GATEWAY, "media server went away")
            await client.close(1000 if code in _UNSENDABLE else code, reason)


async def _body(request: Request) -> bytes | None:
    """The whole body, or None when it is over the limit."""
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            return None
        parts.append(chunk)
    return b"".join(parts)


def _websocket_headers(scope: Scope) -> list[tuple[str, str]]:
    headers = [(name, value) for name, value in Headers(scope=scope).items() if name in _WS_FORWARDED]
    return [*headers, *_forwarded(scope)]


def _http_headers(request: Request) -> list[tuple[str, str]]:
    headers = [(name, value) for name, value in request.headers.items() if name not in _NOT_FORWARDED]
    return [*headers, *_forwarded(request.scope)]


def _forwarded(scope: Scope) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", scope["client"][0])] if scope.get("client") else []


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        client = WebSocket(scope, receive, send)
        await client.receive()
        await client.send_denial_response(PlainTextResponse(text, status))
    else:
        await PlainTextResponse(text, status)(scope, receive, send)
