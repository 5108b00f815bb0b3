"""Deliveries take their place among others' transactions."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import column, func, select, table

from livehall.core.ports.webhooks import Answered
from livehall.core.webhooks import ops, store
from livehall.core.webhooks.sending import Sending
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from tests.core.webhooks.conftest import TERMS
from tests.support.databases import Emptied
from tests.support.on_air import SEALING
from tests.support.waiting import eventually

pytestmark = pytest.mark.postgres

WAITING = Statement(
    select(func.count())
    .select_from(table("pg_stat_activity"))
    .where(column("datname") == func.current_database(), column("wait_event_type") == "Lock"),
    int,
)


@pytest.fixture
def database_url(emptied: Emptied) -> Iterator[str]:
    """PostgreSQL alone has locks of rows."""
    with emptied.lent() as url:
        yield url


class Carrier:
    """Answers `status` when it is let."""

    def __init__(self, status: int) -> None:
        self.status, self.called, self.may_answer = status, asyncio.Event(), asyncio.Event()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        self.called.set()
        await self.may_answer.wait()
        return Answered(status=self.status, excerpt="", duration_ms=1)


@pytest.mark.parametrize("status", [200, 500])
async def test_who_changes_an_endpoint_and_who_sends_to_it_wait_for_each_other_and_for_nobody_else(
    house, status
):
    carrier = Carrier(status)
    sending = Sending(house.desk, carrier, SEALING, TERMS)
    row = await house.endpoint()
    await house.strike(1)
    await house.telling.gather()
    await sending.start_due()
    await asyncio.wait_for(carrier.called.wait(), 5)
    async with house.desk.work(house.ann) as work:
        held = await store.hold(work, row.id, row.organization_id)
        assert held is not None
        carrier.may_answer.set()
        await eventually(
            lambda: _waiting(house), within=10, what="the answer waits for the endpoint", every=0.01
        )
        await asyncio.wait_for(_vote(house), 3)
        await store.change(work, held, {"is_enabled": False, **await ops.give_up(work, row)})
    await asyncio.wait_for(sending.settled(), 5)
    assert [each.state for each in await house.deliveries()] == ["abandoned"]


async def _waiting(house):
    """How many transactions of this database wait for another's lock."""
    async with house.desk.read(SYSTEM) as read:
        return await read.db.one(WAITING)


async def _vote(house):
    """What shares the lanes: many small works of others."""
    for _ in range(4):
        async with house.desk.work(SYSTEM, hot=True) as work:
            assert await work.first(new_id())
