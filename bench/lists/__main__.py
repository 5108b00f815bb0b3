"""`python -m bench.lists`: lists and searches of a large house beside a small one's, and a large export.

The peer is the same app on the same machine with one page of everything. Budget of a list: at most twice the
small house's time. The export's peer is the memory that it may take.
"""

import argparse
import asyncio
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.needs import FINDERS
from tests.support.on_air import end, on_air
from tests.support.people import a_person, actor_of, claims_of
from tests.support.postgres import postgres_server

from bench.api.serving import SCENES, Scenes
from bench.lists import filling
from bench.processes import Processes
from bench.rows import Row, hand_over, row
from livehall.core.audience.model import Attendance, attendance
from livehall.core.audience.rows import new_row
from livehall.core.audience.store import add
from livehall.core.rooms.model import room
from livehall.core.sessions.model import Session, session
from livehall.engines.tokens import JwtTokens
from livehall.kernel.actor import SYSTEM
from livehall.kernel.work import Work
from livehall.server.app import App
from livehall.server.database import desk_of, migrate
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

PAGE = 20
REPEATS = 15
STOP_DEADLINE_S = 15
LIST_BUDGET = 0.5  # at most twice the time
ALLOWED_MIB = 50.0
NOBODY_ANSWERS = "ws://127.0.0.1:9"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=__doc__)
    parser.add_argument("--on", choices=["sqlite", "postgresql"], help="only there")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="livehall-bench-") as folder, ExitStack() as stack:
        if arguments.on != "postgresql":
            rows += measure("SQLite", Path(folder), f"sqlite:///{folder}/livehall.db")
        program = FINDERS["postgresql"]()
        if program is None:
            print("without PostgreSQL: it is not installed", file=sys.stderr)
        elif arguments.on != "sqlite":
            server = stack.enter_context(postgres_server(program))
            url = stack.enter_context(server.database())
            rows += measure("PostgreSQL", Path(folder) / "postgresql", url)
    return hand_over(rows)


def measure(on: str, data: Path, database_url: str) -> Iterator[Row]:
    environ = {
        "LIVEHALL_DATA": str(data),
        "LIVEHALL_DATABASE_URL": database_url,
        "LIVEHALL_MEDIA_URL": NOBODY_ANSWERS,
        "LIVEHALL_MEDIA_API_KEY": API_KEY,
        "LIVEHALL_MEDIA_API_SECRET": API_SECRET,
    }
    data.mkdir(parents=True, exist_ok=True)
    token, templates = asyncio.run(prepare(environ))
    small = asyncio.run(times(environ, token, templates))
    began = time.monotonic()
    filling.fill(database_url, templates)
    print(f"{on}: filled in {time.monotonic() - began:.0f} s", file=sys.stderr)
    large = asyncio.run(times(environ, token, templates))
    for name, took in large.items():
        yield row(
            "lists", f"{name}, {on}", "ms", round(took, 2), round(small[name], 2),
            peer_name="small house", more_is_better=False, budget=LIST_BUDGET,
        )  # fmt: skip
    what = f"memory for an export of {filling.IN_ONE:,} attendances"
    first, later = exports(environ, database_url, token)
    for words, taken in ((f"{what}, the first since the start, {on}", first), (f"{what}, {on}", later)):
        yield row(
            "lists", words, "MiB", taken, ALLOWED_MIB,
            peer_name="allowed", more_is_better=False, budget=1.0,
        )  # fmt: skip


async def prepare(environ: dict[str, str]) -> tuple[str, dict[str, str]]:
    """One page of everything; the host's token, and a row of each table to copy."""
    settings = load_settings(environ)
    await migrate(settings)
    async with desk_of(settings) as desk:
        person = await a_person(desk)
        host = actor_of(person)
        for _ in range(PAGE):
            evening = await on_air(desk, host)
            async with desk.work(SYSTEM) as work:
                seen = [_attendance(work, evening, number) for number in range(PAGE)]
                for each in seen:
                    await add(work, each)
            ended = await end(desk, evening)
        await on_air(desk, host)
    claims = claims_of(person, ended.created_at + timedelta(days=1))
    token = JwtTokens(load_secrets(Path(environ["LIVEHALL_DATA"])).token_key).issue(claims)
    return token, {room.name: ended.room_id, session.name: ended.id, attendance.name: seen[0].id}


