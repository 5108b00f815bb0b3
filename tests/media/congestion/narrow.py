"""A UDP way to the server that carries only so much downwards: a queue in front of a given rate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

from tests.media.between import rewritten

Address = tuple[str, int]
QUEUE_S = 0.4  # of traffic; what comes beyond it is lost


class _Upstream(asyncio.DatagramProtocol):
    def __init__(self, way: "NarrowWay", peer: Address) -> None:
        self._way, self._peer = way, peer

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._way.down(data, self._peer)


class NarrowWay(asyncio.DatagramProtocol):
    """`rate_bps` may be changed at any time; None: as fast as it comes."""

    def __init__(self, server: Address) -> None:
        self.rate_bps: float | None = None
        self.lost = 0
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._free_at = 0.0
        self._upstreams: dict[Address, asyncio.DatagramTransport] = {}
        self._opening: dict[Address, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        upstream = self._upstreams.get(addr)
        if upstream is not None:
            upstream.sendto(data)
        elif addr in self._opening:
            self._opening[addr].append(data)
        else:
            self._opening[addr] = [data]
            task = asyncio.create_task(self._open(addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open(self, peer: Address) -> None:
        upstream, _ = await self._loop.create_datagram_endpoint(
            lambda: _Upstream(self, peer), remote_addr=self._server
        )
        self._upstreams[peer] = upstream
        for data in self._opening.pop(peer):
            upstream.sendto(data)

    def down(self, data: bytes, peer: Address) -> None:
        now = self._loop.time()
        if self.rate_bps is None:
            self._transport.sendto(data, peer)
            return
        start = max(now, self._free_at)
        if start - now > QUEUE_S:
            self.lost += 1
            return
        self._free_at = start + len(data) * 8 / self.rate_bps
        self._loop.call_at(self._free_at, self._send, data, peer)

    def _send(self, data: bytes, peer: Address) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(data, peer)

    def close(self) -> None:
        for upstream in self._upstreams.values():
            upstream.close()
        self._transport.close()


@asynccontextmanager
async def narrow_way(server_port: int) -> AsyncIterator[tuple[NarrowWay, int]]:
    """The way, and the port at its near end."""
    transport, way = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NarrowWay(("127.0.0.1", server_port)), local_addr=("127.0.0.1", 0)
    )
    try:
        yield way, transport.get_extra_info("sockname")[1]
    finally:
        way.close()


def moved_signalling(server_url: str, server_port: int, near_port: int) -> AbstractAsyncContextManager[str]:
    """A signalling address whose descriptions name the near end of the way instead of the server's port."""
    return rewritten(server_url, lambda text: text.replace(f" {server_port} typ ", f" {near_port} typ "))
