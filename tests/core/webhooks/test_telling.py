"""From the journal to deliveries: nothing is left out, and nobody waits for somebody else's past."""

import asyncio
from datetime import timedelta

import pytest

from livehall.core.webhooks import store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import utc_now
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.faults import Invalid, NotFound
from livehall.kernel.journal import Entry
from livehall.kernel.trimming import trim
from tests.core.webhooks.conftest import House

DAY = timedelta(days=1)


@pytest.fixture
def in_twos(monkeypatch):
    monkeypatch.setattr("livehall.core.webhooks.telling.BATCH", 2)


async def trimmed(house: House) -> int:
    """As it will be when all that is there is old; how many rows went."""
    now = house.clock.now + 31 * DAY
    return await trim(
        house.desk.database, now=now, keep=30 * DAY, keep_audit=90 * DAY, readers=[store.reached]
    )


async def reached(house: House) -> int | None:
    async with house.desk.database.read() as db:
        return await store.reached(db)


async def test_a_replay_from_where_it_stands_is_told(house):
    """Although the position that a replay writes may be the one that is written already."""
    row = await house.endpoint("gong")
    await house.strike(1, 2)
    await house.telling.gather()
    assert await house.told(row) == []
    await house.change(row, event_types=())
    await house.replay(row)
    async with house.desk.read(SYSTEM) as read:
        assert [each.position for each in await store.listening(read)] == [row.position]
    await house.telling.gather()
    assert await house.told(row) == [1, 2]


async def test_a_replay_that_is_asked_for_while_a_batch_is_read_is_told(house):
    row = await house.endpoint("gong")
    await house.strike(1)
    await house.strike(2, what="gong")
    asked: list[int] = []

    async def ask(entry: Entry) -> None:
        if not asked:
            asked.append(entry.data["number"])
            await house.change(row, event_types=())
            await house.replay(row)

    house.writer.before = ask
    for _ in range(2):
        await house.telling.gather()
    assert sorted(await house.told(row)) == [1, 2]


async def test_rows_that_cannot_be_written_are_passed_over_whatever_is_wrong_with_them(house):
    wrong = [KeyError("a"), AttributeError("b"), IndexError("c"), NotFound(), RuntimeError("d")]

    async def stumble(entry: Entry) -> None:
        if entry.data["number"] < len(wrong):
            raise wrong[entry.data["number"]]

    row = await house.endpoint()
    house.writer.before = stumble
    await house.strike(*range(len(wrong) + 1))
    await house.telling.gather()
    assert await house.told(row) == [len(wrong)]
    wrong.append(DatabaseUnavailable())  # and of this one, which is nobody's mistake, nothing is passed over
    await house.strike(5, 6)
    with pytest.raises(DatabaseUnavailable):
        await house.telling.gather()
    wrong.pop()
    await house.telling.gather()
    assert await house.told(row) == [5, 5, 6]


async def test_a_replay_holds_up_nobody_else(house, in_twos):
    slow, quick = await house.endpoint("gong"), await house.endpoint()
    await house.strike(*range(1, 8))
    await house.telling.gather()
    await house.change(slow, event_types=())
    await house.replay(slow)
    before = len(await house.deliveries())
    await house.strike(8, 9, 10)
    await house.telling.gather()
    told = [(each.endpoint_id == quick.id, int(each.body)) for each in (await house.deliveries())[before:]]
    assert told[:6] == [(True, 8), (True, 9), (False, 1), (False, 2), (True, 10), (False, 3)]
    assert [number for is_quick, number in told if not is_quick] == list(range(1, 11))


async def test_a_replay_begins_before_all_that_has_happened_since_then(house):
    """On PostgreSQL a row that was begun first may be committed, and placed, after others."""
    row = await house.endpoint("gong")
    await house.strike(0)
    await asyncio.sleep(0.005)  # ids are of milliseconds, and of the real clock
    since = house.clock.now = utc_now()
    async with house.desk.read(SYSTEM) as read:
        top = await store.top(read)
    await house.strike(1, 2, 3, backwards=True)
    await house.telling.gather()
    await house.change(row, event_types=())
    await house.replay(row, since)
    await house.telling.gather()
    assert sorted(await house.told(row)) == [1, 2, 3]
    async with house.desk.read(SYSTEM) as read:  # also where nothing happened for a minute
        assert await store.position_before(read, since + store.OUT_OF_ORDER) == top


async def test_a_replay_reaches_no_further_back_than_what_is_kept(house):
    row = await house.endpoint()
    with pytest.raises(Invalid):
        await house.replay(row, house.clock.now - 7 * DAY - timedelta(seconds=1))
    with pytest.raises(Invalid):
        await house.replay(row, house.clock.now + timedelta(seconds=1))
    await house.replay(row, house.clock.now - 7 * DAY)


async def test_what_somebody_has_yet_to_be_told_is_not_trimmed_nor_what_is_replayed_meanwhile(house, in_twos):
    row = await house.endpoint("gong")
    await house.strike(1, 2, 3, 4)
    assert await trimmed(house) == 0  # nobody has read them
    house.clock.forward(seconds=31)
    await house.telling.gather()
    await house.place()
    house.clock.forward(seconds=31)
    await house.telling.gather()
    async with house.desk.read(SYSTEM) as read:
        assert await reached(house) == await store.top(read)

    await house.change(row, event_types=())
    await house.replay(row)
    await house.place()
    gone = []

    async def trim_meanwhile(_: Entry) -> None:
        gone.append(await trimmed(house))

    house.writer.before = trim_meanwhile
    await house.telling.gather()
    assert await house.told(row) == [1, 2, 3, 4]
    assert gone == [0, 0, 2, 0]  # what was told, and no more
    await house.telling.gather()
    assert await trimmed(house) == 2
    await house.change(row, is_enabled=False)
    assert await reached(house) is None  # nobody is waited for
