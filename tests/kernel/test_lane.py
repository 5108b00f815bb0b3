"""A commit that fails in any way fails every unit of its batch, and hangs nobody."""

import asyncio

import pytest

from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.db.lane import Lane


class Breaking:
    """A session whose first commit breaks with an error that no driver announces."""

    is_inline = False

    def __init__(self) -> None:
        self.commits = 0

    async def begin(self) -> None: ...

    async def commit(self) -> None:
        self.commits += 1
        if self.commits == 1:
            raise RuntimeError("the disk is broken")

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
