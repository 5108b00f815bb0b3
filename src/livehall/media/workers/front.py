"""The one address of several workers: HTTP and signalling are handed to the worker of the room, lists are
asked of all, and encoders by RTMP reach the worker of their stream key's room.

Media does not pass here: each worker has a UDP port of its own, which its answers name.
"""

import asyncio
import contextlib
import ipaddress
import json
import socket
import tempfile
from collections.abc import Sequence
from typing import cast

import structlog
from livekit.protocol import egress

from livehall.media.ingress.definitions import KeyBook
from livehall.media.settings import MediaSettings
from livehall.media.workers import exchange
from livehall.media.workers.exchange import Answer, Malformed
from livehall.media.workers.pool import COMMAND, Pool, Streams, WorkerAway, orders
from livehall.media.workers.routing import Asked, Router, Several
from livehall.media.workers.rtmp import RtmpRelay

_BACKLOG = 1024  # connections that wait to be accepted
_HEAD_S = 15.0  # for a request to come whole
_AWAY = "This part of the media server is being started again; try once more in a moment."
log = structlog.get_logger(__name__)


class Front:
    """`start` and `stop`, as of a `MediaServer`."""

    def __init__(self, settings: MediaSettings, command: Sequence[str] = COMMAND) -> None:
        settings.check()
        self._settings = settings
        self._command = command
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: asyncio.Server | None = None
        self._rtmp: RtmpRelay | None = None
        self._open: set[asyncio.Task[None]] = set()
        book = KeyBook(settings.output_dir / ".state")
        self._router = Router(settings.workers, book.room_of)
        self.pool: Pool | None = None
        self.http_port = 0

    async def start(self, listener: socket.socket, rtmp: socket.socket | None) -> None:
        """Serve on sockets that listen; they are closed by `stop`. Raises: OSError."""
        self.http_port = int(listener.getsockname()[1])
        self._folder = tempfile.TemporaryDirectory(prefix="livehall-media-")  # of mode 0700
        self.pool = Pool(orders(self._settings, self._folder.name, self.http_port), self._command)
        try:
            await self.pool.open()
        except OSError:
            self._folder.cleanup()
            raise
        self._server = await asyncio.start_server(
            self._accept, sock=listener, limit=exchange.READ, backlog=_BACKLOG
        )
        if rtmp is not None:
            self._rtmp = RtmpRelay(self.pool, self._router)
            await self._rtmp.start(rtmp)
        log.info("media server is up", http_port=self.http_port, workers=len(self.pool))

    async def stop(self) -> None:
        """Workers say goodbye to their clients first, by the connections that pass here."""
        if self._server is not None:
            self._server.close()
        if self.pool is not None:
            await self.pool.close()
        if self._rtmp is not None:
            await self._rtmp.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        if self._folder is not None:
            self._folder.cleanup()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(cast("asyncio.Task[None]", task))
        try:
            await self._serve((reader, writer))
        except (OSError, TimeoutError):
            pass  # it vanished, or said nothing in time
        except asyncio.CancelledError:
            pass  # the server ends
        except Exception:  # the loop's edge: one connection must not take the port with it
            log.exception("a connection failed")
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, client: Streams) -> None:
        reader, writer = client
        try:
            async with asyncio.timeout(_HEAD_S):
                asked, behind = await exchange.read_request(reader, writer)
        except Malformed as fault:
            writer.write(exchange.response(400, f"{fault}\n".encode(), "text/plain; charset=utf-8"))
            await writer.drain()
            return
        request = exchange.written(asked, _address(asked, writer))
        target = self._router.target(asked)
        try:
            if isinstance(target, int):
                await self._pass(client, target, request + behind)
                return
            writer.write(await self._ask_several(asked, target, request))
        except WorkerAway as away:
            log.warning("a media worker is away", worker=away.args[0])
            writer.write(_unavailable(asked))
        await writer.drain()

    async def _pass(self, client: Streams, number: int, request: bytes) -> None:
        """Raises: WorkerAway, before anything was answered."""
        assert self.pool is not None
        worker = await self.pool.connect(number)
        try:
            worker[1].write(request)
            await exchange.splice(client, worker)
            with contextlib.suppress(OSError):
                await client[1].drain()
        finally:
            worker[1].close()

    async def _ask_several(self, asked: Asked, target: Several, request: bytes) -> bytes:
        """Raises: WorkerAway."""
        assert self.pool is not None
        if target is Several.ALL:
            asking = (
                exchange.ask(self.pool, number, request, again=True) for number in range(len(self.pool))
            )
            return _together(asked, await asyncio.gather(*asking))
        answer = await exchange.ask(self.pool, 0, request)
        for number in range(1, len(self.pool)):
            if answer.status != 404:
                break
            answer = await exchange.ask(self.pool, number, request)
        return answer.raw


def _together(asked: Asked, answers: Sequence[Answer]) -> bytes:
    """One list of several; a refusal is the same from all."""
    refusal = next((answer for answer in answers if answer.status != 200), None)
    if refusal is not None:
        return refusal.raw
    kind = answers[0].content_type
    if kind.startswith("application/json"):
        whole: dict[str, object] = {}
        for answer in answers:
            for name, value in json.loads(answer.body).items():
                before = whole.get(name)
                whole[name] = before + value if isinstance(before, list) else value
        body = json.dumps(whole, separators=(",", ":")).encode()
    else:  # encodings that are joined are a message whose lists are joined
        body = b"".join(answer.body for answer in answers)
        if asked.path.endswith("/ListEgress"):
            listed = egress.ListEgressResponse.FromString(body)
            listed.items.sort(key=lambda info: info.started_at or info.updated_at, reverse=True)
            body = listed.SerializeToString()
    return exchange.response(200, body, kind)


def _unavailable(asked: Asked) -> bytes:
    if asked.path.startswith("/twirp/"):
        body = json.dumps({"code": "unavailable", "msg": _AWAY}).encode()
        return exchange.response(503, body, "application/json")
    return exchange.response(503, f"{_AWAY}\n".encode(), "text/plain; charset=utf-8", [("retry-after", "1")])


def _address(asked: Asked, writer: asyncio.StreamWriter) -> str:
    """Who asks. Only what stands on this machine before us is believed to say so."""
    peer = writer.get_extra_info("peername")
    host = str(peer[0]) if peer else "unknown"
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return asked.headers.get("x-forwarded-for", host)
    return host
