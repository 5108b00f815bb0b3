"""A whole Livehall for one test: `livehall serve` with a data directory and ports of its own."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.api import Api
from tests.support.livekit.server import LiveKitServer
from tests.support.processes import Program, free_port, free_ports_in_a_row
from tests.support.waiting import wait_until

START_DEADLINE_S = 60
END_DEADLINE_S = 20
COMMAND = [sys.executable, "-m", "livehall.cli"]
HOST = "ada@example.org"


class Hall:
    """A running hall. `url` is where people find it; `udp_port` is where its media comes in."""

    def __init__(self, folder: Path, settings: Mapping[str, str], *, demo: bool) -> None:
        self.port = int(settings.get("LIVEHALL_PORT") or free_port())
        self.processes = int(settings.get("LIVEHALL_API_PROCESSES", "1"))
        self.internal_port = free_ports_in_a_row(self.processes)  # of the first api process
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.rtmp_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LIVEHALL_DATA": str(self.data),
            "LIVEHALL_PORT": str(self.port),
            "LIVEHALL_INTERNAL_PORT": str(self.internal_port),
            "LIVEHALL_MEDIA_PORT": str(free_port()),
            "LIVEHALL_MEDIA_UDP_PORT": str(self.udp_port),
            "LIVEHALL_MEDIA_RTMP_PORT": str(self.rtmp_port),
            "LIVEHALL_LOG_FORMAT": "json",
            **settings,
        }
        command = [*COMMAND, "serve", *(["--demo"] if demo else [])]
        self.program = Program("livehall serve", command, log=folder / "log", env=self.environ, cwd=folder)

    def wait_ready(self) -> None:
        """Wait until every part says that it works."""
        self.program.wait_ready(self.is_ready, within=START_DEADLINE_S)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def command(self, *words: str, within_s: int = 60) -> str:
        """What a command of this hall prints."""
        done = subprocess.run(
            [*COMMAND, *words],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
        assert done.returncode == 0, f"livehall {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def add_account(self, email: str = HOST, role: str = "host", organization: str | None = None) -> None:
        within = ["--organization", organization] if organization else []
        self.command("account", "add", email, "--role", role, *within)

    def token(self, email: str = HOST) -> str:
        """An access token of this account."""
        return self.command("token", email)

    def api(self, token: str | None = None) -> Api:
        """The primary API, for whoever the token names."""
        return Api(self.url, token)

    @property
    def sign_in_link(self) -> str:
        """The demonstration hall's sign-in link for its host; it works once."""
        return self._printed(r"http://\S+#code=\S+")

    @property
    def room_link(self) -> str:
        """The public address of the demonstration hall's room."""
        return self._printed(r"http://\S+/w/\S+")

    def pid(self, child: str) -> int:
        """The process id of a child of the supervisor: `api` or `media`."""
        wait_until(lambda: self._find(child), within=20, what=f"the {child} process")
        found = self._find(child)
        assert found is not None
        return found

    def pids(self, child: str) -> list[int]:
        """The process ids of all children of this kind, in their order."""
        found = [pid for pid in _children(self.program.pid) if child in _words(pid)]
        return sorted(found, key=lambda pid: _words(pid))

    def recorders(self) -> list[int]:
        """The process ids of the media server's recorders."""
        return _children(self.pid("media"))

    def kill(self, pid: int) -> None:
        """`kill -9` of one of the hall's processes."""
        assert pid in _descendants(self.program.pid)
        os.kill(pid, signal.SIGKILL)

    def faults(self) -> list[str]:
        """The log's lines of level error, each with its event and exception."""
        lines = self.program.log_path.read_text(errors="replace").splitlines()
        records = [json.loads(line) for line in lines if line.startswith("{")]
        return [json.dumps(record) for record in records if record.get("level") in {"error", "critical"}]

    def _printed(self, pattern: str) -> str:
        match = re.search(pattern, self.program.log_path.read_text(errors="replace"))
        assert match is not None, f"nothing like {pattern} was printed:\n{self.program.log()}"
        return match.group()

    def _find(self, child: str) -> int | None:
        return next((pid for pid in _children(self.program.pid) if child in _words(pid)), None)


@contextmanager
def hall(
    folder: Path,
    *,
    database_url: str | None = None,
    livekit: LiveKitServer | None = None,
    demo: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Hall]:
    """A hall for the length of a block; its log is printed at the end, for pytest to show with a failure."""
    chosen = dict(settings or {})
    if database_url is not None:
        chosen["LIVEHALL_DATABASE_URL"] = database_url
    if livekit is not None:
        chosen |= {
            "LIVEHALL_MEDIA_URL": livekit.url.replace("http:", "ws:"),
            "LIVEHALL_MEDIA_API_KEY": livekit.api_key,
            "LIVEHALL_MEDIA_API_SECRET": livekit.api_secret,
        }
    running = Hall(folder, chosen, demo=demo)
    try:
        running.wait_ready()
        yield running
    finally:
        running.program.stop(END_DEADLINE_S)
        print(running.program.log(20_000))


def _children(pid: int) -> list[int]:
    """The processes whose parent this is, from proc(5)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def _descendants(pid: int) -> list[int]:
    children = _children(pid)
    return children + [one for child in children for one in _descendants(child)]


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def holder_of(running: Hall, client: tuple[str, int]) -> int | None:
    """The api process that holds the server's end of a connection from this local address, from proc(5)."""
    wanted = f"0100007F:{running.port:04X} 0100007F:{client[1]:04X}"
    inode = next(
        (
            line.split()[9]
            for line in Path("/proc/net/tcp").read_text().splitlines()
            if " ".join(line.split()[1:3]) == wanted
        ),
        None,
    )
    for pid in running.pids("api"):
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()) == f"socket:[{inode}]":
                    return pid
    return None
