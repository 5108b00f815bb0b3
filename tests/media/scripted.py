"""A UDP way to a server on which listed packets are lost, doubled, or come late."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import asynccontextmanager
from typing import cast

import msgspec

from livehall.media.rtp.packet import is_rtcp
from tests.media.between import rewritten

Address = tuple[str, int]
_CANDIDATE = re.compile(r"(candidate:\S+ 1 udp \d+ 127\.0\.0\.1 )(\d+)( typ host)")


class Script(msgspec.Struct, frozen=True):
    """What becomes of which media packet of one direction, counted from 0; all others pass at once."""

    lost: Set[int] = frozenset()
    doubled: Set[int] = frozenset()
    late: Mapping[int, int] = {}  # packet: behind so many later ones


class _Direction:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.count = 0
        self.lost = 0
        self._held: dict[int, list[bytes]] = {}  # number of the packet before which these come

    def carry(self, datagram: bytes) -> list[bytes]:
        """What goes on now, in order."""
        if not (127 < datagram[0] < 192) or is_rtcp(datagram):
            return [datagram]
        number, self.count = self.count, self.count + 1
        passed = self._held.pop(number, [])
        if number in self.script.lost:
            self.lost += 1
        elif (by := self.script.late.get(number)) is not None:
            self._held.setdefault(number + by + 1, []).append(datagram)
        else:
            passed.append(datagram)
            if number in self.script.doubled:
                passed.append(datagram)
        return passed


class _Upstream(asyncio.DatagramProtocol):
    def __init__(self, way: "ScriptedWay", peer: Address) -> None:
        self._way, self._peer = way, peer

    def datagram_received(self, data: bytes, addr: Address) -> None:
        for passed in self._way.down.carry(data):
            self._way.transport.sendto(passed, self._peer)


class ScriptedWay(asyncio.DatagramProtocol):
    """For one client; `server` is learned from what the server says of itself."""

    def __init__(self, up: Script, down: Script) -> None:
        self.up, self.down = _Direction(up), _Direction(down)
        self.server: Address | None = None
        self.port = 0
        self.transport: asyncio.DatagramTransport
        self._upstreams: dict[Address, asyncio.DatagramTransport] = {}
        self._opening: dict[Address, asyncio.Task[None]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Address) -> None:
        upstream = self._upstreams.get(addr)
        if upstream is not None:
            for passed in self.up.carry(data):
                upstream.sendto(passed)
        elif addr not in self._opening and self.server is not None:  # a check, which is repeated
            self._opening[addr] = asyncio.create_task(self._open(addr))

    async def _open(self, peer: Address) -> None:
        self._upstreams[peer], _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Upstream(self, peer), remote_addr=self.server
        )

    def rewrite(self, text: str) -> str:
        """The server's candidates become ours."""

        def moved(found: re.Match[str]) -> str:
            self.server = ("127.0.0.1", int(found[2]))
            return f"{found[1]}{self.port}{found[3]}"

        return _CANDIDATE.sub(moved, text)

    def close(self) -> None:
        for upstream in self._upstreams.values():
            upstream.close()
        self.transport.close()


@asynccontextmanager
async def scripted_way(
    server_url: str, *, up: Script | None = None, down: Script | None = None
) -> AsyncIterator[tuple[ScriptedWay, str]]:
    """The way, and the signalling address of a client that takes it. The client's own candidates do not
    get through, so that no server finds another way."""
    _, way = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: ScriptedWay(up or Script(), down or Script()), local_addr=("127.0.0.1", 0)
    )
    try:
        async with rewritten(server_url, way.rewrite, from_client=_no_candidate) as url:
            yield way, url
    finally:
        way.close()


def _no_candidate(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if "candidate:" not in line)
