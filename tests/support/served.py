"""The api process's app, in a thread of this process behind a real socket, in strict mode and without rates.

There is no media server: what needs one answers 502. Two organizations are there, each with a host, a private
room and a session, for whoever wants to try one's ids with the other's credentials.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from livehall.core.people.model import Person
from livehall.core.ports.tokens import Audience, Claims
from livehall.engines.tokens import JwtTokens
from livehall.kernel.actor import Role
from livehall.server.app import App
from livehall.server.database import desk_of, migrate
from livehall.server.secrets import Secrets, load_secrets
from livehall.server.settings import Settings, load_settings
from tests.support.people import a_person, claims_of
from tests.support.processes import free_port
from tests.support.waiting import wait_until

DEADLINE_S = 30
EVENING = {"title": "An evening", "mode": "webcam"}  # whatever preset has become the default meanwhile
TOKEN_LIFETIME = timedelta(hours=1)


class Host:
    """A host with something of their own."""

    def __init__(self, url: str, token: str) -> None:
        self.http = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=DEADLINE_S
        )
        self.room = self.new_room()
        self.library = str(self.http.get(f"/rooms/{self.room}").json()["data"]["library_id"])
        self.session = self.new_session()

    def new_room(self) -> str:
        """The id of a room that only its own people may see."""
        return str(self._made("/rooms", {"title": "A room", "visibility": "private"})["id"])

    def new_session(self) -> str:
        """The id of a scheduled session in the room."""
        return str(self._made(f"/rooms/{self.room}/sessions", EVENING)["session"]["id"])

    def _made(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]


class Served:
    """A running app: `url`, and tokens for its people."""

    def __init__(self, url: str, secrets: Secrets, people: dict[str, Person], database: Path) -> None:
        self.url, self.secrets, self._people = url, secrets, people
        self.database = database  # a file of SQLite, in the folder of its data
        self.ada = Host(url, self.token("ada"))
        self.eve = Host(url, self.token("eve"))  # of another organization

    def token(self, name: str, audience: Audience = "api") -> str:
        """A token of `ada` and `eve`, both hosts, `vera`, a viewer beside ada, or the administrators `ann`
        beside ada and `eva` beside eve.
        """
        return self.sign(self.claims(name, audience=audience))

    def claims(self, name: str, until: datetime | None = None, audience: Audience = "api") -> Claims:
        """What a token of somebody says."""
        return claims_of(self._people[name], until or datetime.now(UTC) + TOKEN_LIFETIME, audience)

    def sign(self, claims: Claims) -> str:
        return JwtTokens(self.secrets.token_key).issue(claims)

    def organization(self, name: str) -> str:
        """The id of somebody's organization."""
        return self._people[name].organization_id

    def close(self) -> None:
        for host in (self.ada, self.eve):
            host.http.close()


@contextmanager
def served(folder: Path, **more: str) -> Iterator[Served]:
    """An app on a fresh SQLite database in `folder`, for the length of a block; `more` are settings."""
    settings = load_settings(
        {
            "LIVEHALL_DATA": str(folder),
            "LIVEHALL_MEDIA_PORT": str(free_port()),
            "LIVEHALL_MEDIA_UDP_PORT": str(free_port(socket.SOCK_DGRAM)),
            "LIVEHALL_MEDIA_RTMP_PORT": "0",
            **more,
        }
    )
    secrets = load_secrets(folder)
    people = asyncio.run(_people(settings))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = App(settings, secrets, strict=True, rates_by=None)
        server = uvicorn.Server(uvicorn.Config(app.asgi, lifespan="on", log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            wait_until(lambda: server.started, within=DEADLINE_S, what="the app serves")
            running = Served(
                f"http://127.0.0.1:{listener.getsockname()[1]}", secrets, people, folder / "livehall.db"
            )
            try:
                yield running
            finally:
                running.close()
        finally:
            server.should_exit = True
            thread.join(DEADLINE_S)


async def _people(settings: Settings) -> dict[str, Person]:
    await migrate(settings)
    wanted: list[tuple[str, Role, str]] = [
        ("ada", "host", "Livehall"),
        ("vera", "viewer", "Livehall"),
        ("eve", "host", "Elsewhere"),
        ("ann", "admin", "Livehall"),
        ("eva", "admin", "Elsewhere"),
    ]
    async with desk_of(settings) as desk:
        return {name: await a_person(desk, f"{name}@example.org", role, at) for name, role, at in wanted}