def _attendance(work: Work, of: Session, number: int) -> Attendance:
    """Somebody who was there for a moment."""
    return new_row(
        work, of, account_id=None, visitor_key=f"person {number}", device_key=None, name=f"Person {number}",
        role="viewer", state="left", delivery="webrtc", identity=f"u.{number}",
        joined_at=work.now, left_at=work.now,
    )  # fmt: skip


def lists(templates: dict[str, str]) -> dict[str, str]:
    """What is asked, by its name. Words of a search find few rows."""
    of_room, of_session = templates[room.name], templates[session.name]
    return {
        "20 rooms": "/rooms?limit=20",
        "20 of one's own rooms": "/rooms?limit=20&mine=true",
        "rooms by a word": "/rooms?limit=20&search=9999",
        "20 sessions": "/sessions?limit=20",
        "20 sessions, newest first": "/sessions?limit=20&sort=-created_at",
        "what is on air": "/sessions/live?limit=20",
        "sessions by a word": "/sessions?limit=20&search=99999",
        "sessions of a room": f"/rooms/{of_room}/sessions?limit=20",
        "attendance of a session": f"/sessions/{of_session}/attendance?limit=20",
        "attendance by a word": f"/sessions/{of_session}/attendance?limit=20&search=Person",
    }


async def times(environ: dict[str, str], token: str, templates: dict[str, str]) -> dict[str, float]:
    """Milliseconds of each list: the median of some calls, one after another."""
    app = App(load_settings(environ), load_secrets(Path(environ["LIVEHALL_DATA"])), rates_by=None)
    headers, found = {"Authorization": f"Bearer {token}"}, {}
    await app.house.database.open()
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app.asgi), base_url="http://bench/api/v1", headers=headers
        ) as client:
            for name, path in lists(templates).items():
                took = []
                for _ in range(REPEATS):
                    began = time.perf_counter()
                    (await client.get(path)).raise_for_status()
                    took.append(1000 * (time.perf_counter() - began))
                found[name] = median(took)
                print(f"{name}: {found[name]:.2f} ms", file=sys.stderr)
    finally:
        await app.house.media.close()
        await app.house.database.close()
    return found


def exports(environ: dict[str, str], database_url: str, token: str) -> list[float]:
    """MiB by which the server grows while somebody exports the large evening, twice, above idle.

    The first fills the database's page cache as well, as any large read would (`kernel.db.sqlite`).
    """
    folder = Path(environ["LIVEHALL_DATA"]) / "export"
    folder.mkdir()
    with _running(folder, Scenes(environ, database_url, [])) as (pid, port):
        server, api = Processes([pid]), f"http://127.0.0.1:{port}/api/v1"
        with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            _answers(client, f"{api}/rooms")
            return [_export(client, api, server) for _ in range(2)]


def _export(client: httpx.Client, api: str, server: Processes) -> float:
    before, most, lines = server.rss_kb(), 0, 0
    address = f"{api}/sessions/{filling.first_session()}/attendance/export?format=csv"
    with client.stream("GET", address) as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            lines += piece.count(b"\n")
            most = max(most, server.rss_kb())
    if lines < filling.IN_ONE:
        raise SystemExit(f"the export had {lines} lines")
    return round((most - before) / 1024, 1)


def _answers(client: httpx.Client, address: str) -> None:
    """Wait for the server. Raises: httpx.HTTPError, when it does not come up."""
    for _ in range(100):
        with suppress(httpx.ConnectError):
            client.get(address).raise_for_status()
            return
        time.sleep(0.1)
    client.get(address).raise_for_status()


@contextmanager
def _running(folder: Path, told: Scenes) -> Iterator[tuple[int, int]]:
    (folder / SCENES).write_bytes(pickle.dumps(told))
    command = [sys.executable, "-m", "bench.api.serving", "ours", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            # It says that nobody answers at the media server's place; unread, that would fill the pipe.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield process.pid, port
        finally:
            process.terminate()
            try:
                process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
