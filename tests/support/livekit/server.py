"""Runs the real LiveKit server on loopback, one node, with webhooks to an address of ours."""

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import Program, free_port, is_listening

START_DEADLINE_S = 60
API_KEY = "devkey"
API_SECRET = "devsecret-devsecret-devsecret-32b"


class LiveKitServer:
    """A running LiveKit server: `url` for its API, `udp_port` for its media."""

    api_key = API_KEY
    api_secret = API_SECRET

    def __init__(
        self,
        program: Path,
        folder: Path,
        *,
        webhook_url: str | None = None,
        empty_timeout_s: int = 300,
        departure_timeout_s: int = 20,
        rtc: Mapping[str, object] | None = None,
    ) -> None:
        self.port = free_port()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.port}"
        config = {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "udp_port": self.udp_port,
                "tcp_port": 0,
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo"]},
                "ips": {"includes": ["127.0.0.0/8"]},
                # With none named, the server hands out those of third parties. Nobody answers at
                # port 3479, and no browser blocks it. The media port would not do: Chromium takes what
                # comes from there as STUN answers.
                "stun_servers": ["127.0.0.1:3479"],
                **(rtc or {}),
            },
            "room": {"empty_timeout": empty_timeout_s, "departure_timeout": departure_timeout_s},
            "keys": {API_KEY: API_SECRET},
            "logging": {"level": "info", "json": True},
        }
        if webhook_url is not None:
            config["webhook"] = {"api_key": API_KEY, "urls": [webhook_url]}
        path = folder / "livekit.yaml"
        path.write_text(json.dumps(config))  # JSON is YAML
        self.program = Program("LiveKit", [program, "--config", path], log=folder / "log", env=_environment())

    def wait_ready(self) -> None:
        self.program.wait_ready(lambda: is_listening(self.port), within=START_DEADLINE_S)


@contextmanager
def livekit_server(
    program: Path,
    *,
    webhook_url: str | None = None,
    empty_timeout_s: int = 300,
    departure_timeout_s: int = 20,
    rtc: Mapping[str, object] | None = None,
) -> Iterator[LiveKitServer]:
    """A LiveKit server for the length of a block; `rtc` adds settings to that section."""
    folder = Path(tempfile.mkdtemp(prefix="livehall-livekit-"))
    try:
        server = LiveKitServer(
            program,
            folder,
            webhook_url=webhook_url,
            empty_timeout_s=empty_timeout_s,
            departure_timeout_s=departure_timeout_s,
            rtc=rtc,
        )
        try:
            server.wait_ready()
            yield server
        finally:
            server.program.stop(within=1)  # it would wait for its rooms to empty, and keeps nothing
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
