"""The api process: one uvicorn for people, one on loopback for the operator, one event loop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from ssl import SSLContext

import uvicorn
from starlette.types import ASGIApp

from livehall.server import metrics
from livehall.server.app import App, build
from livehall.server.garbage import Garbage
from livehall.server.health import internal_app
from livehall.server.logging import RequestLog
from livehall.server.pages import SecurityHeaders
from livehall.server.passthrough import FRAME_LIMIT, MediaPassthrough
from livehall.server.process import exclusive
from livehall.server.secrets import Secrets
from livehall.server.settings import Settings
from livehall.server.storage import origin_of
from livehall.server.tls import Certificate

GRACE_SECONDS = 3  # open requests may finish; below the supervisor's END_SECONDS
# A connection without a request stays so long: longer than proxies (nginx: 60 s) and clients keep theirs, so
# that it is not ended here while a request is on its way.
IDLE_S = 75
SECOND_API = (
    "Another api process already uses the database in {data}. SQLite allows one; "
    "set LIVEHALL_DATABASE_URL to a PostgreSQL database for several."
)


def run(settings: Settings, secrets: Secrets, public: socket.socket, internal: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises: StartError when another process has the database.
    """
    lock = (
        exclusive(settings.data / "api.lock", SECOND_API.format(data=settings.data))
        if settings.is_sqlite
        else contextlib.nullcontext()
    )
    with lock:
        app = build(settings, secrets)
        certificate = _certificate(settings)
        hub = app.house.hub
        metrics.follow_bus(lambda: app.house.bus.leads)
        metrics.follow_hub(lambda: hub.connections, lambda: hub.channels)
        outermost = edge(app.asgi, settings, lambda: people.should_exit)
        people = _server(outermost, settings, app, certificate.context if certificate else None)
        operator = _Server(
            uvicorn.Config(
                internal_app(app.readiness, reports_to=outermost),
                log_config=None,
                access_log=False,
                lifespan="off",
            )
        )
        with asyncio.Runner(loop_factory=people.config.get_loop_factory()) as runner:
            runner.run(_serve(people, public, operator, internal, certificate))


def edge(asgi: ASGIApp, settings: Settings, is_ending: Callable[[], bool]) -> ASGIApp:
    """What every request meets before the app: its id, the browser's rules, the way to the media server."""
    if settings.has_embedded_media:
        asgi = MediaPassthrough(asgi, settings.media_api_url, is_ending=is_ending)
    asgi = SecurityHeaders(
        asgi,
        public_url=settings.public_url,
        media_url=settings.client_media_url,
        files_url=origin_of(settings),
    )
    return RequestLog(asgi)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: two servers share this process, and one hand stops both."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()
        self.before_shutdown: Callable[[], Awaitable[None]] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.before_shutdown is not None:
            await self.before_shutdown()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(asgi: ASGIApp, settings: Settings, app: App, context: SSLContext | None) -> _Server:
    return _Server(
        uvicorn.Config(
            asgi,
            loop="uvloop",
            http="httptools",
            ws=app.websocket_class,
            ws_max_size=FRAME_LIMIT,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=IDLE_S,
            proxy_headers=bool(settings.http.trusted_proxies),
            forwarded_allow_ips=list(settings.http.trusted_proxies),
            timeout_graceful_shutdown=GRACE_SECONDS,
            ssl_context_factory=(lambda _config, _default: context) if context else None,
        )
    )


def _certificate(settings: Settings) -> Certificate | None:
    if not settings.http.tls_cert:
        return None
    return Certificate(Path(settings.http.tls_cert).expanduser(), Path(settings.http.tls_key).expanduser())


async def _serve(
    people: _Server,
    public: socket.socket,
    operator: _Server,
    internal: socket.socket,
    certificate: Certificate | None,
) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, people)
    watching = loop.create_task(certificate.watch()) if certificate else None
    telling = loop.create_task(_serve_operator(people, operator, internal))

    async def hush() -> None:
        """The loopback listener ends before the app does: its reports need the database."""
        operator.should_exit = True
        if not people.is_up.is_set():
            telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

    people.before_shutdown = hush
    try:
        await people.serve(sockets=[public])
    finally:
        await hush()
        if watching:
            watching.cancel()


def _stop(server: _Server) -> None:
    server.force_exit = server.should_exit  # asked twice: now
    server.should_exit = True


async def _serve_operator(people: _Server, operator: _Server, internal: socket.socket) -> None:
    """The loopback listener answers from the moment on when the app is up."""
    await people.is_up.wait()
    with Garbage():
        await operator.serve(sockets=[internal])
