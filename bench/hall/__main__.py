"""`python -m bench.hall`: memory of a whole hall for each viewer, as rows of JSON.

`livehall serve` with everything: so many realtime connections that listen to a room, then so many media
subscribers whose signalling is passed through by the api process. What is counted is the growth of the api
and media processes' resident memory.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack, redirect_stdout
from pathlib import Path

import msgspec
import websockets
from tests.support.hall import HOST, Hall, hall

from bench.media.load.run import Plan
from bench.processes import Processes
from bench.rows import Row, hand_over, row
from livehall.server.secrets import load_secrets, media_credentials
from livehall.server.settings import load_settings

CONNECTING = 20  # at the same time
WINDOW_S = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hall", description=__doc__)
    parser.add_argument("--connections", type=int, default=500, help="realtime connections")
    parser.add_argument("--subscribers", type=int, default=100, help="media subscribers")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr))  # the hall's log, at its end
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="livehall-bench-"))
        running = stack.enter_context(hall(Path(folder)))
        running.add_account()
        token = running.token(HOST)
        room, session = asyncio.run(_prepare(running, token))
        realtime = asyncio.run(_realtime(running, room, arguments.connections))
        media = _media(running, session, arguments.subscribers)
    return hand_over(rows(realtime, media))


def rows(realtime_kb: float, media_kb: float) -> list[Row]:
    return [
        row("hall", "memory for a realtime connection, api process", "KiB", realtime_kb),
        row("hall", "memory for a media subscriber, both processes", "KiB", media_kb),
        row("hall", "memory for a viewer, whole hall", "KiB", round(realtime_kb + media_kb, 1)),
    ]


async def _prepare(running: Hall, token: str) -> tuple[str, str]:
    """A room, and a session of it in backstage, so that the media room is there."""
    async with running.api(token) as api:
        room: str = (await api.post("/rooms", {"title": "A full house"}))["id"]
        session: str = (await api.post(f"/rooms/{room}/sessions", {"title": "Tonight"}))["session"]["id"]
        await api.post(f"/sessions/{session}/start")
    return room, session


async def _realtime(running: Hall, room: str, connections: int) -> float:
    """KiB of the api process for each connection, of a viewer of its own, that listens to the room."""
    api = Processes([running.pid("api")])
    gate = asyncio.Semaphore(CONNECTING)
    async with AsyncExitStack() as open_sockets:
        visitors = await open_sockets.enter_async_context(running.api())
        viewer = {"room_id": room, "consent": True}
        tokens = [
            (await visitors.post("/auth/viewers", {"username": f"Viewer {number}", **viewer}))["access_token"]
            for number in range(connections)
        ]

        async def connect(token: str) -> None:
            async with gate:
                socket = await open_sockets.enter_async_context(
                    websockets.connect(
                        f"{running.url.replace('http', 'ws', 1)}/connection/websocket",
                        compression=None,
                        ping_interval=None,
                    )
                )
                for number, command in enumerate(
                    ({"connect": {"token": token}}, {"subscribe": {"channel": f"room:{room}"}}), start=1
                ):
                    await socket.send(json.dumps({"id": number, **command}))
                    reply = json.loads(str(await socket.recv()).partition("\n")[0])
                    if "error" in reply:
                        raise SystemExit(f"the hub refused {command}: {reply['error']}")

        before = api.rss_kb()
        await asyncio.gather(*map(connect, tokens))
        return round((api.rss_kb() - before) / connections, 1)


def _media(running: Hall, session: str, subscribers: int) -> float:
    """KiB of both processes for each subscriber of the session's media room."""
    settings = load_settings(running.environ)
    key, secret = media_credentials(settings, load_secrets(running.data))
    plan = Plan(
        url=running.url.replace("http", "ws", 1), api_key=key, api_secret=secret, room=session,
        pids=[running.pid("api"), running.pid("media")], subscribers=subscribers,
        seconds=WINDOW_S, settle_s=1,
    )  # fmt: skip
    command = [sys.executable, "-m", "bench.media.load", msgspec.json.encode(plan).decode()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"media load failed: {done.stdout}{done.stderr}")
    return float(json.loads(done.stdout)["rss_per_subscriber_kb"])


if __name__ == "__main__":
    sys.exit(main())
