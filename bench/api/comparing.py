"""Operations beside a bare handler, on SQLite always and on PostgreSQL where it is installed.

The peer is Starlette alone under the same uvicorn, whose handlers run the statements of our operations on the
raw driver and answer with as many bytes: what is left is what signing in, checking, translating, events and
the relay cost.
"""

import asyncio
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.needs import FINDERS
from tests.support.postgres import name_of, postgres_server

from bench.api.serving import SCENES, Scene, Scenes
from bench.media import servers
from bench.rows import Row, row

STOP_DEADLINE_S = 15
Prepare = Callable[[dict[str, str]], Awaitable[list[Scene]]]
"""Fills the database that the environment names."""


@dataclass(frozen=True)
class Part:
    """What is measured. `budgets`: scene → the least share of the bare handler's requests, and of its p99."""

    name: str
    prepare: Prepare
    budgets: Mapping[str, tuple[float, float]]


def compare(part: Part, seconds: float) -> list[Row]:
    """`seconds`: the length of each measured window."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livehall-bench-")))
        media = stack.enter_context(servers.ours())
        rows = list(_on_sqlite(part, folder / "sqlite", media.url, seconds))
        program = FINDERS["postgresql"]()
        if program is None:
            print("without PostgreSQL: it is not installed", file=sys.stderr)
        else:
            rows += _on_postgres(part, folder / "postgresql", program, media.url, seconds)
    return rows


def _on_sqlite(part: Part, folder: Path, media_url: str, seconds: float) -> Iterator[Row]:
    told = _prepared(part, folder / "ours", f"sqlite:///{folder}/ours/livehall.db", media_url)
    shutil.copytree(folder / "ours", folder / "bare")
    peer = Scenes(told.environ, f"sqlite:///{folder}/bare/livehall.db", told.scenes)
    yield from _compare(part, "SQLite", folder, told, peer, seconds)


def _on_postgres(part: Part, folder: Path, program: Path, media_url: str, seconds: float) -> list[Row]:
    with postgres_server(program) as server, server.database() as url:
        told = _prepared(part, folder / "ours", url, media_url)
        (folder / "bare").mkdir()
        with server.database(template=name_of(url)) as copy:
            peer = Scenes(told.environ, copy, told.scenes)
            return list(_compare(part, "PostgreSQL", folder, told, peer, seconds))


def _prepared(part: Part, data: Path, database_url: str, media_url: str) -> Scenes:
    data.mkdir(parents=True)
    environ = {
        "LIVEHALL_DATA": str(data),
        "LIVEHALL_DATABASE_URL": database_url,
        "LIVEHALL_MEDIA_URL": media_url,
        "LIVEHALL_MEDIA_API_KEY": API_KEY,
        "LIVEHALL_MEDIA_API_SECRET": API_SECRET,
    }
    return Scenes(environ, database_url, asyncio.run(part.prepare(environ)))


def _compare(part: Part, on: str, folder: Path, told: Scenes, peer: Scenes, seconds: float) -> Iterator[Row]:
    for scene in told.scenes:
        found = {}
        for kind, said in (("bare", peer), ("ours", told)):
            with _running(kind, folder / kind, said) as (pid, port):
                found[kind] = _load(scene, pid, port, seconds)
        shares = part.budgets[scene.name]
        for figure, what, unit, more_is_better, budget in (
            ("requests_per_cpu_s", "requests for a CPU-second", "requests", True, shares[0]),
            ("p99_ms", "p99, 16 callers", "ms", False, shares[1]),
        ):
            yield row(
                part.name, f"{scene.name}, {on}: {what}", unit, found["ours"][figure], found["bare"][figure],
                peer_name="bare handler", more_is_better=more_is_better, budget=budget,
            )  # fmt: skip


@contextmanager
def _running(kind: str, folder: Path, said: Scenes) -> Iterator[tuple[int, int]]:
    (folder / SCENES).write_bytes(pickle.dumps(said))
    command = [sys.executable, "-m", "bench.api.serving", kind, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, int(process.stdout.readline())
        finally:
            process.terminate()
            try:
                process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _load(scene: Scene, pid: int, port: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.api.load", str(port), str(pid), str(seconds)]
    done = subprocess.run(command, input=pickle.dumps(scene), capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"api load failed: {done.stderr.decode()}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
