"""`python -m bench.chat`: 50 chats of 20 listeners at 2,000 messages a second, one at 500, as rows of JSON.

What is accepted is counted in the table afterwards, and what is fanned out by the listeners. The peer of the
rate is a bare handler (`bench.api.serving`) that runs the statements of a message and tells nobody.
"""

import argparse
import asyncio
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path

import asyncpg
import msgspec
from tests.support.needs import FINDERS
from tests.support.postgres import name_of, postgres_server

from bench.api.comparing import load, running
from bench.api.preparing import client_of, scene_of
from bench.api.serving import Scene, Scenes
from bench.chat.load import Crowds, Figures
from bench.crowd.preparing import House, environ_of, prepare
from bench.media import servers
from bench.rows import Row, hand_over, row
from bench.running import program
from bench.wire import room_for
from livehall.server.app import App
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

SESSIONS = 50
LISTENERS = 20  # of each
RATE, RATE_OF_ONE = 2000.0, 500.0  # messages a second
SAMPLED_TO = 50  # publications of one session a second
WRITES = 4  # messages of one writer in a chat: somebody who writes faster is held up
WRITES_IN_ONE = 3
BARE_S = 2.0
SHARES = {"SQLite": 0.3, "PostgreSQL": 0.15}  # of the bare handler's messages, which are told to nobody
OFFERED = 0.5  # of the rate of one session: far more than is told, so that its sampling means what it says
TEXT = "What one of them wants to say"

Count = Callable[[list[str]], Awaitable[int]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chat", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=5, help="of messages at the rates that are asked for"
    )
    parser.add_argument("--on", choices=["sqlite", "postgresql"], help="only there")
    arguments = parser.parse_args()
    room_for(SESSIONS * LISTENERS + 200)  # the server's process has as many
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="livehall-bench-") as folder, ExitStack() as stack:
        media = stack.enter_context(servers.ours())
        if arguments.on != "postgresql":
            rows += on_sqlite(Path(folder) / "sqlite", media.url, arguments.seconds)
        postgres = FINDERS["postgresql"]()
        if postgres is None:
            print("without PostgreSQL: it is not installed", file=sys.stderr)
        elif arguments.on != "sqlite":
            rows += on_postgres(Path(folder) / "postgresql", postgres, media.url, arguments.seconds)
    return hand_over(rows)


def on_sqlite(folder: Path, media_url: str, seconds: float) -> Iterator[Row]:
    data, copy = folder / "ours", folder / "bare"
    data.mkdir(parents=True)

    async def count(sessions: list[str]) -> int:
        marks = ", ".join("?" for _ in sessions)
        with closing(sqlite3.connect(data / "livehall.db")) as db:
            found: int = db.execute(
                f"select count(*) from message where session_id in ({marks})", sessions
            ).fetchone()[0]
        return found

    environ = environ_of(data, f"sqlite:///{data}/livehall.db", media_url)
    told, house = asyncio.run(filled(environ, seconds))
    shutil.copytree(data, copy)
    peer = Scenes(environ, f"sqlite:///{copy}/livehall.db", told.scenes)
    yield from measure("SQLite", folder, told, peer, house, count, seconds)


def on_postgres(folder: Path, postgres: Path, media_url: str, seconds: float) -> list[Row]:
    data = folder / "ours"
    data.mkdir(parents=True)
    (folder / "bare").mkdir()
    with postgres_server(postgres) as server, server.database() as url:

        async def count(sessions: list[str]) -> int:
            db = await asyncpg.connect(url)
            try:
                found: int = await db.fetchval(
                    "select count(*) from message where session_id::text = any($1::text[])", sessions
                )
            finally:
                await db.close()
            return found

        told, house = asyncio.run(filled(environ_of(data, url, media_url), seconds))
        copied: AbstractContextManager[str] = server.database(template=name_of(url))
        with copied as copy:
            peer = Scenes(told.environ, copy, told.scenes)
            return list(measure("PostgreSQL", folder, told, peer, house, count, seconds))


