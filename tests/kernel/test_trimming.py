"""The journal is trimmed, and nobody misses anything by it."""

import asyncio
from datetime import timedelta
from typing import ClassVar

from sqlalchemy import select

from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import utc_now
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from livehall.kernel.trimming import reaches, trim
from livehall.kernel.work import Event
from tests.kernel.test_relay import HERE, ring, running
from tests.support.waiting import eventually

POSITIONS = Statement(select(journal.journal.c.position).order_by(journal.journal.c.seq), lambda place: place)
DAY = timedelta(days=1)


class Guarded(Event, frozen=True, kw_only=True, tag="test.guarded"):
    subject: ClassVar[str] = "bell"
    audit: ClassVar[bool] = True
    bell_id: str


async def left(desk):
    async with desk.database.read() as db:
        return await db.all(POSITIONS)


async def placed(desk):
    return None not in await left(desk)


async def trimmed(desk, *, in_days, keep=7, keep_audit=30, reached=None):
    """As it will be in so many days."""

    async def reader(_):
        return reached

    now = utc_now() + timedelta(days=in_days)
    return await trim(desk.database, now=now, keep=keep * DAY, keep_audit=keep_audit * DAY, readers=[reader])


async def test_old_rows_go_and_positions_go_on(desk, monkeypatch):
    monkeypatch.setattr("livehall.kernel.trimming.BATCH", 3)
    session = new_id()
    async with desk.database.read() as db:
        await journal.epoch(desk.database)
        assert await reaches(db, 0)
    async with running(desk) as relay:
        async with desk.work(SYSTEM) as work:
            work.emit(Guarded(organization_id=HERE, bell_id=new_id()))
        for number in range(9):
            await ring(desk, session, number)
        await asyncio.wait_for(relay.drained(), 10)
        assert await trimmed(desk, in_days=6) == 0  # young
        assert await trimmed(desk, in_days=8, reached=0) == 0  # somebody has read nothing yet
        assert await trimmed(desk, in_days=8, reached=4) == 3
        assert await left(desk) == [1, *range(5, 11)]  # what is evidence stays
        assert await trimmed(desk, in_days=8) == 5
        assert await left(desk) == [1, 10]  # and the last
        assert await trimmed(desk, in_days=31) == 1
        assert await left(desk) == [10]
        await ring(desk, session, 9)
        await asyncio.wait_for(relay.drained(), 10)
    assert await left(desk) == [10, 11]
    async with desk.database.read() as db:
        # Who asks for what came after the fifth cannot be told all of it.
        assert [await reaches(db, after) for after in (5, 8, 9, 10)] == [False, False, True, True]


async def test_evidence_that_is_kept_keeps_nothing_behind_it_from_going(desk, monkeypatch):
    monkeypatch.setattr("livehall.kernel.trimming.BATCH", 2)
    session = new_id()
    async with running(desk) as relay:
        for _ in range(5):  # more than a transaction looks at
            async with desk.work(SYSTEM) as work:
                work.emit(Guarded(organization_id=HERE, bell_id=new_id()))
        for number in range(3):
            await ring(desk, session, number)
        await asyncio.wait_for(relay.drained(), 10)
    assert await trimmed(desk, in_days=8) == 2
    assert await left(desk) == [1, 2, 3, 4, 5, 8]
    assert await trimmed(desk, in_days=8) == 0
    assert await trimmed(desk, in_days=31) == 5


async def test_what_waits_for_a_relay_or_a_reaction_stays(desk):
    session, goes_on = new_id(), asyncio.Event()

    async def slow(_):
        await goes_on.wait()

    await ring(desk, session, 0)
    await ring(desk, session, 1)
    assert await trimmed(desk, in_days=99) == 0  # nobody has placed them
    async with running(desk, reaction=slow) as relay:
        await eventually(lambda: placed(desk), within=10, what="both to be placed")
        assert await trimmed(desk, in_days=99) == 0  # what follows from them has not happened
        goes_on.set()
        await asyncio.wait_for(relay.drained(), 10)
    assert await trimmed(desk, in_days=99) == 1
