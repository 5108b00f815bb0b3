"""The media server as a whole: one UDP port, one HTTP listener, all rooms."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import structlog
import uvicorn
from livekit.protocol import egress, webhook
from starlette.applications import Starlette
from websockets import http11

from livehall.media.api.app import application
from livehall.media.dtls.certificate import Identity
from livehall.media.egress.service import EgressService
from livehall.media.ingress.encoders import Encoders
from livehall.media.net.addresses import Doors, candidate_addresses, open_doors
from livehall.media.net.registry import Registry
from livehall.media.net.turn import TurnServers
from livehall.media.rooms.connection import MediaCore
from livehall.media.rooms.notifier import Notifier
from livehall.media.rooms.rooms import Rooms
from livehall.media.rooms.tokens import Keys
from livehall.media.settings import MediaSettings

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

    def __init__(self, settings: MediaSettings) -> None:
        settings.check()
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
        """Raises: OSError when a port is taken."""
        settings = self._settings
        self._doors = await open_doors(settings, Registry())
        try:
            self._listener = _listen(settings.host, settings.port)
        except OSError:
            self._doors.registry.close()
            raise
        self.udp_port, self.tcp_port = self._doors.udp_port, self._doors.tcp_port
        self.http_port = int(self._listener.getsockname()[1])
        turn = TurnServers(settings.turn_urls, settings.turn_secret, settings.turn_lifetime_s)
        core = MediaCore(self._doors.registry, Identity(), self._doors.candidates, turn)
        self.rooms = Rooms(
            core,
            self.notifier,
            self._keys,
            empty_timeout_s=settings.empty_timeout_s,
            departure_timeout_s=settings.departure_timeout_s,
        )
        self._egress = EgressService(self.rooms.find, self._egress_news, settings.output_dir)
        address = candidate_addresses(settings)[0]
        self._encoders = Encoders(settings, self.rooms, self.notifier.notify)
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


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


async def run(settings: MediaSettings, *, ready: Callable[[], None] | None = None) -> None:
    """Serve until cancelled or told to end by SIGTERM or SIGINT; clients are told before it ends."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        async with MediaServer(settings):
            if ready is not None:
                ready()
            await ended.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
