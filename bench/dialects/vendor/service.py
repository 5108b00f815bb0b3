"""The vendor's service while it runs: its tables, what is in them, how its operations are measured."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import httpx
from tests.support import kept
from tests.support.needs import FINDERS
from tests.support.postgres import postgres_server
from tests.support.processes import Program, free_port, is_listening

from bench.api.comparing import load
from bench.api.serving import Scene
from bench.dialects.preparing import ARCHIVES, PEOPLE
from bench.processes import Processes
from livehall.dialects.sourceloop.sign_in import PERMISSIONS
from livehall.engines.media.tokens import signed

HERE = Path(__file__).parent
LOCKED = ("package.json", "package-lock.json")
SQL = "@sourceloop/video-conferencing-service/migrations/sqls/20200526081137-db-init-up.sql"
# Its models write them, its migration of this version has forgotten them.
FORGOTTEN = """ALTER TABLE videochatms.video_session_details
    ADD COLUMN deleted_on timestamptz, ADD COLUMN deleted_by varchar"""
ATTENDEE = """INSERT INTO videochatms.session_attendees (session_id, attendee, ext_metadata)
    VALUES ($1, $2, $3)"""
SECRET, ISSUER = "a-secret-of-the-bench-and-of-nobody-else", "bench"
POOL = 10  # as many as ours has
START_DEADLINE_S = 60
VENDOR = "the vendor's service (Node)"
# How many times the vendor's requests for a CPU-second the issue has ours answer. Its PostgreSQL counts for
# neither, our SQLite for us.
TIMES = {
    "SQLite": {
        "create a meeting": 10.0, "token of a meeting": 10.0, "100 attendees": 10.0, "10 archives": 10.0,
    },
    "PostgreSQL": {
        "create a meeting": 3.0, "token of a meeting": 6.0, "100 attendees": 5.0, "10 archives": 6.0,
    },
}  # fmt: skip
WARM_S, WARM_AGAIN_S = 5.0, 2.0
LEAST_S = 2.0  # it answers so few in a second


class Vendor:
    """Satisfies `comparing.Beside`."""

    name = VENDOR

    def __init__(self, scenes: list[Scene], pid: int, port: int) -> None:
        self._scenes = {scene.name: scene for scene in scenes}
        self._pid, self._port = pid, port
        for scene in scenes:
            load(scene, pid, port, WARM_S)

    def load(self, scene: str, seconds: float) -> dict[str, float]:
        """`seconds`: the length of the measured window, at least `LEAST_S`."""
        load(self._scenes[scene], self._pid, self._port, WARM_AGAIN_S)
        return load(self._scenes[scene], self._pid, self._port, max(seconds, LEAST_S))

    def times(self, scene: str, on: str) -> float:
        return TIMES[on][scene]

    def megabytes(self) -> float:
        return round(Processes([self._pid]).rss_kb() * 1024 / 1e6, 1)


@contextmanager
def started() -> Iterator[Vendor | None]:
    """None where the service is not to be had, which is said."""
    with ExitStack() as stack:
        try:
            vendor = stack.enter_context(_started())
        except kept.NotInstalled as missing:
            needs = "it needs PostgreSQL, Node 20 with npm, and to be online once"
            print(f"without the vendor's service ({needs}): {missing}", file=sys.stderr)
            vendor = None
        yield vendor


@contextmanager
def _started() -> Iterator[Vendor]:
    postgres = FINDERS["postgresql"]()
    if postgres is None:
        raise kept.NotInstalled("PostgreSQL is not found")
    packages = kept.installed(HERE, LOCKED, [*kept.NPM, "--omit=dev"]) / "node_modules"
    with (
        tempfile.TemporaryDirectory(prefix="livehall-bench-") as folder,
        postgres_server(postgres) as server,
        server.database() as url,
    ):
        asyncio.run(_executed(url, (packages / SQL).read_text(), FORGOTTEN))
        with _running(Path(folder), packages, url) as (pid, port):
            yield Vendor(_scenes(port, url), pid, port)


@contextmanager
def _running(folder: Path, packages: Path, url: str) -> Iterator[tuple[int, int]]:
    """Its process id and port."""
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"], "NODE_PATH": str(packages), "NODE_ENV": "production",
        "LOG_LEVEL": "error", "JWT_SECRET": SECRET, "JWT_ISSUER": ISSUER, "PORT": str(port), "DB_URL": url,
        "DB_POOL": str(POOL), "ARCHIVES": str(ARCHIVES),
    }  # fmt: skip
    command: list[str | Path] = [kept.program("node"), HERE / "host.js"]
    with Program("the vendor's service", command, log=folder / "log", env=environ, cwd=folder) as node:
        node.wait_ready(lambda: is_listening(port), within=START_DEADLINE_S)
        yield node.pid, port


def _scenes(port: int, url: str) -> list[Scene]:
    """A meeting with its attendees, and the requests that are measured, as ours are (`preparing`)."""
    claims = {
        "id": "1", "userTenantId": "1", "iss": ISSUER, "permissions": list(PERMISSIONS),
        "exp": int(time.time()) + 3600,
    }  # fmt: skip
    token = signed(claims, SECRET.encode())
    options = {"role": "publisher", "data": "bo"}
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        link = client.post("/session", json={}).raise_for_status().text
        answer = client.post(f"/session/{link}/token", json=options)
        asyncio.run(_attended(url, answer.raise_for_status().json()["sessionId"]))
        attendees = client.get(f"/session/{link}/attendees").raise_for_status().json()
        archives = client.get("/archives").raise_for_status().json()
    assert len(attendees) == PEOPLE, attendees
    assert archives["count"] == len(archives["items"]) == ARCHIVES, archives
    wanted = [
        ("create a meeting", "POST", "/session", b"{}"),
        ("token of a meeting", "POST", f"/session/{link}/token", json.dumps(options).encode()),
        ("100 attendees", "GET", f"/session/{link}/attendees", b""),
        ("10 archives", "GET", "/archives", b""),
    ]
    return [Scene(*each, scripts={token: []}, answer_bytes=0) for each in wanted]


async def _attended(url: str, session_id: str) -> None:
    """By SQL: of this version every callback that writes an attendee fails."""
    rows = []
    for number in range(PEOPLE):
        connection = {"id": str(number), "createdAt": 0, "data": f"person {number}"}
        event = {"sessionId": session_id, "event": "connectionCreated", "connection": connection}
        rows.append((session_id, connection["data"], json.dumps({"webhookPayload": event})))
    raw = await asyncpg.connect(url)
    try:
        await raw.executemany(ATTENDEE, rows)
    finally:
        await raw.close()


async def _executed(url: str, *statements: str) -> None:
    raw = await asyncpg.connect(url)
    try:
        for each in statements:
            await raw.execute(each)
    finally:
        await raw.close()
