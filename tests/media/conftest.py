"""A media server in this process, with a receiver of its webhooks and light clients."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web
from livekit import api

from livehall.media.client.publisher import LightPublisher
from livehall.media.client.receiver import LightClient
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from tests.support.needs import need
from tests.support.processes import free_port

KEY, SECRET = "devkey", "devsecret-devsecret-devsecret-32b"
DEADLINE_S = 15.0


class Hooks:
    """Takes webhooks and checks nothing; `events` are the bodies in the order of arrival."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.raw: list[tuple[str, bytes]] = []  # Authorization, body
        self.refuse = 0  # so many posts are answered `refusal`
        self.refusal = 503
        self.refused = 0
        self.url = ""
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/hook"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.refuse > 0:
            self.refuse -= 1
            self.refused += 1
            return web.Response(status=self.refusal)
        self.raw.append((request.headers["Authorization"], body))
        self.events.append(await request.json())
        self._news.set()
        return web.Response()

    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    async def until(self, *names: str) -> None:
        """Until these events have come, in whatever order."""
        async with asyncio.timeout(DEADLINE_S):
            while any(self.names().count(name) < names.count(name) for name in names):
                self._news.clear()
                await self._news.wait()


class Stage:
    """A server and what tests do with it."""

    def __init__(self, server: MediaServer, stack: AsyncExitStack, hooks: Hooks) -> None:
        self.server = server
        self.hooks = hooks
        self._stack = stack
        self.url = f"ws://127.0.0.1:{server.http_port}"
        self.http_url = f"http://127.0.0.1:{server.http_port}"

    def token(self, identity: str, room: str = "hall", **grants: object) -> str:
        grant = api.VideoGrants(room_join=True, room=room, **grants)
        return api.AccessToken(KEY, SECRET).with_identity(identity).with_grants(grant).to_jwt()

    async def viewer(
        self, identity: str = "bob", room: str = "hall", *, opens_channels: bool = True, **grants: object
    ) -> LightClient:
        client = LightClient(self.url, self.token(identity, room, **grants), sample_every=1)
        self._stack.push_async_callback(client.vanish)
        await client.connect(DEADLINE_S, opens_channels=opens_channels)
        return client

    async def publisher(
        self, identity: str = "alice", room: str = "hall", **grants: object
    ) -> LightPublisher:
        client = LightPublisher(self.url, self.token(identity, room, **grants))
        self._stack.push_async_callback(client.vanish)
        await client.connect(DEADLINE_S)
        return client

    async def api(self) -> api.LiveKitAPI:
        client = api.LiveKitAPI(self.http_url, KEY, SECRET)
        self._stack.push_async_callback(client.aclose)
        return client


@pytest.fixture
async def hooks() -> AsyncIterator[Hooks]:
    receiver = Hooks()
    await receiver.start()
    yield receiver
    await receiver.stop()


def settings(hooks: Hooks, output_dir: Path, **changes: object) -> MediaSettings:
    return MediaSettings(
        **{
            "port": 0,
            "udp_host": "127.0.0.1",
            "udp_port": 0,
            "tcp_port": free_port(),
            "keys": {KEY: SECRET},
            "webhook_urls": (hooks.url,),
            "departure_timeout_s": 1,
            "output_dir": output_dir,
            **changes,
        }
    )


@pytest.fixture
def way(request: pytest.FixtureRequest) -> str:
    """How packets are forwarded: LIVEHALL_MEDIA_NATIVE."""
    chosen: str = getattr(request, "param", "auto")
    if chosen == "on":
        need("native")
    return chosen


both_ways = pytest.mark.parametrize("way", ["off", "on"], indirect=True, ids=["interpreter", "native"])


@pytest.fixture
async def stage(hooks: Hooks, tmp_path: Path, way: str) -> AsyncIterator[Stage]:
    async with MediaServer(settings(hooks, tmp_path, native=way)) as server, AsyncExitStack() as stack:
        yield Stage(server, stack, hooks)


async def eventually(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """For what no event announces: looks every 10 ms."""
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
