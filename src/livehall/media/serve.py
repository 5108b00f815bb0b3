"""The media server as a whole: one UDP port, one HTTP listener, all rooms; or one worker of several."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import structlog
import uvicorn
from livekit.protocol import egress, webhook
from starlette.applications import Starlette
from websockets import http11

from livehall.media.api.app import application
from livehall.media.dtls.certificate import Identity
from livehall.media.egress.service import EgressService
from livehall.media.ingress.encoders import Encoders, rtmp_socket
from livehall.media.net import native
from livehall.media.net.addresses import Doors, candidate_addresses, open_doors
from livehall.media.net.registry import Registry
from livehall.media.net.turn import TurnServers
from livehall.media.rooms.connection import MediaCore
from livehall.media.rooms.notifier import Notifier
from livehall.media.rooms.rooms import Rooms
from livehall.media.rooms.tokens import Keys
from livehall.media.settings import MediaSettings
from livehall.media.workers.front import Front
from livehall.media.workers.place import ALONE, Place
from livehall.media.workers.pool import COMMAND, Order, decode_order

_LARGEST_SIGNAL = 2 << 20  # bytes of one signalling message
# A join request travels in the request line, and may be longer than the 8 KiB that websockets allows there.
http11.MAX_LINE_LENGTH = 128 * 1024
log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: `run` has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _http_server(app: Starlette) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=_LARGEST_SIGNAL,
            ws_ping_interval=None,
            ws_per_message_deflate=False,  # its windows would cost more memory than all else of a viewer
            h11_max_incomplete_event_size=256 * 1024,  # a join request is in the address line
            http="h11",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )


class MediaServer:
    """`async with` it, or call `start` and `stop`."""

    def __init__(self, settings: MediaSettings, place: Place = ALONE) -> None:
        settings.check()
        self._place = place
        self._settings = settings
        self._doors: Doors | None = None
        self._http: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._listener: socket.socket | None = None
        self._egress: EgressService | None = None
        self._encoders: Encoders | None = None
        keys = Keys(settings.keys)
        self._keys = keys
        self.notifier = Notifier(settings.webhook_urls, keys, settings.secret_for_webhooks()[0])
        self.rooms: Rooms | None = None
        self.http_port = 0
        self.udp_port = self.tcp_port = 0

    @property
    def rtmp_port(self) -> int:
        """Where encoders come in; 0 when they do not."""
        return self._encoders.rtmp_port if self._encoders is not None else 0

    async def start(self) -> None:
        """Raises: OSError when a port is taken; NativeMissing when it is demanded."""
        settings = self._settings
        self._doors = await open_doors(settings, Registry())
        try:
            self._listener = _listen(settings.host, settings.port, self._place)
        except OSError:
            self._doors.registry.close()
            raise
        self.udp_port, self.tcp_port = self._doors.udp_port, self._doors.tcp_port
        self.http_port = int(self._listener.getsockname()[1]) if self._place.is_alone else 0
        turn = TurnServers(settings.turn_urls, settings.turn_secret, settings.turn_lifetime_s)
        core = MediaCore(self._doors.registry, Identity(), self._doors.candidates, turn)
        self.rooms = Rooms(
            core,
            self.notifier,
            self._keys,
            empty_timeout_s=settings.empty_timeout_s,
            departure_timeout_s=settings.departure_timeout_s,
            place=self._place,
        )
        self._egress = EgressService(
            self.rooms.find, self._egress_news, settings.output_dir, self._place,
            part_s=settings.hls_part_ms / 1000,
        )  # fmt: skip
        address = candidate_addresses(settings)[0]
        self._encoders = Encoders(settings, self.rooms, self.notifier.notify, self._place)
        await self._encoders.open(address, f"http://{settings.host}:{self.http_port}/whip")
        self._http = _http_server(application(self.rooms, self._keys, self._egress, self._encoders))
        logging.getLogger("uvicorn.error").addFilter(_is_worth_telling)
        self.rooms.start()
        await self._egress.open()  # what an earlier process left unfinished is finished now
        self._serving = asyncio.create_task(self._http.serve([self._listener]), name="http")
        # uvicorn tells by this flag only
        while not self._http.started and not self._serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        log.info("media server is up", http_port=self.http_port, udp_port=self.udp_port)

    async def stop(self) -> None:
        if self._encoders is not None:
            await self._encoders.close()
        if self._egress is not None:
            await self._egress.close()
        if self.rooms is not None:
            await self.rooms.close()
        if self._http is not None and self._serving is not None:
            self._http.should_exit = True
            await self._serving
        await self.notifier.close()
        if self._doors is not None:
            self._doors.registry.close()
        if self._listener is not None:
            self._listener.close()

    async def __aenter__(self) -> "MediaServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _egress_news(self, event: str, info: egress.EgressInfo) -> None:
        self.notifier.notify(webhook.WebhookEvent(event=event, egress_info=info))


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """uvicorn takes a refused upgrade, which was answered properly, for an error of ours."""
    return "without completing handshake" not in record.getMessage()


def _listen(host: str, port: int, place: Place = ALONE) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    protocol = socket.IPPROTO_TCP  # said, since asyncio sends without delay (TCP_NODELAY) only then
    address: str | tuple[str, int] = (host, port)
    if not place.is_alone:
        family, protocol, address = socket.AF_UNIX, 0, str(place.http)
    listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


async def run(
    settings: MediaSettings,
    *,
    ready: Callable[[], None] | None = None,
    worker_command: Sequence[str] = COMMAND,
) -> None:
    """Serve until cancelled or told to end by SIGTERM or SIGINT; clients are told before it ends.

    With several workers this process is their front; each is started by `worker_command`.
    """
    async with _until_told() as ended:
        if settings.workers == 1:
            async with MediaServer(settings):
                if ready is not None:
                    ready()
                await ended.wait()
            return
        native.datagrams(settings.native)  # refuses what is demanded and missing before any worker is started
        front = Front(settings, worker_command)
        await front.start(_listen(settings.host, settings.port), rtmp_socket(settings))
        try:
            if ready is not None:
                ready()
            await ended.wait()
        finally:
            await front.stop()


async def run_worker(order: Order) -> None:
    """Serve as one of several, until told to end or the front is gone."""
    async with _until_told() as ended:
        loop = asyncio.get_running_loop()
        front = sys.stdin.fileno()

        def heard() -> None:
            if not os.read(front, 1):
                ended.set()

        loop.add_reader(front, heard)
        try:
            async with MediaServer(order.settings, order.place):
                await ended.wait()
        finally:
            loop.remove_reader(front)


def read_order() -> Order:
    """From standard input, which goes on: its end says that the front is gone."""
    return decode_order(sys.stdin.buffer.readline())


@contextlib.asynccontextmanager
async def _until_told() -> AsyncIterator[asyncio.Event]:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        yield ended
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
