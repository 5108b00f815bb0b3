"""What runs again and again beside the requests: sweeps, reconcilers, gathered counters.

A round that fails is logged once for each kind of failure and does not end its loop. Among several
processes the one that leads has the rounds; the next one goes on within `LOOK_S` of the lead. Two rounds may
meet when the lead changes, so each is harmless beside another.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec
import structlog

log = structlog.get_logger(__name__)


class Loop(msgspec.Struct, frozen=True):
    name: str
    every_s: float
    round: Callable[[], Awaitable[None]]


LOOK_S = 1.0  # how often one who does not lead looks whether it does
END_S = 5.0  # a round that is under way may finish


class Loops:
    def __init__(self, loops: list[Loop], leads: Callable[[], bool] = lambda: True) -> None:
        """`leads`: whether the rounds are this process's now."""
        self._loops, self._leads = loops, leads
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = asyncio.Event()

    def start(self) -> None:
        running = asyncio.get_running_loop()
        self._tasks = [running.create_task(self._run(loop), name=loop.name) for loop in self._loops]

    async def stop(self) -> None:
        """Rounds that are under way may finish; then it is over."""
        self._ending.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=END_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, loop: Loop) -> None:
        last_failure = ""
        while not self._ending.is_set():
            wait_s = min(loop.every_s, LOOK_S)
            if self._leads():
                wait_s = loop.every_s
                try:
                    await loop.round()
                    last_failure = ""
                except Exception as error:  # the edge of the loop: the next round may go well again
                    if repr(error) != last_failure:
                        log.warning("a round failed", loop=loop.name, error=repr(error))
                    last_failure = repr(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), wait_s)
