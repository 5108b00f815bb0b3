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
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.needs import FINDERS
from tests.support.postgres import name_of, postgres_server

from bench.api.serving import SCENES, Scene, Scenes
from bench.media import servers
from bench.processes import Processes
from bench.rows import Row, row

START_DEADLINE_S = 30
STOP_DEADLINE_S = 15
LEAST_RATE = 50  # a second: enough for a p99 in the window
ALLOWED_MS = 50.0  # p99 at half of the rate that is asked for
PER_CPU_SECOND, PER_SECOND = "requests for a CPU-second", "requests a second, 16 callers"
MEMORY = "memory of the server after that"
Prepare = Callable[[dict[str, str]], Coroutine[Any, Any, list[Scene]]]
"""Fills the database that the environment names."""


class Beside(Protocol):
    """Another server of the same API, which runs: each operation is measured right after ours, so that a
    machine that is slower for a while is so for both.
    """

    name: str

    def load(self, scene: str, seconds: float) -> Mapping[str, float]: ...

    def times(self, scene: str, on: str) -> float:
        """How many times its requests for a CPU-second ours has to answer."""

    def megabytes(self) -> float: ...


@dataclass(frozen=True)
class Part:
    """What is measured. `budgets`: scene → the least share of the bare handler's requests, and of its p99.
    `rates`: scene → requests a second that are asked for, where a number is. `throughput`: whether requests a
    second are shown beside the bare handler's, too. `beside`: another server of the same API. `memory_mb`:
    what ours may hold after all of it.
    """

    name: str
    prepare: Prepare
    budgets: Mapping[str, tuple[float, float]]
    rates: Mapping[str, float] = field(default_factory=dict)
    throughput: bool = False
    beside: "Beside | None" = None
    memory_mb: float | None = None


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
    with (
        running("bare", folder / "bare", peer) as (bare_pid, bare_port),
        running("ours", folder / "ours", told) as (pid, port),
    ):
        for scene in told.scenes:
            bare = load(scene, bare_pid, bare_port, seconds)
            ours = load(scene, pid, port, seconds)
            shares = part.budgets[scene.name]
            for figure, what, unit, more_is_better, budget in (
                ("requests_per_cpu_s", PER_CPU_SECOND, "requests", True, shares[0]),
                ("p99_ms", "p99, 16 callers", "ms", False, shares[1]),
            ):
                yield row(
                    part.name, f"{scene.name}, {on}: {what}", unit, ours[figure], bare[figure],
                    peer_name="bare handler", more_is_better=more_is_better, budget=budget,
                )  # fmt: skip
            if part.throughput:
                yield row(
                    part.name, f"{scene.name}, {on}: {PER_SECOND}", "requests", ours["requests_per_s"],
                    bare["requests_per_s"], peer_name="bare handler",
                )  # fmt: skip
            if part.beside is not None:
                yield from _beside(part, part.beside, scene.name, on, ours, seconds)
            if scene.name in part.rates:
                yield from _at_half(part, scene, on, ours["requests_per_s"], pid, port, seconds)
        held = round(Processes([pid]).rss_kb() * 1024 / 1e6, 1)
        if part.memory_mb is not None:
            yield row(
                part.name, f"{MEMORY}, {on}", "MB", held, part.memory_mb,
                peer_name="the issue's measure", more_is_better=False, budget=1.0,
            )  # fmt: skip
        if part.beside is not None:
            yield row(
                part.name, f"{MEMORY}, {on}", "MB", held, part.beside.megabytes(),
                peer_name=part.beside.name, more_is_better=False,
            )  # fmt: skip


def _beside(
    part: Part, other: Beside, scene: str, on: str, ours: Mapping[str, float], seconds: float
) -> Iterator[Row]:
    theirs = other.load(scene, seconds)
    for figure, what, budget in (
        ("requests_per_cpu_s", PER_CPU_SECOND, other.times(scene, on)),
        ("requests_per_s", PER_SECOND, None),
    ):
        yield row(
            part.name, f"{scene}, {on}: {what}", "requests", ours[figure], theirs[figure],
            peer_name=other.name, budget=budget,
        )  # fmt: skip


def _at_half(
    part: Part, scene: Scene, on: str, reached: float, pid: int, port: int, seconds: float
) -> Iterator[Row]:
    """What is asked for in a second, and the p99 at half of that; of what was reached, if that is less."""
    asked = part.rates[scene.name]
    yield row(
        part.name, f"{scene.name}, {on}: {PER_SECOND}", "requests", reached, asked,
        peer_name="asked for",
    )  # fmt: skip
    rate = max(LEAST_RATE, int(min(asked, reached) / 2))
    found = load(scene, pid, port, seconds, rate)
    yield row(
        part.name, f"{scene.name}, {on}: p99 at {rate:,} a second", "ms", found["p99_ms"], ALLOWED_MS,
        peer_name="allowed", more_is_better=False, budget=1.0,
    )  # fmt: skip


@contextmanager
def running(kind: str, folder: Path, said: Scenes) -> Iterator[tuple[int, int]]:
    """A server (`bench.api.serving`): its process id and port."""
    (folder / SCENES).write_bytes(pickle.dumps(said))
    command = [sys.executable, "-m", "bench.api.serving", kind, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            threading.Thread(target=process.stdout.read, daemon=True).start()  # unread it would fill the pipe
            _wait_for(port)
            yield process.pid, port
        finally:
            process.terminate()
            try:
                process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int) -> None:
    """Until it answers, whatever it answers."""
    with httpx.Client() as client:
        for _ in range(START_DEADLINE_S * 10):
            with suppress(httpx.TransportError):
                client.get(f"http://127.0.0.1:{port}/", timeout=START_DEADLINE_S)
                return
            time.sleep(0.1)


def load(scene: Scene, pid: int, port: int, seconds: float, rate: float = 0) -> dict[str, float]:
    """`rate`: requests begun a second; 0 for as many as are answered."""
    command = [sys.executable, "-m", "bench.api.load", str(port), str(pid), str(seconds), str(rate)]
    done = subprocess.run(command, input=pickle.dumps(scene), capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"api load failed: {done.stderr.decode()}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
