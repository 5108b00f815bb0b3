"""Group commit: units queue for one connection, each in a savepoint of a shared transaction.

Invariants: units run one after another; a unit that raises takes back its own savepoint and nothing
else; nobody is answered before the commit that holds their rows. A batch is committed as soon as no
unit waits, or it has `BATCH` units, so a lone unit pays for no delay.

Failure story: when the commit itself fails, every unit of the batch fails with `DatabaseUnavailable`,
and nothing of it is stored. A caller that is cancelled while it waits for its commit may find its rows
stored, as with any database.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from livehall.kernel.db.connection import Connection, DatabaseUnavailable

BATCH = 128  # units


class Session(Connection, Protocol):
    """What a lane needs of a connection. Every call raises `DatabaseUnavailable` when it is gone."""

    async def begin(self) -> None: ...

    async def commit(self) -> None: ...

    async def rollback(self) -> None: ...

    async def savepoint(self) -> None: ...

    async def release(self) -> None: ...

    async def rollback_to(self) -> None: ...


class Batch:
    __slots__ = ("done", "units")

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.units = 0


class Lane:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = asyncio.Lock()  # first come, first served
        self._waiting = 0
        self._batch: Batch | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Connection]:
        await self._wait_for_turn()
        try:
            batch = await self._open_batch()
            try:
                yield self._session
            except BaseException:
                await self._session.rollback_to()
                await self._end_turn(batch)
                raise
            await self._session.release()
            batch.units += 1
            await self._end_turn(batch)
        except DatabaseUnavailable:
            await self._abandon()
            raise
        finally:
            self._turn.release()
        await asyncio.shield(batch.done)

    async def _wait_for_turn(self) -> None:
        self._waiting += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            # The unit before counted on this one to commit.
            task = asyncio.get_running_loop().create_task(self._close_open_batch())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            raise
        finally:
            self._waiting -= 1

    async def _close_open_batch(self) -> None:
        async with self._turn:
            if self._batch is not None and not self._waiting:
                await self._commit(self._batch)

    async def _open_batch(self) -> Batch:
        if self._batch is None:
            await self._session.begin()
            self._batch = Batch()
        await self._session.savepoint()
        return self._batch

    async def _end_turn(self, batch: Batch) -> None:
        if not self._waiting:
            await asyncio.sleep(0)  # let those that are ready queue up: they share this commit
        if not self._waiting or batch.units >= BATCH:
            await self._commit(batch)

    async def _commit(self, batch: Batch) -> None:
        self._batch = None
        try:
            await self._session.commit()
        except DatabaseUnavailable as fault:
            batch.done.set_exception(fault)
            batch.done.exception()  # a batch of failed units has nobody who waits
            raise
        batch.done.set_result(None)

    async def _abandon(self) -> None:
        """The connection is in doubt: whoever shares the batch fails with it."""
        batch, self._batch = self._batch, None
        with suppress(DatabaseUnavailable):  # the server has taken it back, or will when it notices
            await self._session.rollback()
        if batch is not None and not batch.done.done():
            batch.done.set_exception(DatabaseUnavailable())
            batch.done.exception()
