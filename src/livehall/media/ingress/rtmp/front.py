"""The TCP port that encoders push to. What a stranger sends is read by this package alone, and only as much
as is needed to find the stream key; codecs see what comes after a good one."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from livekit.protocol import ingress as proto

from livehall.media.ingress import flv
from livehall.media.ingress.faults import KeyRefused, TooManyTries
from livehall.media.ingress.push import Push
from livehall.media.ingress.rtmp import chunks
from livehall.media.ingress.rtmp.chunks import ChunkReader, RtmpInvalid
from livehall.media.ingress.rtmp.handshake import shake_hands
from livehall.media.ingress.rtmp.publishing import WINDOW_BYTES, Dialogue, Publish, Unpublish
from livehall.media.ingress.service import IngressService

HANDSHAKE_S = 5.0
PUBLISH_S = 10.0  # from the handshake to the stream key
SILENCE_S = 20.0  # without a byte an encoder has vanished
MOST_STRANGERS = 64  # connections without a good key, in all
MOST_FROM_ONE = 8  # and from one address
MOST_HEARD = 256 << 10  # bytes until the stream key
_READ = 1 << 16
_MEDIA = (chunks.AUDIO, chunks.VIDEO, chunks.DATA)
_SILENT = (asyncio.IncompleteReadError, TimeoutError, OSError)
log = structlog.get_logger(__name__)

MakePush = Callable[[proto.IngressInfo], Push]


class RtmpListener:
    """A port, up to the moment when an encoder has named its stream key; then it is `receive`'s, which ends
    when the connection is to be closed."""

    def __init__(
        self,
        receive: Callable[["Talk", str, str], Awaitable[None]],
        is_shut: Callable[[str], bool] = lambda address: False,
    ) -> None:
        """`receive` gets the key and the encoder's address; `is_shut` knows whom not to listen to."""
        self._receive = receive
        self._is_shut = is_shut
        self._server: asyncio.Server | None = None
        self._is_relayed = False
        self._strangers: Counter[str] = Counter()
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket, *, is_relayed: bool = False) -> None:
        """Serve on a socket that listens; it is closed by `close`. `is_relayed`: connections come from our
        own front, which says the encoder's address in a first line."""
        self._is_relayed = is_relayed
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=_READ)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        address = str((writer.get_extra_info("peername") or ("unknown",))[0])
        try:
            if self._is_relayed:
                address = (await reader.readline()).decode("ascii").strip()
            await self._serve(reader, writer, address)
        except RtmpInvalid as fault:
            log.info("an RTMP connection was closed", address=address, fault=str(fault))
        except _SILENT:
            pass  # it vanished, or said nothing in time
        except asyncio.CancelledError:
            pass  # the server ends
        except Exception:  # the loop's edge: one connection must not take the port with it
            log.exception("an RTMP connection failed", address=address)
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), 1.0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        talk = Talk(reader, writer)
        async with self._as_stranger(address) as is_let_in:
            if not is_let_in:
                return
            async with asyncio.timeout(HANDSHAKE_S):
                await talk.shake_hands()
            async with asyncio.timeout(PUBLISH_S):
                key = await talk.until_publish()
        if key is not None:
            await self._receive(talk, key, address)

    @asynccontextmanager
    async def _as_stranger(self, address: str) -> AsyncIterator[bool]:
        """Counted while the block runs; False when there are too many, or the address guesses keys."""
        is_full = self._strangers.total() >= MOST_STRANGERS or self._strangers[address] >= MOST_FROM_ONE
        if is_full or self._is_shut(address):
            yield False
            return
        self._strangers[address] += 1
        try:
            yield True
        finally:
            self._strangers[address] -= 1
            if not self._strangers[address]:
                del self._strangers[address]