async def filled(environ: dict[str, str], seconds: float) -> tuple[Scenes, House]:
    """The house, and what a message runs: the last session is the large one, and its host wrote it."""
    people = max(SESSIONS * LISTENERS, int(RATE * seconds / WRITES))
    house = await prepare(environ, people, on_the_air=SESSIONS + 1)
    app = App(load_settings(environ), load_secrets(Path(environ["LIVEHALL_DATA"])), rates_by=None)
    async with client_of(app, house.host) as client:
        body = msgspec.json.encode({"message": TEXT})
        scene: Scene = await scene_of(
            app, client, [house.host], "chat", "POST", f"/sessions/{house.sessions[-1]}/chat", body
        )
    return Scenes(environ, environ["LIVEHALL_DATABASE_URL"], [scene]), house


def measure(
    on: str, folder: Path, told: Scenes, peer: Scenes, house: House, count: Count, seconds: float
) -> Iterator[Row]:
    with running("bare", folder / "bare", peer) as (pid, port):
        bare = load(told.scenes[0], pid, port, BARE_S)
    *many, one = house.sessions
    seats = {session_id: house.people[number::SESSIONS] for number, session_id in enumerate(many)}
    in_one = house.people[: max(LISTENERS, int(RATE_OF_ONE * seconds / WRITES_IN_ONE) + 1)]
    with running("ours", folder / "ours", told) as (pid, port):
        crowds = Crowds(seats, LISTENERS, int(RATE * seconds), RATE)
        yield from fanned_out(on, crowds, loaded(pid, port, crowds), bare, count)
        crowds = Crowds({one: in_one}, LISTENERS, int(RATE_OF_ONE * seconds), RATE_OF_ONE)
        yield from sampled(on, crowds, loaded(pid, port, crowds), count)


def loaded(pid: int, port: int, crowds: Crowds) -> Figures:
    output = program("bench.chat.load", str(port), str(pid), told=msgspec.json.encode(crowds))
    return msgspec.json.decode(output, type=Figures)


def fanned_out(
    on: str, crowds: Crowds, found: Figures, bare: dict[str, float], count: Count
) -> Iterator[Row]:
    where = f"{SESSIONS} chats of {LISTENERS} listeners, {on}"
    yield row(
        "chat", f"{where}: messages for a CPU-second, told to all", "messages", found.per_cpu_s,
        bare["requests_per_cpu_s"], peer_name="bare handler, told to nobody", budget=SHARES[on],
    )  # fmt: skip
    yield row(
        "chat", f"{where}: accepted a second", "messages", found.accepted_per_s, crowds.rate,
        peer_name="asked for",
    )  # fmt: skip
    yield row("chat", f"{where}: p99 of a message", "ms", found.p99_ms)
    yield stored(where, found, list(crowds.people), count, 0)
    yield row(
        "chat", f"{where}: deliveries", "messages", found.delivered, found.accepted * crowds.listeners,
        peer_name="accepted × listeners", budget=1.0,
    )  # fmt: skip


def sampled(on: str, crowds: Crowds, found: Figures, count: Count) -> Iterator[Row]:
    where = f"one chat, {on}"
    yield row(
        "chat", f"{where}: accepted a second", "messages", found.accepted_per_s, crowds.rate,
        peer_name="offered", budget=OFFERED,
    )  # fmt: skip
    yield stored(where, found, list(crowds.people), count, 3)  # three were written to see what one runs
    yield row(
        "chat", f"{where}: told to a listener in the fullest second", "messages", found.fullest, SAMPLED_TO,
        peer_name="allowed", more_is_better=False, budget=1.0,
    )  # fmt: skip
    seconds = found.accepted / found.accepted_per_s
    yield row(
        "chat", f"{where}: told to a listener a second", "messages",
        round(found.delivered / crowds.listeners / seconds, 1), SAMPLED_TO, peer_name="allowed", budget=0.5,
    )  # fmt: skip


def stored(where: str, found: Figures, sessions: list[str], count: Count, before: int) -> Row:
    return row(
        "chat", f"{where}: stored", "messages", asyncio.run(_counted(count, sessions)) - before,
        found.accepted, peer_name="accepted", budget=1.0,
    )  # fmt: skip


async def _counted(count: Count, sessions: list[str]) -> int:
    return await count(sessions)


if __name__ == "__main__":
    sys.exit(main())
