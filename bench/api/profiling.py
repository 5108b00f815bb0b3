"""`python -m bench.api.profiling [SCENE …]`: where the CPU time of an operation goes, by cProfile, on SQLite.

The app without rates and without loops is called in the process, one call after another, a chat message each
time by somebody else. What counts is the share: the profiler itself makes small functions look dear.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.api.preparing import client_of
from bench.crowd.preparing import JOIN, environ_of, prepare
from bench.media import servers
from livehall.server.app import App
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

CALLS = 500
WARM = 20
SHOWN = 40
PACKAGES = 16
SCENES = ("join", "chat", "vote")

Call = tuple[str, str, bytes]
"""Token, path, body."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.api.profiling", description=__doc__)
    parser.add_argument("scenes", nargs="*", default=SCENES, metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--by", choices=["tottime", "cumulative"], default="tottime")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="livehall-bench-") as folder, ExitStack() as stack:
        media = stack.enter_context(servers.ours())
        environ = environ_of(Path(folder), f"sqlite:///{folder}/livehall.db", media.url)
        for name, profile in asyncio.run(profiled(environ, arguments.scenes, arguments.calls)).items():
            print(f"# {name}, {arguments.calls} calls")
            for part, share in shares(profile):
                print(f"{share:6.1%}  {part}")
            pstats.Stats(profile).sort_stats(arguments.by).print_stats(SHOWN)
    return 0


def shares(profile: cProfile.Profile) -> list[tuple[str, float]]:
    """The part of each package in the time of its own functions, the largest first."""
    spent: dict[str, float] = {}
    for (path, _, function), (_, _, own, *_) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        part = _package(path, function)
        spent[part] = spent.get(part, 0.0) + own
    whole = sum(spent.values())
    ordered = sorted(spent.items(), key=lambda each: -each[1])
    return [(part, own / whole) for part, own in ordered[:PACKAGES]]


def _package(path: str, function: str) -> str:
    if path == "~":
        return function.strip("{}") if "sqlite3" in function else "built in"
    words = Path(path).parts
    if "livehall" in words:
        return ".".join(words[words.index("livehall") : -1][:4])
    return words[words.index("site-packages") + 1] if "site-packages" in words else "standard library"


async def profiled(environ: dict[str, str], scenes: list[str], calls: int) -> dict[str, cProfile.Profile]:
    house = await prepare(environ, calls + WARM, on_the_air=1)
    app = App(load_settings(environ), load_secrets(Path(environ["LIVEHALL_DATA"])), rates_by=None)
    path = f"/sessions/{house.sessions[0]}"
    found = {}
    async with client_of(app, house.host) as client:
        body = {"question": "Tea?", "options": ["yes", "no"]}
        poll = (await client.post(f"{path}/polls", json=body)).raise_for_status().json()["data"]
        vote = json.dumps({"option_id": poll["options"][0]["id"]}).encode()
        wanted: dict[str, tuple[str, bytes]] = {
            "join": (f"{path}/join", JOIN),
            "chat": (f"{path}/chat", b'{"message": "What one of them wants to say"}'),
            "vote": (f"{path}/polls/{poll['id']}/vote", vote),
        }
        for name in SCENES:  # who did not join may not write
            to, content = wanted[name]
            pending = iter([(token, to, content) for token in house.people])
            for _ in range(WARM):
                await call(app, next(pending))
            profile = cProfile.Profile(time.process_time)
            profile.enable()
            for each in pending:
                await call(app, each)
            profile.disable()
            if name in scenes:
                found[name] = profile
    return found


async def call(app: App, wanted: Call) -> None:
    """Straight through the app, without a client. Raises: SystemExit, when it is no success."""
    token, path, body = wanted
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": f"/api/v1{path}", "raw_path": f"/api/v1{path}".encode(), "query_string": b"", "root_path": "",
        "headers": [
            (b"host", b"bench"), (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 300:
            raise SystemExit(f"POST {path}: {message['status']}")

    await app.asgi(scope, receive, send)


if __name__ == "__main__":
    sys.exit(main())
