"""Runs coturn on loopback as `docs/install/turnserver.conf` has it."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.support.needs import need
from tests.support.processes import Program, free_port, is_listening

EXAMPLE = Path(__file__).parent.parent.parent / "docs/install/turnserver.conf"
MEDIA, ELSEWHERE = "127.0.0.1", "127.0.0.2"  # who may be reached through it, and who may not
_START_DEADLINE_S = 20


class Coturn(msgspec.Struct, frozen=True):
    port: int
    secret: str

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"turn:127.0.0.1:{self.port}?transport={kind}" for kind in ("udp", "tcp"))


def _adapted(text: str, changes: dict[str, str]) -> str:
    for name, value in changes.items():
        text, found = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
        assert found == 1, f"{EXAMPLE.name} has not one line of {name}"
    return text


@contextmanager
def coturn(folder: Path) -> Iterator[Coturn]:
    """A TURN server for the length of a block."""
    program = need("coturn")
    secret = secrets.token_hex(16)
    port = free_port()
    changes = {"listening-port": str(port), "static-auth-secret": secret, "allowed-peer-ip": MEDIA}
    lines = [
        _adapted(EXAMPLE.read_text(), changes),
        # What a test machine needs beside: all on loopback, and nothing written where a service would.
        "listening-ip=127.0.0.1",
        "relay-ip=127.0.0.1",
        "allow-loopback-peers",
        "no-tls",
        "no-dtls",
        "no-rfc5780",
        f"userdb={folder / 'turndb'}",
        f"pidfile={folder / 'turn.pid'}",
        "log-file=stdout",
        "simple-log",
    ]
    config = folder / "turnserver.conf"
    config.write_text("\n".join(lines) + "\n")
    with Program("coturn", [program, "-c", config], log=folder / "coturn.log") as running:
        running.wait_ready(lambda: is_listening(port), within=_START_DEADLINE_S)
        yield Coturn(port, secret)
