"""Sends one browser the long way round, through a relay process (`tests.support.relay`)."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

ANSWER_DEADLINE_S = 15
REROUTE = Path(__file__).with_name("reroute.js")
CHECKOUT = Path(__file__).parent.parent.parent


class SentFrame(msgspec.Struct, frozen=True):
    """One RTP frame that went on towards the server: `at` in seconds of the monotonic clock."""

    ssrc: int
    payload_type: int
    timestamp: int
    at: float


class Detour:
    """A relay that is running; `tcp[port]` and `udp_port` stand in for the server's."""

    def __init__(
        self, process: asyncio.subprocess.Process, server_udp: int, udp_port: int, tcp: dict[int, int]
    ) -> None:
        self._process = process
        self._server_udp = server_udp
        self.udp_port, self.tcp = udp_port, tcp

    def script(self, *, sockets: bool = True) -> str:
        """What every page must run first: its media, and with `sockets` its WebSockets, take the detour."""
        doors = json.dumps(self.tcp if sockets else {})
        return f"({REROUTE.read_text()})({self._server_udp}, {self.udp_port}, {doors});"

    async def swallow(self) -> None:
        """Lose the network: everything is thrown away from now on."""
        await self._ask("swallow")

    async def flow(self) -> None:
        """Give the network back; connections that lost bytes are reset."""
        await self._ask("flow")

    async def frames(self) -> list[SentFrame]:
        """Every RTP frame that has reached the server's side, in order."""
        return msgspec.convert(await self._ask("frames"), list[SentFrame])

    async def counts(self) -> dict[str, int]:
        return msgspec.convert(await self._ask("counts"), dict[str, int])

    async def _ask(self, command: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        return await _line(self._process)

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), ANSWER_DEADLINE_S)


@asynccontextmanager
async def detour(server_udp: int, *server_tcp: int) -> AsyncIterator[Detour]:
    """A relay in front of ports of a server on loopback, for the length of a block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.relay", *map(str, (server_udp, *server_tcp)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=CHECKOUT, limit=1 << 26,
    )  # fmt: skip
    ports = await _line(process)
    relay = Detour(process, server_udp, ports["udp"], dict(zip(server_tcp, ports["tcp"], strict=True)))
    try:
        yield relay
    finally:
        await relay.close()


async def _line(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), ANSWER_DEADLINE_S)
    assert line, "the relay is gone"
    return json.loads(line)
