"""Group commit: units queue for one connection, each in a savepoint of a shared transaction.

Invariants: units run one after another; a unit that raises takes back its own savepoint and nothing
else; nobody is answered before the commit that holds their rows. A batch is committed as soon as no
unit waits, or it has `BATCH` units, so a lone unit pays for no delay.

Failure story: when the commit itself fails, every unit of the batch fails with `DatabaseUnavailable`,
and nothing of it is stored; a unit whose rows are refused only then fails alone. A caller that is cancelled
while it waits for its commit may find its rows stored, as with any database.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Protocol, TypeVar

from livehall.kernel.db.connection import Connection, DatabaseUnavailable

T = TypeVar("T")

BATCH = 128  # units


class Session(Connection, Protocol):
    """What a lane needs of a connection. Every call raises `DatabaseUnavailable` when it is gone.

    `savepoint` and `release` never suspend, so that nobody can be cancelled within one; where `is_inline`, no
    call but `commit` does.
    """

    is_inline: bool

    async def begin(self) -> None: ...

    async def commit(self) -> Mapping[int, Exception]:
        """Those of the kept units whose rows were refused after all, by their number in the batch, and why:
        of them nothing is stored.
        """
        ...

    async def rollback(self) -> None: ...

    async def savepoint(self) -> None: ...

    async def release(self) -> None: ...

    async def rollback_to(self) -> None: ...


class Batch:
    __slots__ = ("done", "units")

    def __init__(self) -> None:
        self.done: asyncio.Future[Mapping[int, Exception]] = asyncio.get_running_loop().create_future()
        self.units = 0  # that are kept


async def unbroken(work: Coroutine[None, None, T]) -> T:
    """Run to the end, although the caller may be cancelled meanwhile; then the cancellation goes on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


class Lane:
    def __init__(self, session: Session) -> None:
        self.session = session
        self._turn = asyncio.Lock()  # first come, first served
        self._waiting = 0
        self._batch: Batch | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def unit(self) -> "Unit":
        return Unit(self)

    async def enter(self) -> Batch:
        """The turn of a unit, and the batch that it is in."""
        await self._wait_for_turn()
        try:
            return await (self._open_batch() if self._batch else self._whole(self._open_batch()))
        except BaseException:
            # It did not open, or it did for one who was cancelled meanwhile.
            await self._whole(self._close(self._batch, keep=False))
            raise

    async def leave(self, batch: Batch, *, keep: bool) -> None:
        """Returns when what is kept is stored."""
        number = batch.units
        if not keep:
            await self._whole(self._close(batch, keep=False))
        else:  # which suspends only to commit
            await self._close(batch, keep=True)
            refused = await asyncio.shield(batch.done)
            if number in refused:
                raise refused[number]

    async def _whole(self, step: Coroutine[None, None, T]) -> T:
        """A step that must not be cut in two: the batch and the turn are everybody's."""
        return await (step if self.session.is_inline else unbroken(step))

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
        try:
            if self._batch is None:
                await self.session.begin()
                self._batch = Batch()
            await self.session.savepoint()
        except DatabaseUnavailable:
            await self._abandon()
            raise
        return self._batch

    async def _close(self, batch: Batch | None, *, keep: bool) -> None:
        """End a unit and its turn; commit when the batch is full or nobody else waits to join it."""
        try:
            if batch is None:
                return
            if keep:
                await self.session.release()
                batch.units += 1
            else:
                await self.session.rollback_to()
            await self._end_turn(batch)
        except asyncio.CancelledError:
            raise  # after the commit, or with others waiting to join this batch
        except BaseException:
            await self._whole(self._abandon())
            raise
        finally:
            self._turn.release()

    async def _end_turn(self, batch: Batch) -> None:
        try:
            if not self._waiting:
                await asyncio.sleep(0)  # let those that are ready queue up: they share this commit
        finally:  # also for one who is cancelled here: others may be in the batch
            if not self._waiting or batch.units >= BATCH:
                await unbroken(self._commit(batch))

    async def _commit(self, batch: Batch) -> None:
        self._batch = None
        try:
            refused = await self.session.commit()
        except BaseException as error:
            fault = error if isinstance(error, DatabaseUnavailable) else DatabaseUnavailable()
            batch.done.set_exception(fault)
            batch.done.exception()  # a batch of failed units has nobody who waits
            with suppress(DatabaseUnavailable):  # here, since whoever commits may be cancelled meanwhile
                await self.session.rollback()
            raise
        batch.done.set_result(refused)

    async def _abandon(self) -> None:
        """The connection is in doubt: whoever shares the batch fails with it."""
        batch, self._batch = self._batch, None
        with suppress(DatabaseUnavailable):  # the server has taken it back, or will when it notices
            await self.session.rollback()
        if batch is not None and not batch.done.done():
            batch.done.set_exception(DatabaseUnavailable())
            batch.done.exception()


class Unit:
    """One unit, opened and closed without a generator: every write has one."""

    __slots__ = ("_batch", "_lane")

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._batch: Batch | None = None

    async def __aenter__(self) -> Connection:
        self._batch = await self._lane.enter()
        return self._lane.session

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._batch is not None
        await self._lane.leave(self._batch, keep=kind is None)
