"""`python -m bench.api`: requests for a CPU-second and p99, beside a bare handler, as rows of JSON.

The peer is Starlette alone under the same uvicorn, whose handlers run the statements of our operations on the
raw driver and answer with as many bytes: what is left is what signing in, checking, translating, events and
the relay cost. SQLite always, PostgreSQL where it is installed.
"""

import argparse
import asyncio
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.needs import FINDERS
from tests.support.postgres import name_of, postgres_server

from bench.api.preparing import prepare
from bench.api.serving import SCENES, Scene, Scenes
from bench.media import servers
from bench.rows import Row, hand_over, row

STOP_DEADLINE_S = 15
# The least share of the bare handler's requests, and of its p99: measured, and room for a noisy machine.
BUDGETS = {
    "read a room": (0.3, 0.15),
    "list 20 rooms": (0.2, 0.1),
    "create a room": (0.4, 0.15),
    "join": (0.25, 0.15),
    "vote": (0.25, 0.15),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="length of each measured window")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livehall-bench-")))
        media = stack.enter_context(servers.ours())
        rows = list(_on_sqlite(folder / "sqlite", media.url, arguments.seconds))
        program = FINDERS["postgresql"]()
        if program is None:
            print("without PostgreSQL: it is not installed", file=sys.stderr)
        else:
            rows += _on_postgres(folder / "postgresql", program, media.url, arguments.seconds)
    return hand_over(rows)


def _on_sqlite(folder: Path, media_url: str, seconds: float) -> Iterator[Row]:
    told = _prepared(folder / "ours", f"sqlite:///{folder}/ours/livehall.db", media_url)
    shutil.copytree(folder / "ours", folder / "bare")
    peer = Scenes(told.environ, f"sqlite:///{folder}/bare/livehall.db", told.scenes)
    yield from _compare("SQLite", folder, told, peer, seconds)


def _on_postgres(folder: Path, program: Path, media_url: str, seconds: float) -> list[Row]:
    with postgres_server(program) as server, server.database() as url:
        told = _prepared(folder / "ours", url, media_url)
        (folder / "bare").mkdir()
        with server.database(template=name_of(url)) as copy:
            peer = Scenes(told.environ, copy, told.scenes)
            return list(_compare("PostgreSQL", folder, told, peer, seconds))


def _prepared(data: Path, database_url: str, media_url: str) -> Scenes:
    data.mkdir(parents=True)
    environ = {
        "LIVEHALL_DATA": str(data),
        "LIVEHALL_DATABASE_URL": database_url,
        "LIVEHALL_MEDIA_URL": media_url,
        "LIVEHALL_MEDIA_API_KEY": API_KEY,
        "LIVEHALL_MEDIA_API_SECRET": API_SECRET,
    }
    return Scenes(environ, database_url, asyncio.run(prepare(environ)))


def _compare(on: str, folder: Path, told: Scenes, peer: Scenes, seconds: float) -> Iterator[Row]:
    for scene in told.scenes:
        found = {}
        for kind, said in (("bare", peer), ("ours", told)):
            with _running(kind, folder / kind, said) as (pid, port):
                found[kind] = _load(scene, pid, port, seconds)
        shares = BUDGETS[scene.name]
        for figure, what, unit, more_is_better, budget in (
            ("requests_per_cpu_s", "requests for a CPU-second", "requests", True, shares[0]),
            ("p99_ms", "p99, 16 callers", "ms", False, shares[1]),
        ):
            yield row(
                "api", f"{scene.name}, {on}: {what}", unit, found["ours"][figure], found["bare"][figure],
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


if __name__ == "__main__":
    sys.exit(main())