class RtmpFront:
    """Pushes of those whose key is good."""

    def __init__(self, service: IngressService, make_push: MakePush) -> None:
        self._service = service
        self._make_push = make_push
        self._listener = RtmpListener(self._receive, service.is_shut)
        self.port = 0  # 0 where the port is another process's

    async def start(self, listener: socket.socket) -> None:
        """Serve on a socket that listens; it is closed by `close`."""
        is_relayed = listener.family == socket.AF_UNIX
        self.port = 0 if is_relayed else int(listener.getsockname()[1])
        await self._listener.start(listener, is_relayed=is_relayed)

    async def close(self) -> None:
        await self._listener.close()

    async def _receive(self, talk: "Talk", key: str, address: str) -> None:
        try:
            push = self._make_push(self._service.admit(key, proto.RTMP_INPUT, address))
            await push.open()
        except (KeyRefused, TooManyTries):
            talk.dialogue.refuse("NetStream.Publish.BadName", "The stream key is not valid.")
            await talk.send()
            return
        try:
            talk.chunks.trust()
            talk.dialogue.accept()
            await talk.send()
            await self._carry(talk, push)
        finally:
            await push.close()

    async def _carry(self, talk: "Talk", push: Push) -> None:
        """Media into the push until either side has ended."""
        reading = asyncio.create_task(talk.carry(push.write))
        ended = asyncio.create_task(push.is_over.wait())
        try:
            await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                talk.dialogue.refuse("NetStream.Publish.Failed", push.reason)
                async with asyncio.timeout(1.0):
                    await talk.send()
        finally:
            for task in (reading, ended):
                task.cancel()
            outcomes = await asyncio.gather(reading, ended, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


class Talk:
    """One connection after the handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.chunks = ChunkReader()
        self.dialogue = Dialogue()
        self._reader = reader
        self._writer = writer
        self.heard = b""  # all that was read until `publish`
        self.said = 0  # bytes that were answered until then
        self._is_published = False
        self._received = self._acknowledged = 0
        self._waiting: list[chunks.Message] = []  # read together with `publish`

    @property
    def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return self._reader, self._writer

    async def shake_hands(self) -> None:
        """Raises: RtmpInvalid, IncompleteReadError, OSError."""
        self.heard, self.said = await shake_hands(self._reader, self._writer)

    async def send(self) -> None:
        answers = self.dialogue.answers()
        self.said += len(answers)
        self._writer.write(answers)
        await self._writer.drain()

    async def until_publish(self) -> str | None:
        """The stream key; None when the peer has closed. Raises: RtmpInvalid, OSError."""
        while (messages := await self._read()) is not None:
            for number, message in enumerate(messages):
                if message.kind in _MEDIA:
                    continue  # before `publish` there is nothing for it to belong to
                said = self.dialogue.hear(message)
                if isinstance(said, Publish):
                    self._waiting = messages[number + 1 :]
                    self._is_published = True
                    await self.send()
                    return said.key
            await self.send()
        return None

    async def carry(self, write: Callable[[flv.Tag], Awaitable[None]]) -> None:
        """Until the peer closes or unpublishes. Raises: RtmpInvalid, OSError, TimeoutError."""
        messages: list[chunks.Message] | None = self._waiting
        while messages is not None:
            for message in messages:
                if message.kind in _MEDIA:
                    await write(flv.Tag(message.kind, message.timestamp, message.body))
                elif isinstance(self.dialogue.hear(message), Unpublish):
                    return
            await self.send()
            async with asyncio.timeout(SILENCE_S):
                messages = await self._read()

    async def _read(self) -> list[chunks.Message] | None:
        data = await self._reader.read(_READ)
        if not data:
            return None
        if not self._is_published:
            self.heard += data
            if len(self.heard) > MOST_HEARD:
                raise RtmpInvalid("much was said, but no stream key")
        self._received += len(data)
        if self._received - self._acknowledged >= WINDOW_BYTES // 2:
            self._acknowledged = self._received
            self.dialogue.acknowledge(self._received)
        return list(self.chunks.feed(data))
