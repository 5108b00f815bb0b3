"""`python -m bench.api.serving ours|bare FOLDER`: one server process, which prints its port.

`ours` is the api process's app without rates, with its realtime door. `bare` is Starlette with a handler for
each operation, which runs its statements on the raw driver and answers with bytes of the same length.
"""

import asyncio
import pickle
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.api.recording import Fresh, Script
from livehall.kernel.db.postgres import prepare
from livehall.kernel.db.sqlite import CACHE_KIB
from livehall.server.app import App
from livehall.server.garbage import Garbage
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

SCENES = "scenes.pickle"
BACKLOG = 4096
IDLE_S = 600  # no connection of a generator is closed while it waits
Run = Callable[[Script], Awaitable[None]]


class Scene(msgspec.Struct, frozen=True):
    """One operation as it is measured: the request, what it runs for each caller (by their token), and how
    long its answer is.
    """

    name: str
    method: str
    path: str
    body: bytes
    scripts: dict[str, Script]
    answer_bytes: int


class Scenes(msgspec.Struct, frozen=True):
    """What both servers are told."""

    environ: dict[str, str]
    database_url: str
    scenes: list[Scene]


def ours(told: Scenes) -> App:
    settings = load_settings(told.environ)
    return App(settings, load_secrets(Path(told.environ["LIVEHALL_DATA"])), rates_by=None)


def bare(told: Scenes) -> Starlette:
    runner: list[Run] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        opened = _sqlite if told.database_url.startswith("sqlite:") else _postgres
        async with opened(told.database_url) as run:
            runner.append(run)
            yield

    def route(scene: Scene) -> Route:
        answer = b"x" * scene.answer_bytes

        async def handle(request: Request) -> Response:
            await request.body()
            await runner[0](scene.scripts[request.headers["authorization"].removeprefix("Bearer ")])
            return Response(answer, media_type="application/json")

        return Route(scene.path.partition("?")[0], handle, methods=[scene.method])

    return Starlette(routes=[route(scene) for scene in told.scenes], lifespan=lifespan)


def _bound(values: list[Any], made: dict[int, str]) -> list[Any]:
    return [
        made.setdefault(value.number, value.make()) if isinstance(value, Fresh) else value for value in values
    ]


@asynccontextmanager
async def _sqlite(url: str) -> AsyncIterator[Run]:
    raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, cached_statements=512)
    cache = f"cache_size = -{CACHE_KIB}"
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", cache):
        raw.execute(f"PRAGMA {pragma}")

    async def run(script: Script) -> None:
        made: dict[int, str] = {}
        for unit in script:
            if unit.writes:
                raw.execute("BEGIN IMMEDIATE")
            for sql, values in unit.statements:
                raw.execute(sql, _bound(values, made)).fetchall()
            if unit.writes:
                raw.execute("COMMIT")

    try:
        yield run
    finally:
        raw.close()


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[Run]:
    async with asyncpg.create_pool(url, init=prepare, min_size=4, max_size=10) as pool:

        async def run(script: Script) -> None:
            made: dict[int, str] = {}
            for unit in script:
                async with pool.acquire() as raw:
                    if not unit.writes:
                        for sql, values in unit.statements:
                            await raw.fetch(sql, *_bound(values, made))
                        continue
                    async with raw.transaction():
                        for sql, values in unit.statements:
                            await raw.fetch(sql, *_bound(values, made))

        yield run


def main() -> None:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    told: Scenes = pickle.loads((folder / SCENES).read_bytes())
    served: Any = bare(told)
    door: Any = "none"
    if kind == "ours":
        app = ours(told)
        served, door = app.asgi, app.websocket_class
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)  # before anybody is told: a load generator does not wait
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(
        uvicorn.Config(
            served, loop="uvloop", http="httptools", ws=door, lifespan="on", log_config=None,
            log_level="warning", access_log=False, backlog=BACKLOG, timeout_keep_alive=IDLE_S,
        )
    )  # fmt: skip
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, listener))


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """As the api process does, whose collector of garbage is told what has come to stay."""
    with Garbage():
        await server.serve([listener])


if __name__ == "__main__":
    main()
