"""What runs again and again beside the requests: sweeps, reconcilers, gathered counters.

A round that fails is logged once for each kind of failure and does not end its loop.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

log = structlog.get_logger(__name__)


class Loop(msgspec.Struct, frozen=True):
    name: str
    every_s: float
    round: Callable[[], Awaitable[None]]


class Loops:
    def __init__(self, loops: list[Loop]) -> None:
        self._loops = loops
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        running = asyncio.get_running_loop()
        self._tasks = [running.create_task(self._run(loop), name=loop.name) for loop in self._loops]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, loop: Loop) -> None:
        last_failure = ""
        while True:
            try:
                await loop.round()
                last_failure = ""
            except Exception as error:  # the edge of the loop: the next round may go well again
                if repr(error) != last_failure:
                    log.warning("a round failed", loop=loop.name, error=repr(error))
                last_failure = repr(error)
            await asyncio.sleep(loop.every_s)
