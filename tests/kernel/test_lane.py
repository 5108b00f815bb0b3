"""A commit that fails in any way fails every unit of its batch, and hangs nobody."""

import asyncio
from collections.abc import Mapping

import pytest

from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.db.lane import Lane


class Breaking:
    """A session whose first commit breaks with an error that no driver announces."""

    is_inline = False

    def __init__(self) -> None:
        self.commits = 0

    async def begin(self) -> None: ...

    async def commit(self) -> Mapping[int, Exception]:
        self.commits += 1
        if self.commits == 1:
            raise RuntimeError("the disk is broken")
        return {}

    async def rollback(self) -> None: ...

    async def savepoint(self) -> None: ...

    async def release(self) -> None: ...

    async def rollback_to(self) -> None: ...


async def test_a_commit_that_breaks_fails_the_whole_batch_and_the_next_one_goes_well():
    lane = Lane(Breaking())

    async def unit() -> None:
        async with lane.unit():
            await asyncio.sleep(0)

    results = await asyncio.wait_for(asyncio.gather(*(unit() for _ in range(3)), return_exceptions=True), 5)
    assert {type(result) for result in results} == {RuntimeError, DatabaseUnavailable}
    await asyncio.wait_for(unit(), 5)


async def test_a_unit_that_fails_leaves_the_lane_usable():
    session = Breaking()
    session.commits = 1  # its commits go well
    lane = Lane(session)
    with pytest.raises(ZeroDivisionError):
        async with lane.unit():
            _ = 1 / 0
    async with lane.unit():
        pass
    assert session.commits == 3


class Slow(Breaking):
    """A session whose statements are inline, and whose disk is slow."""

    is_inline = True

    def __init__(self) -> None:
        super().__init__()
        self.commits = 1
        self.disk = asyncio.Event()

    async def commit(self) -> Mapping[int, Exception]:
        await self.disk.wait()
        return await super().commit()


class Holding(Slow):
    """A session that takes its connection out of a pool, and whose disk is slow and breaks."""

    is_inline = False

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0
        self.taken = 0

    async def begin(self) -> None:
        self.taken += 1

    async def rollback(self) -> None:
        self.taken = 0


async def test_a_commit_that_breaks_for_one_who_is_cancelled_gives_the_connection_back():
    session = Holding()
    lane = Lane(session)

    async def unit() -> None:
        async with lane.unit():
            pass

    task = asyncio.create_task(unit())
    await asyncio.sleep(0.01)
    assert (session.taken, task.done()) == (1, False)
    task.cancel()
    await asyncio.sleep(0)
    session.disk.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert (session.commits, session.taken) == (1, 0)
    await asyncio.wait_for(unit(), 5)


async def test_units_that_come_during_a_commit_share_the_next_one():
    session = Slow()
    lane = Lane(session)

    async def unit() -> None:
        async with lane.unit():
            pass

    first = asyncio.create_task(unit())
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(unit()) for _ in range(20)]
    await asyncio.sleep(0.01)
    assert not first.done()
    session.disk.set()
    await asyncio.wait_for(asyncio.gather(first, *others), 5)
    assert session.commits == 3


async def test_one_who_is_cancelled_during_the_commit_leaves_it_to_the_others():
    session = Slow()
    lane = Lane(session)

    async def unit() -> None:
        async with lane.unit():
            pass

    units = [asyncio.create_task(unit()) for _ in range(3)]
    await asyncio.sleep(0.01)
    for each in units[1:]:
        each.cancel()
    session.disk.set()
    results = await asyncio.wait_for(asyncio.gather(*units, return_exceptions=True), 5)
    assert results[0] is None
    await asyncio.wait_for(unit(), 5)
    assert session.commits == 3
