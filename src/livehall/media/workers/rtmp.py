"""Encoders by RTMP: one port for all workers.

A key is known only after a handshake and three commands. So the front has that talk itself, and then has the
worker have it again: it gives the worker the bytes that came, drops as many bytes of the worker's answers as
the encoder has had already, and from there on passes bytes both ways. Both run the same code on the same
bytes, so the answers are equally long; what is random in them nobody looks at.
"""

import asyncio
import socket

from livehall.media.ingress.rtmp.front import RtmpListener, Talk
from livehall.media.workers import exchange
from livehall.media.workers.pool import Pool, WorkerAway
from livehall.media.workers.routing import Router


class RtmpRelay:
    def __init__(self, pool: Pool, router: Router) -> None:
        self._pool = pool
        self._router = router
        self._listener = RtmpListener(self._relay)

    async def start(self, listener: socket.socket) -> None:
        await self._listener.start(listener)

    async def close(self) -> None:
        await self._listener.close()

    async def _relay(self, talk: Talk, key: str, address: str) -> None:
        try:
            reader, writer = await self._pool.connect(self._router.of_key(key), to_rtmp=True)
        except WorkerAway:
            return  # encoders come again by themselves
        try:
            writer.write(f"{address}\n".encode() + talk.heard)
            await reader.readexactly(talk.said)
            await exchange.splice(talk.streams, (reader, writer))
        except asyncio.IncompleteReadError:
            pass  # the worker has gone
        finally:
            writer.close()
