"""One RTMP push: what the encoder sends goes to a child process, and what the child makes of it into the
room.

A child that dies is replaced; its successor is told the decoders' configurations, and goes on at the next
key frame. The encoder and the room notice no more than that gap.
"""

import asyncio
import contextlib
import time

import structlog
from livekit.protocol import ingress as proto

from livehall.media.ingress import flv, wire
from livehall.media.ingress.pipeline import Pipeline, spawn
from livehall.media.ingress.service import IngressService
from livehall.media.rooms.rooms import RoomRefused, Rooms

MOST_RUNS = 5  # children within `RUNS_WITHIN_S`
RUNS_WITHIN_S = 60.0
log = structlog.get_logger(__name__)


class Push(Pipeline):
    """Satisfies `broadcast.Source`. `open`, `write` for every message, `close`."""

    def __init__(self, service: IngressService, rooms: Rooms, info: proto.IngressInfo, api_key: str) -> None:
        super().__init__(rooms, info, api_key)
        self._service = service
        self._running: asyncio.Task[None] | None = None
        self._configurations: dict[int, flv.Tag] = {}  # by kind of tag
        self._is_fed = asyncio.Event()  # there is a child that takes what comes
        self._error = ""
        self.is_over = asyncio.Event()  # the encoder's connection is to be closed
        self.reason = ""  # and this is said to it

    async def open(self) -> None:
        """Raises: KeyRefused."""
        self._broadcast = await self._service.begin(self._info, self)
        self._running = asyncio.create_task(self._run(), name=f"ingress {self._info.ingress_id}")

    async def write(self, tag: flv.Tag) -> None:
        """Waits while the child has enough to do, so that the encoder feels it."""
        if tag.kind == flv.DATA or flv.is_configuration(tag):
            self._configurations[tag.kind] = tag
        await self._is_fed.wait()
        process = self._process
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):  # it has died: its successor goes on
            process.stdin.write(flv.write(tag))
            await process.stdin.drain()

    async def close(self) -> None:
        """The encoder has gone."""
        await self._finish("")

    async def stop(self, reason: str) -> None:
        self.reason = self.reason or reason
        await self._finish("")

    async def _finish(self, error: str) -> None:
        self._error = self._error or error
        self.is_over.set()
        if self._running is not None and self._running is not asyncio.current_task():
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        await self._kill()
        if self._guest is not None:
            await self._guest.leave()
        if self._broadcast is not None:
            self._service.ended(self._broadcast, self._error)

    async def _run(self) -> None:
        """One child after the other."""
        began: list[float] = []
        while True:
            now = time.monotonic()
            began = [at for at in began if now - at < RUNS_WITHIN_S] + [now]
            if len(began) > MOST_RUNS:
                await self._fail("What the encoder sends cannot be read.")
                return
            try:
                process = self._process = await spawn("child")
            except OSError:
                log.exception("ingest child not started", ingress=self._info.ingress_id)
                await asyncio.sleep(1.0)
                continue
            try:
                refusal = await self._carry(process)
            except RoomRefused as refused:
                refusal = refused.text
            except wire.WireInvalid:
                log.exception("an ingest child wrote nonsense", ingress=self._info.ingress_id)
                refusal = ""
            finally:
                self._is_fed.clear()
                await self._kill()
            if refusal:
                await self._fail(refusal)
                return
            log.warning(
                "ingest child ended early", ingress=self._info.ingress_id, exit_status=process.returncode
            )

    async def _fail(self, error: str) -> None:
        self.reason = error
        await self._finish(error)

    async def _carry(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdin is not None
        process.stdin.write(flv.HEADER)
        for tag in self._configurations.values():
            process.stdin.write(flv.write(tag))
        self._is_fed.set()
        return await super()._carry(process)
