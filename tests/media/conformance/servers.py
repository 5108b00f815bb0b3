"""The two servers of the suite, each a process of its own, with one receiver of their webhooks."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from tests.support.livekit.server import API_KEY, API_SECRET, livekit_server
from tests.support.processes import Program, free_port, is_listening

EMPTY_TIMEOUT_S, DEPARTURE_TIMEOUT_S = 120, 20  # of rooms that do not say otherwise, on both servers
_START_DEADLINE_S = 60


class Hooks:
    """Takes webhooks in a thread of its own, so that the tests' event loops do not matter to it."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []  # headers in lower case, body
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hooks.raw.append(({name.lower(): value for name, value in self.headers.items()}, body))
                hooks.events.append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silence: the events are what is looked at."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, name="webhooks", daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/hook"

    def of(self, room: str) -> list[dict[str, Any]]:
        """The events of one room, in the order of their arrival."""
        return [event for event in self.events if event.get("room", {}).get("name") == room]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class Server(msgspec.Struct, frozen=True):
    name: str  # ours, livekit
    url: str
    hooks: Hooks
    pid: int = 0  # of ours

    @property
    def is_ours(self) -> bool:
        return self.name == "ours"

    @property
    def signal_url(self) -> str:
        return self.url.replace("http", "ws", 1)


@contextmanager
def ours(folder: Path, **changes: object) -> Iterator[Server]:
    """`python -m livehall.media`, as `livehall serve` starts it; `changes` of its settings."""
    hooks = Hooks()
    port = free_port()
    settings = {
        "port": port,
        "udp_host": "127.0.0.1",
        "udp_port": free_port(socket.SOCK_DGRAM),
        "tcp_port": free_port(),
        "keys": {API_KEY: API_SECRET},
        "webhook_urls": [hooks.url],
        "output_dir": str(folder),
        "empty_timeout_s": EMPTY_TIMEOUT_S,
        "departure_timeout_s": DEPARTURE_TIMEOUT_S,
        **changes,
    }
    config = folder / "media.json"
    config.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "livehall.media", "--config", config]
    try:
        with Program("our media server", command, log=folder / "media.log") as program:
            program.wait_ready(lambda: is_listening(port), within=_START_DEADLINE_S)
            yield Server("ours", f"http://127.0.0.1:{port}", hooks, program.pid)
    finally:
        hooks.close()


@contextmanager
def livekit(program: Path, **rtc: object) -> Iterator[Server]:
    """The real one, with the same time limits of rooms; `rtc` adds settings to that section."""
    hooks = Hooks()
    try:
        with livekit_server(
            program,
            webhook_url=hooks.url,
            empty_timeout_s=EMPTY_TIMEOUT_S,
            departure_timeout_s=DEPARTURE_TIMEOUT_S,
            rtc={"tcp_port": free_port(), **rtc},
        ) as server:
            yield Server("livekit", server.url, hooks)
    finally:
        hooks.close()
