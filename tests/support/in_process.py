"""The whole api process inside the test's own, with a real media server beside it.

Strict: a fault that a route did not announce is an error, and so is a publication that the catalogue of
events does not hold. Rates are off unless a test asks for them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from livehall.core.people import ops
from livehall.core.people.model import Person
from livehall.core.ports.realtime import Publication
from livehall.dialects.live.realtime.catalogue import Undocumented, check
from livehall.kernel.actor import SYSTEM, Role
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from livehall.server.app import App
from livehall.server.secrets import Secrets, load_secrets
from livehall.server.settings import Http, Media, Settings, Storage, Store, Webhooks
from tests.support.people import claims_of
from tests.support.processes import free_port


class Hall:
    """A running app, and clients of it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._clients: list[httpx.AsyncClient] = []
        self.undocumented: list[str] = []
        self._publish = app.house.hub.publish
        app.house.hub.publish = self._checked

    def _checked(self, channel: str, publication: Publication) -> None:
        try:
            check(channel, publication.data)
        except Undocumented as error:
            self.undocumented.append(str(error))
        self._publish(channel, publication)

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app.asgi),
            base_url="http://hall.test/api/v1",
            headers=headers,
        )
        self._clients.append(client)
        return client

    async def person(
        self,
        email: str = "ada@example.org",
        role: Role = "host",
        organization: str = "Livehall",
        password: str | None = None,
    ) -> Person:
        kept = await self.app.house.passwords.hash(password) if password else None
        async with self.app.house.desk.work(SYSTEM) as work:
            where = await ops.default_organization(work, organization)
            return await ops.add_member(work, where, email, role, kept)

    def token(self, person: Person) -> str:
        desk = self.app.house.desk
        until = desk.clock().replace(year=desk.clock().year + 1)
        return self.app.house.tokens.issue(claims_of(person, until))

    async def signed_in(
        self, email: str = "ada@example.org", role: Role = "host", organization: str = "Livehall"
    ) -> httpx.AsyncClient:
        return self.client(self.token(await self.person(email, role, organization)))

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()
        await self.app.stop()
        assert self.undocumented == []


@asynccontextmanager
async def started(app: App) -> AsyncIterator[Hall]:
    """An app at work, for the length of a block."""
    await app.start()
    running = Hall(app)
    yield running
    await running.close()


@pytest.fixture
def hall_secrets(tmp_path: Path) -> Secrets:
    return load_secrets(tmp_path / "data")


@pytest.fixture
async def media_server(tmp_path: Path, hall_secrets: Secrets) -> AsyncIterator[MediaServer]:
    settings = MediaSettings(
        port=0,
        udp_host="127.0.0.1",
        udp_port=0,
        rtmp_port=free_port(),
        keys={hall_secrets.media_api_key: hall_secrets.media_api_secret},
        output_dir=tmp_path / "data" / "recordings",
    )
    server = MediaServer(settings)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def hall_storage() -> Storage:
    """Where the hall keeps recordings; a test module may say otherwise."""
    return Storage()


@pytest.fixture
def hall_hls() -> Literal["always", "demand"]:
    """When HLS begins: most tests need none, and no recorder beside them."""
    return "demand"


@pytest.fixture
def hall_public_url() -> str:
    """The origin that the settings name; none: the request's own."""
    return ""


@pytest.fixture
def hall_turn() -> dict[str, Any]:
    """Settings of TURN servers: none, where a test module does not say otherwise."""
    return {}


@pytest.fixture
async def hall(
    tmp_path: Path,
    database_url: str,
    hall_secrets: Secrets,
    media_server: MediaServer,
    hall_storage: Storage,
    hall_hls: Literal["always", "demand"],
    hall_turn: dict[str, Any],
    hall_public_url: str,
) -> AsyncIterator[Hall]:
    settings = Settings(
        http=Http(port=8000, public_url=hall_public_url),
        store=Store(data=str(tmp_path / "data"), database_url=database_url),
        storage=hall_storage,
        media=Media(port=media_server.http_port, hls=hall_hls, private_targets=True, **hall_turn),
        webhooks=Webhooks(private_targets=True),
    )
    async with started(App(settings, hall_secrets, strict=True, rates_by=None)) as running:
        yield running


@pytest.fixture
async def limited(hall: Hall, hall_secrets: Secrets) -> AsyncIterator[Hall]:
    """A second app on the same database, with rates as they are outside of tests; their clock stands."""
    app = App(hall.app.house.settings, hall_secrets, strict=True, rates_by=lambda: 0.0)
    async with started(app) as running:
        yield running
