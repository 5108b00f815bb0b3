"""The media servers that are compared, each fresh for one run."""

import json
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import msgspec
from tests.support.gotools import GoMissing
from tests.support.livekit.program import program as livekit_program
from tests.support.livekit.server import API_KEY, API_SECRET, livekit_server
from tests.support.processes import Program, free_port, is_listening

START_DEADLINE_S = 30
# The setting of https://docs.livekit.io that sends in batches, off by default: its best on this load.
BATCHED = {"batch_io": {"batch_size": 128, "max_flush_interval": "2ms"}}


class Running(msgspec.Struct, frozen=True):
    url: str  # ws://…, of the signalling
    pid: int


Server = Callable[[], AbstractContextManager[Running]]


@contextmanager
def ours(native: str = "auto") -> Iterator[Running]:
    """Our media server; `native` as LIVEHALL_MEDIA_NATIVE."""
    folder = Path(tempfile.mkdtemp(prefix="livehall-bench-"))
    port = free_port()
    settings = {
        "port": port,
        "udp_host": "127.0.0.1",
        "udp_port": free_port(socket.SOCK_DGRAM),
        "keys": {API_KEY: API_SECRET},
        "native": native,
        "output_dir": str(folder / "output"),
    }
    config = folder / "media.json"
    config.write_text(json.dumps(settings))
    command: list[str | Path] = [sys.executable, "-m", "livehall.media", "--config", config]
    try:
        with Program("livehall media", command, log=folder / "log") as program:
            program.wait_ready(lambda: is_listening(port), within=START_DEADLINE_S)
            yield Running(f"ws://127.0.0.1:{port}", program.pid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


OURS: dict[str, Server] = {"ours": partial(ours, native="off"), "in C": partial(ours, native="on")}


def compared() -> dict[str, Server]:
    """Ours, and the real ones where they can be built."""
    try:
        return {**OURS, **real()}
    except GoMissing as why:
        print(f"without a peer: {why}", file=sys.stderr)
        return dict(OURS)


def real() -> dict[str, Server]:
    """The LiveKit server, as it comes and at its best. Raises: GoMissing."""
    program = livekit_program()

    @contextmanager
    def run(rtc: dict[str, dict[str, object]] | None) -> Iterator[Running]:
        with livekit_server(program, rtc=rtc) as server:
            yield Running(server.url.replace("http", "ws", 1), server.program.pid)

    return {"LiveKit": lambda: run(None), "LiveKit, batched": lambda: run(BATCHED)}
