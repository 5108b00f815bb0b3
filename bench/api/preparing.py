"""A hall with something in it, and the operations that are measured, each with the statements it runs."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.support.people import a_person, claims_of

from bench.api.load import CONNECTIONS
from bench.api.recording import RecordingDatabase, generalized
from bench.api.serving import Scene
from livehall.engines.tokens import JwtTokens
from livehall.server.app import App
from livehall.server.database import desk_of, migrate
from livehall.server.secrets import load_secrets
from livehall.server.settings import Settings, load_settings

ROOMS = 50  # the list shows one page of them


async def prepare(environ: dict[str, str]) -> list[Scene]:
    """Fill the database that `environ` names."""
    settings = load_settings(environ)
    await migrate(settings)
    host, *_ = people = await _tokens(settings)
    app = App(settings, load_secrets(Path(environ["LIVEHALL_DATA"])), rates_by=None)
    async with client_of(app, host) as client:
        rooms = [await _made(client, "/rooms", {"title": f"Room {number}"}) for number in range(ROOMS)]
        room = rooms[0]["id"]
        planned = await _made(client, f"/rooms/{room}/sessions", {"title": "An evening"})
        session = planned["session"]["id"]
        (await client.post(f"/sessions/{session}/start")).raise_for_status()
        poll = await _made(
            client, f"/sessions/{session}/polls", {"question": "Tea or coffee?", "options": ["tea", "coffee"]}
        )
        vote = json.dumps({"option_id": poll["options"][0]["id"]}).encode()
        wanted = [
            ([host], "read a room", "GET", f"/rooms/{room}", b""),
            ([host], "list 20 rooms", "GET", "/rooms?limit=20", b""),
            ([host], "create a room", "POST", "/rooms", b'{"title": "A room"}'),
            (people, "join", "POST", f"/sessions/{session}/join", b""),
            (people, "vote", "POST", f"/sessions/{session}/polls/{poll['id']}/vote", vote),
        ]
        return [await scene_of(app, client, *each) for each in wanted]


async def scene_of(
    app: App,
    client: httpx.AsyncClient,
    tokens: Sequence[str],
    name: str,
    method: str,
    path: str,
    body: bytes,
    prefix: str = "/api/v1",
) -> Scene:
    """An operation with the statements that it runs for each of `tokens`. `client` calls below `prefix`."""
    scripts, length = {}, 0
    for token in tokens:
        headers, taken = {"Authorization": f"Bearer {token}"}, []
        for _ in range(3):  # the first one may fill memories
            recording = RecordingDatabase(app.house.database)
            app.house.desk.database = recording
            try:
                answer = await client.request(method, path, content=body, headers=headers)
            finally:
                app.house.desk.database = app.house.database
            answer.raise_for_status()
            taken.append(recording.script)
            length = len(answer.content)
        scripts[token] = generalized(taken[1], taken[2])
    return Scene(name, method, f"{prefix}{path}", body, scripts, length)


@asynccontextmanager
async def client_of(app: App, token: str, prefix: str = "/api/v1") -> AsyncIterator[httpx.AsyncClient]:
    """Of an app that is open, and no more."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    transport = httpx.ASGITransport(app.asgi)
    await app.house.database.open()
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url=f"http://bench{prefix}", headers=headers
        ) as client:
            yield client
    finally:
        await app.house.media.close()
        await app.house.database.close()


async def _made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    answer.raise_for_status()
    data: dict[str, Any] = answer.json()["data"]
    return data


async def _tokens(settings: Settings) -> list[str]:
    """Of the host, and of administrators, so that each caller is somebody else."""
    async with desk_of(settings) as desk:
        people = [await a_person(desk)]
        people += [
            await a_person(desk, f"admin{number}@example.org", "admin") for number in range(1, CONNECTIONS)
        ]
    issuer = JwtTokens(load_secrets(Path(settings.store.data)).token_key)
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    return [issuer.issue(claims_of(person, expires_at)) for person in people]
