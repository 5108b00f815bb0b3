"""An ASGI app on a real uvicorn on loopback, in the test's own loop."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from livehall.server.process import listen, port_of


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(app: ASGIApp, *, context: ssl.SSLContext | None = None, **config) -> AsyncIterator[int]:
    """The port on which `app` answers for the life of the block."""
    server = _Server(
        uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            http="httptools",
            log_config=None,
            timeout_graceful_shutdown=1,
            ssl_context_factory=(lambda *_: context) if context else None,
            **{"proxy_headers": False, **config},
        )
    )
    sock = listen("127.0.0.1", 0, "PORT")
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        async with asyncio.timeout(15):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        yield port_of(sock)
    finally:
        server.should_exit = True
        await task
        sock.close()
