"""Signs of life of connections that are asked at about the same time are one write."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from livehall.core.audience import store
from livehall.core.audience.signs import Signs
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.db import Connection, Database
from livehall.kernel.work import Desk
from tests.core.audience.conftest import Stage
from tests.support.people import Hands


class WrittenTo:
    """Counts the units that write."""

    def __init__(self, database: Database) -> None:
        self._database, self.units = database, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(self, **how: Any) -> AbstractAsyncContextManager[Connection]:
        self.units += 1
        return self._database.write(**how)


async def test_signs_of_one_moment_are_one_write_and_wake_nobody_who_has_left(
    database: Database, clock: Hands, stage: Stage, ben: Actor, eve: Actor
) -> None:
    rows = []
    for number, actor in enumerate((ben, eve)):
        joined = await stage.join(actor)
        await stage.joined(joined.identity, f"PA_{number}")
        assert joined.attendance is not None
        rows.append(joined.attendance.id)
    clock.now += timedelta(seconds=10)
    await stage.leave(eve)
    clock.now += timedelta(seconds=10)

    written = WrittenTo(database)
    signs = Signs(Desk(written, clock=clock))  # type: ignore[arg-type]  # it passes on what it does not know
    await asyncio.gather(*(signs.give(row) for row in (*rows, *rows)))

    assert written.units == 1
    async with stage.desk.read(SYSTEM) as read:
        bens, eves = [await store.get(read, row) for row in rows]
    assert bens is not None
    assert eves is not None
    assert bens.last_seen_at == clock.now
    assert (eves.state, eves.last_seen_at < clock.now) == ("left", True)
    await signs.stop()
