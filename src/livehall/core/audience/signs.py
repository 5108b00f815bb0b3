"""Signs of life of many, written together.

A connection is asked every half minute whether it may go on, and each time the person lives. With 5,000
connections these are 200 a second: written one by one they would be 200 units and some dozens of commits.
"""

import asyncio
from typing import Final

from livehall.core.audience import store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

GATHER_S: Final = 0.5  # a sign waits so long for others; what asks for it comes every 25 s


class Signs:
    """One for each process that holds connections."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._next: asyncio.Task[None] | None = None  # of those that are still gathered
        self._seen: set[Id] = set()

    async def give(self, attendance_id: Id) -> None:
        """Once it is written, if the row is present until then. Raises: DatabaseUnavailable."""
        self._seen.add(attendance_id)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._write())
            self._next.add_done_callback(_heed)
        await asyncio.shield(self._next)

    async def stop(self) -> None:
        """Nobody waits for those that are still gathered."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
            self._next = None

    async def _write(self) -> None:
        await asyncio.sleep(GATHER_S)
        seen, self._seen, self._next = self._seen, set(), None
        async with self._desk.work(SYSTEM, origin="centrifugo", hot=True) as work:
            await store.still_present(work, sorted(seen))


def _heed(task: "asyncio.Task[None]") -> None:
    """Who waited may be gone when it fails."""
    if not task.cancelled():
        task.exception()
