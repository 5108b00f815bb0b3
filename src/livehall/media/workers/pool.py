"""The worker processes: started, watched, and started again when one has died.

A worker gets its orders as one line on standard input, and ends when that input ends, so that none outlives
the front, however that ends. One that dies takes its rooms with it, and nobody else's.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Sequence

import msgspec
import structlog

from livehall.media.settings import MediaSettings, decode
from livehall.media.workers.place import Place

COMMAND = (sys.executable, "-m", "livehall.media", "--worker")
START_S = 30.0  # until a worker answers
RESTART_S = 5.0  # so long a request waits at the door of a worker that is being started again
KNOCK_S = 0.02  # between two looks
FAREWELL_S = 40.0  # for finishing recordings and saying goodbye
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0  # before a new start; doubled while they die young
_GROWN_UP_S = 30.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
log = structlog.get_logger(__name__)


class Order(msgspec.Struct, frozen=True):
    """What a worker is told at its start."""

    place: Place
    settings: MediaSettings


def decode_order(line: bytes) -> Order:
    """Raises: SettingsInvalid."""
    return decode(line, Order)


class WorkerAway(Exception):
    """It is not there, and does not come back in time."""


def orders(settings: MediaSettings, folder: str, port: int) -> list[Order]:
    """Each worker takes the next port of UDP, and of TCP for media; 0 stays any that is free."""
    found = []
    for number in range(settings.workers):
        own = msgspec.structs.replace(
            settings,
            workers=1,
            udp_port=settings.udp_port and settings.udp_port + number,
            tcp_port=settings.tcp_port and settings.tcp_port + number,
            whip_url=settings.whip_url or f"http://{settings.host}:{port}/whip",
        )
        found.append(Order(Place(number, settings.workers, folder), own))
    return found


class Pool:
    def __init__(self, given: Sequence[Order], command: Sequence[str] = COMMAND) -> None:
        self._orders = given
        self._command = command
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._watching: list[asyncio.Task[None]] = []
        self._is_closing = False

    def __len__(self) -> int:
        return len(self._orders)

    def pid(self, number: int) -> int:
        return self._processes[number].pid

    async def open(self) -> None:
        """All of them, ready. Raises: OSError when one cannot start; the others are ended."""
        try:
            await asyncio.gather(*(self._start(order) for order in self._orders))
            await asyncio.gather(*(self._until_ready(order) for order in self._orders))
        except OSError:
            await self.close()
            raise
        self._watching = [asyncio.create_task(self._watch(order)) for order in self._orders]

    async def close(self) -> None:
        self._is_closing = True
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await asyncio.gather(*(_end(process) for process in self._processes.values()))

    async def connect(self, number: int, *, to_rtmp: bool = False) -> Streams:
        """A connection to a worker; one that is being started again is waited for.

        Raises: WorkerAway.
        """
        place = self._orders[number].place
        path = place.rtmp if to_rtmp else place.http
        deadline = time.monotonic() + RESTART_S
        while True:
            try:
                return await asyncio.open_unix_connection(path)
            except (ConnectionRefusedError, FileNotFoundError):
                if time.monotonic() >= deadline or self._is_closing:
                    raise WorkerAway(number) from None
            await asyncio.sleep(KNOCK_S)

    async def _start(self, order: Order) -> None:
        for path in (order.place.http, order.place.rtmp):
            path.unlink(missing_ok=True)
        process = await asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.PIPE)
        self._processes[order.place.number] = process
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(order, enc_hook=os.fspath) + b"\n")
        with contextlib.suppress(OSError):  # it has died already, which `_watch` sees
            await process.stdin.drain()

    async def _until_ready(self, order: Order) -> None:
        process = self._processes[order.place.number]
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if process.returncode is not None:
                raise OSError(0, f"media worker {order.place.number} ended with {process.returncode}")
            with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
                _, writer = await asyncio.open_unix_connection(order.place.http)
                writer.close()
                return
            await asyncio.sleep(KNOCK_S)
        raise OSError(0, f"media worker {order.place.number} does not answer")

    async def _watch(self, order: Order) -> None:
        wait = _FIRST_WAIT_S
        while True:
            began = time.monotonic()
            status = await self._processes[order.place.number].wait()
            log.error("a media worker has died with its rooms", worker=order.place.number, exit_status=status)
            wait = _FIRST_WAIT_S if time.monotonic() - began > _GROWN_UP_S else min(2 * wait, _LONGEST_WAIT_S)
            await asyncio.sleep(wait)
            try:
                await self._start(order)
            except OSError:  # the loop's edge: it is tried again
                log.exception("a media worker could not be started", worker=order.place.number)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), FAREWELL_S)
        except TimeoutError:
            process.kill()
            await process.wait()
    if process.stdin is not None:
        process.stdin.close()
