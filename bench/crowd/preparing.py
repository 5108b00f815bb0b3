"""Sessions on air and people with accounts, for those who load a hall with many."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.on_air import on_air
from tests.support.people import a_person, actor_of, claims_of

from bench.wire import Calls, Ear, Heard, listen
from livehall.core.people import ops
from livehall.core.people.model import Person
from livehall.core.sessions import store as sessions
from livehall.engines.tokens import JwtTokens
from livehall.kernel.actor import SYSTEM
from livehall.server.database import desk_of, migrate
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

ENTERING = 64  # calls at the same time
JOIN = json.dumps({"prefer": "hls"}).encode()  # pictures aside


class House(msgspec.Struct, frozen=True):
    """Tokens of the host and of the people; the sessions, all on air."""

    host: str
    people: list[str]
    sessions: list[str]


def environ_of(data: Path, database_url: str, media_url: str) -> dict[str, str]:
    return {
        "LIVEHALL_DATA": str(data),
        "LIVEHALL_DATABASE_URL": database_url,
        "LIVEHALL_MEDIA_URL": media_url,
        "LIVEHALL_MEDIA_API_KEY": API_KEY,
        "LIVEHALL_MEDIA_API_SECRET": API_SECRET,
        "LIVEHALL_MEDIA_HLS": "demand",
    }


async def prepare(environ: dict[str, str], people: int, on_the_air: int) -> House:
    """Fill the database that `environ` names."""
    settings = load_settings(environ)
    await migrate(settings)
    tokens = JwtTokens(load_secrets(Path(environ["LIVEHALL_DATA"])).token_key)
    async with desk_of(settings) as desk:
        host = await a_person(desk)
        until = desk.clock() + timedelta(hours=1)
        async with desk.work(SYSTEM) as work:
            house = await ops.default_organization(work, "Livehall")
            many = [
                await ops.add_member(work, house, f"viewer{number}@example.org", "viewer")
                for number in range(people)
            ]
        running = [await on_air(desk, actor_of(host)) for _ in range(on_the_air)]
        async with desk.work(SYSTEM) as work:  # most of so many watch by HLS: it is there
            for session in running:
                address = f"http://bench/hls/{session.id}/index.m3u8"
                await sessions.note(work, session.id, {"hls_url": address})

    def token(person: Person) -> str:
        return tokens.issue(claims_of(person, until))

    return House(token(host), [token(each) for each in many], [session.id for session in running])


async def enter(calls: Calls, token: str, session_id: str) -> dict[str, Any]:
    """The seat that joining gives. Raises: Refusal."""
    seat: dict[str, Any] = json.loads(await calls.post(token, f"/sessions/{session_id}/join", JOIN))["data"]
    return seat


async def listen_in(port: int, seat: dict[str, Any], kind: str, heard: Heard) -> Ear:
    """To one of the channels that a seat names: `session`, `chat`, … Raises: Refusal."""
    access = seat["realtime"]
    channel = next(each for each in access["channels"] if each.startswith(f"{kind}:"))
    return await listen(port, access["token"], channel, heard)
