"""One address that is pulled from: a child fetches and encodes, and what it makes goes into the room.

It ends with the source, with its room, or when the ingress is deleted, and is not begun again: a film would
begin anew. Only a server that was restarted meanwhile goes on with what it pulled.
"""

import asyncio
import contextlib

import msgspec
import structlog
from livekit.protocol import ingress as proto

from livehall.media.ingress import wire
from livehall.media.ingress.faults import KeyRefused
from livehall.media.ingress.pipeline import Pipeline, spawn
from livehall.media.ingress.service import IngressService
from livehall.media.rooms.rooms import RoomRefused, Rooms

_CANNOT = "What is at the address cannot be played."
log = structlog.get_logger(__name__)


class Pull(Pipeline):
    """Satisfies `broadcast.Source`."""

    def __init__(
        self, service: IngressService, rooms: Rooms, info: proto.IngressInfo, api_key: str, order: wire.Order
    ) -> None:
        super().__init__(rooms, info, api_key)
        self._service = service
        self._order = order
        self._running = asyncio.create_task(self._run(), name=f"ingress {info.ingress_id}")

    async def stop(self, reason: str) -> None:
        if self._running is not asyncio.current_task():
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        await self._end()

    async def _run(self) -> None:
        try:
            self._broadcast = await self._service.begin(self._info, self)
        except KeyRefused:
            return  # deleted meanwhile
        error = "The server cannot start another process."
        with contextlib.suppress(OSError):
            error = await self._pulled()
        await self._end()
        self._service.ended(self._broadcast, error, is_complete=not error)

    async def _pulled(self) -> str:
        """Until the source ends; what went wrong, or nothing. Raises: OSError."""
        process = self._process = await spawn("pull_child")
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(self._order) + b"\n")
        try:
            error = await self._carry(process)
        except RoomRefused as refused:
            return refused.text
        except wire.WireInvalid:
            log.exception("a pulling child wrote nonsense", ingress=self._info.ingress_id)
            return _CANNOT
        return error or ("" if process.returncode == 0 else _CANNOT)

    async def _end(self) -> None:
        await self._kill()
        if self._guest is not None:
            await self._guest.leave()
