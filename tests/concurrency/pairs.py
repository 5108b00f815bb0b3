"""Two apps on one PostgreSQL database, as two processes have them, and calls that reach both at once.

Statements are delayed by a few milliseconds here and there, by a seeded hand, so that two calls meet in
other places than they would by themselves.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import httpx

from livehall.kernel.db import Statement
from livehall.kernel.db.postgres import PostgresSession
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from livehall.server.app import App
from livehall.server.secrets import load_secrets
from livehall.server.settings import Http, Media, Settings, Storage, Store
from tests.support.in_process import Hall
from tests.support.processes import free_port

OFTEN = 0.3  # of the statements wait
LONGEST_S = 0.004
Outcome = tuple[int, str]


class Two:
    """The two halls; people are known to both."""

    def __init__(self, here: Hall, there: Hall) -> None:
        self.here, self.there = here, there

    async def person(self, email: str, role: Any = "viewer") -> "Somebody":
        found = await self.here.person(email, role)
        token = self.here.token(found)
        return Somebody(found.id, email.partition("@")[0], self.here.client(token), self.there.client(token))

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """What the database holds now."""
        async with self.here.app.house.database.read() as db:
            found = await db._raw.fetch(sql)  # type: ignore[attr-defined]  # invariants are asked in SQL
        return [dict(row) for row in found]

    async def drained(self) -> None:
        await asyncio.wait_for(self.here.app.house.relay.drained(), 20)


class Somebody:
    """A person with a client of either hall."""

    def __init__(self, id: str, name: str, here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        self.id, self.name, self.here, self.there = id, name, here, there

    async def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        """Alone; what came back."""
        answer = await self.here.post(path, json=body)
        assert answer.status_code < 500, answer.text
        assert status is None or answer.status_code == status, answer.text
        return answer.json().get("data") if answer.content else None

    async def twice(self, verb: str, path: str, *bodies: Any, **headers: str) -> list[httpx.Response]:
        """The same call through both halls at once; with two bodies each has its own."""
        first, second = bodies if len(bodies) == 2 else (*bodies, *bodies) if bodies else (None, None)
        return list(
            await asyncio.gather(
                self.here.request(verb, path, json=first, headers=headers),
                self.there.request(verb, path, json=second, headers=headers),
            )
        )


def outcomes(answers: list[httpx.Response]) -> list[Outcome]:
    """Status and code of each answer, in order of status."""
    return sorted((answer.status_code, code_of(answer)) for answer in answers)


def code_of(answer: httpx.Response) -> str:
    return "" if answer.is_success else str(answer.json()["error"]["code"])


@contextmanager
def a_trembling_hand(seed: int) -> Iterator[None]:
    """Statements on PostgreSQL begin late now and then."""
    hand = random.Random(seed)
    kept = {name: getattr(PostgresSession, name) for name in ("all", "one", "run")}

    def late(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        async def run(self: PostgresSession, statement: Statement[Any], /, **values: object) -> Any:
            if hand.random() < OFTEN:
                await asyncio.sleep(hand.random() * LONGEST_S)
            return await method(self, statement, **values)

        return run

    try:
        for name, method in kept.items():
            setattr(PostgresSession, name, late(method))
        yield
    finally:
        for name, method in kept.items():
            setattr(PostgresSession, name, method)


@asynccontextmanager
async def two_halls(folder: Path, database_url: str) -> AsyncIterator[Two]:
    """Both apps, with one media server beside them."""
    secrets = load_secrets(folder)
    media = MediaServer(
        MediaSettings(
            port=0,
            udp_host="127.0.0.1",
            udp_port=0,
            rtmp_port=free_port(),
            keys={secrets.media_api_key: secrets.media_api_secret},
            output_dir=folder / "recordings",
        )
    )
    await media.start()
    halls = []
    try:
        for _ in range(2):
            app = App(_settings(folder, database_url, media.http_port), secrets, strict=True, limits=False)
            await app.start()
            halls.append(Hall(app))
        yield Two(*halls)
    finally:
        for running in halls:
            await running.close()
        await media.stop()


def _settings(folder: Path, database_url: str, media_port: int) -> Settings:
    return Settings(
        http=Http(port=8000, api_processes=2),
        store=Store(data=str(folder), database_url=database_url),
        storage=Storage(),
        media=Media(port=media_port),
    )
