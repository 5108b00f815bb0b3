"""Two apps on one PostgreSQL database, as two processes have them, and calls that reach both at once.

Statements are delayed by a few milliseconds here and there, by a seeded hand, so that two calls meet in
other places than they would by themselves.
"""

import asyncio
import itertools
import random
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any

import httpx
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from livehall.dialects.live.api import api
from livehall.kernel.db import Statement
from livehall.kernel.db.postgres import PostgresSession
from livehall.kernel.ids import new_id
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from livehall.server.app import App
from livehall.server.secrets import Secrets, load_secrets
from livehall.server.settings import Http, Media, Settings, Storage, Store, Webhooks
from tests.support.in_process import Hall
from tests.support.processes import free_port

OFTEN = 0.3  # of the statements wait
LONGEST_S = 0.004
Outcome = tuple[int, str]


class Meetings:
    """Which calls were under way in both halls at once."""

    def __init__(self) -> None:
        self.met: set[tuple[str, str]] = set()  # verb and path
        self._open: dict[int, tuple[int, str, str]] = {}
        self._numbers = itertools.count()

    def watched(self, asgi: ASGIApp, hall: int) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] == "GET":
                await asgi(scope, receive, send)
                return
            mine = (hall, scope["method"], scope["path"])
            others = [call for call in self._open.values() if call[0] != hall]
            self.met |= {call[1:] for call in (mine, *others) if others}
            number = next(self._numbers)
            self._open[number] = mine
            try:
                await asgi(scope, receive, send)
            finally:
                del self._open[number]

        return app

    def operations(self) -> set[str]:
        """By name; the library's are named as those that they are the twins of."""
        return {name for verb, path in self.met if (name := _operation(verb, path))}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str]]:
    return [
        (route.verb, compile_path(api.prefix + route.path)[0], route.twin_of or route.operation)
        for route in api.routes
    ]


def _operation(verb: str, path: str) -> str | None:
    return next((name for kind, at, name in _patterns() if kind == verb and at.match(path)), None)


class Two:
    """The two halls; people are known to both.

    Several tests may use them one after another: `begin` divides them. People of one name are others in each
    test, and `count` counts what was made since.
    """

    def __init__(self, here: Hall, there: Hall, secrets: Secrets, meetings: Meetings) -> None:
        self.here, self.there, self.secrets, self.meetings = here, there, secrets, meetings
        self.number, self.mark = 0, new_id()

    def begin(self) -> None:
        self.number, self.mark = self.number + 1, new_id()
        self.meetings.met.clear()

    async def person(self, name: str, role: Any = "viewer", organization: str = "Livehall") -> "Somebody":
        email = f"{name.partition('@')[0]}.{self.number}@example.org"
        found = await self.here.person(email, role, organization)
        token = self.here.token(found)
        return Somebody(found.id, email, self.here.client(token), self.there.client(token))

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """What the database holds now."""
        async with self.here.app.house.database.read() as db:
            found = await db._raw.fetch(sql)  # type: ignore[attr-defined]  # invariants are asked in SQL
        return [dict(row) for row in found]

    async def count(self, table: str, condition: str = "true", *, key: str = "id") -> int:
        """How many rows of this test there are; `key`: a column of ids that rose since the test began."""
        sql = f"SELECT count(*) AS n FROM {table} WHERE {key} > '{self.mark}' AND ({condition})"
        return int((await self.rows(sql))[0]["n"])

    async def told(self, kind: str) -> int:
        """How many events of this kind the journal holds of this test."""
        return await self.count("journal", f"type = '{kind}'")

    async def put(self, sql: str) -> None:
        """Change what only time, or a machine, would change."""
        async with self.here.app.house.database.write() as db:
            await db._raw.execute(sql)  # type: ignore[attr-defined]  # as above

    async def drained(self) -> None:
        await asyncio.wait_for(self.here.app.house.relay.drained(), 20)


class Somebody:
    """A person with a client of either hall."""

    def __init__(self, id: str, email: str, here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        self.id, self.email, self.here, self.there = id, email, here, there

    async def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        """Alone; what came back."""
        return await self.ask("POST", path, body, status)

    async def ask(self, verb: str, path: str, body: Any = None, status: int | None = None) -> Any:
        """Alone, with any verb."""
        answer = await self.here.request(verb, path, json=body)
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
    if answer.is_success:
        return ""
    error = answer.json()["error"]
    return str(error["code"] if isinstance(error, dict) else error)  # OAuth's has no envelope


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
    halls: list[Hall] = []
    meetings = Meetings()
    try:
        for number in range(2):
            app = App(_settings(folder, database_url, media.http_port), secrets, strict=True, rates_by=None)
            await app.start()
            app.asgi = meetings.watched(app.asgi, number)
            halls.append(Hall(app))
        yield Two(*halls, secrets, meetings)
    finally:
        for running in halls:
            await running.close()
        await media.stop()


def _settings(folder: Path, database_url: str, media_port: int) -> Settings:
    return Settings(
        http=Http(port=8000, api_processes=2),
        store=Store(data=str(folder), database_url=database_url),
        storage=Storage(private_targets=True),
        media=Media(port=media_port, hls="demand", private_targets=True),
        webhooks=Webhooks(private_targets=True),
    )
