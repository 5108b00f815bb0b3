"""How exports are made and removed, whatever comes between: leases, attempts, files that are left."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from livehall.core.exports import fields, making, store
from livehall.core.exports.making import Maker
from livehall.core.exports.model import export as exports
from livehall.dialects.live.exporting.sheets import LiveSheets
from livehall.engines.storage import DiskStorage
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command
from tests.dialects.live.evening import code
from tests.dialects.live.test_exporting import ALL, WAIT_S, data, ended, on, row_of, stopped, table, wanted
from tests.support.waiting import eventually

TRIED_NINE_TIMES = Command(update(exports).values(attempts=fields.MOST_ATTEMPTS - 1))


async def test_it_is_gone_after_its_time(hall):
    evening, export, house = await stopped(hall)
    await house.maker.make(await row_of(house))
    row = await row_of(house)
    assert (row.state, row.expires_at - row.created_at) == ("ready", fields.KEPT)
    await house.maker.sweep()
    assert await house.storage.find(row.storage_key) is not None
    house.desk.clock = on(house.desk.clock, fields.KEPT)
    for path in (f"/exports/{export['id']}", f"/exports/{export['id']}/file"):
        assert code(await evening.host.get(path)) == (404, "not_found")
    assert data(await evening.host.get("/exports"))["exports"] == []
    for _ in range(2):
        await house.maker.sweep()
        assert await house.storage.find(row.storage_key) is None
    async with house.desk.read(SYSTEM) as read:
        assert await read.db.all(ALL) == []


async def test_one_that_cannot_be_removed_keeps_no_other_from_going(hall):
    evening, stuck, house = await stopped(hall)
    await house.maker.make(await row_of(house))
    (file,) = [path for path in house.settings.data.rglob("1") if path.parent.name == stuck["id"]]
    file.unlink()
    file.mkdir()
    (file / "in the way").touch()
    second = await wanted(evening.host, session_id=evening.id)
    await house.maker.make_due()
    await ended(evening.host, second)
    house.desk.clock = on(house.desk.clock, fields.KEPT + timedelta(seconds=WAIT_S))
    for there in (True, False):
        with capture_logs() as logs:
            await house.maker.sweep()
        assert [each["export_id"] for each in logs] == ([stuck["id"]] if there else [])
        async with house.desk.read(SYSTEM) as read:
            assert [row.id for row in await read.db.all(ALL)] == ([stuck["id"]] if there else [])
        if there:
            (file / "in the way").unlink()
            file.rmdir()


async def test_it_goes_with_its_session(hall):
    evening, export, house = await stopped(hall)
    await house.maker.make(await row_of(house))
    row = await row_of(house)
    await evening.end()
    assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    assert code(await evening.host.get(f"/exports/{export['id']}/file")) == (404, "not_found")
    await house.maker.sweep()
    assert await house.storage.find(row.storage_key) is None
    assert code(await evening.host.get(f"/exports/{export['id']}")) == (404, "not_found")


async def test_what_is_being_made_when_its_session_goes_leaves_no_file(hall):
    evening, _, house = await stopped(hall)
    slow = Slow(house.ballots)
    running = await another(house, slow)
    await evening.end()
    assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    await house.maker.sweep()
    row = await row_of(house)
    assert row.state == "pending", "its maker still names the file"
    slow.go.set()
    await running
    await house.maker.sweep()
    async with house.desk.read(SYSTEM) as read:
        assert await read.db.all(ALL) == []
    assert await house.storage.find(row.storage_key) is None


async def test_what_has_changed_meanwhile_is_not_forgotten(hall):
    _, _, house = await stopped(hall)
    before = await row_of(house)
    await house.maker.make(before)
    row = await row_of(house)
    async with house.desk.work(SYSTEM) as work:
        for old in (before, msgspec.structs.replace(row, state="pending")):
            await store.forget(work, old)
    assert await row_of(house) == row


async def test_what_was_cut_off_is_made_by_the_next_and_who_was_overtaken_leaves_nothing(hall):
    evening, export, house = await stopped(hall)
    url = f"/exports/{export['id']}/file"
    assert code(await evening.host.get(url)) == (409, "export_not_ready")
    first = await row_of(house)
    async with house.desk.work(SYSTEM) as work:  # one that was killed when it had begun
        assert await store.claim(work, first, work.now + timedelta(seconds=2))
    begun = await row_of(house)
    async with house.desk.read(SYSTEM) as read:
        assert await store.due(read, 5) == [], "it is being made, for all that is known"
    house.desk.clock = on(house.desk.clock, timedelta(seconds=2))
    await house.maker.make(first)  # an old view of it begins nothing
    assert (await row_of(house)).attempts == 1
    await house.maker.make_due()
    await ended(evening.host, export)
    made = await row_of(house)
    assert (made.state, made.attempts) == ("ready", 2)
    async with house.desk.work(SYSTEM) as work:
        assert not await store.end(work, begun, 1, None), "another was faster"
    assert await row_of(house) == made
    await house.maker.make(made)
    assert await row_of(house) == made
    assert [row["message"] for row in table(await evening.host.get(url))] == ["hello"]
    assert list((house.settings.data / "incoming").iterdir()) == []


class Slow(LiveSheets):
    """Waits before the first piece, until it is let go."""

    def __init__(self, ballots):
        super().__init__(ballots)
        self.begun, self.go = 0, asyncio.Event()

    async def pieces(self, desk, actor, contents):
        self.begun += 1
        await self.go.wait()
        async for piece in super().pieces(desk, actor, contents):
            yield piece


async def another(house, sheets):
    """A second maker, as in another process, that has begun the only export with these sheets."""
    maker = Maker(house.desk, house.storage, house.settings.data / "incoming", sheets)
    making = asyncio.create_task(maker.make(await row_of(house)))
    await eventually(lambda: as_async(sheets.begun), within=WAIT_S, what="the slow one began")
    return making


async def as_async(value):
    return value


async def test_a_file_that_takes_long_is_begun_once(hall, monkeypatch):
    evening, export, house = await stopped(hall)
    monkeypatch.setattr(making, "RENEWED_S", 0.01)
    slow = Slow(house.ballots)
    running = await another(house, slow)
    for _ in range(3):
        house.desk.clock = on(house.desk.clock, fields.LEASE * 0.8)
        late = house.desk.clock() + fields.LEASE * 0.9

        async def is_renewed(late=late):
            return (await row_of(house)).try_at > late

        await eventually(is_renewed, within=WAIT_S, what="the lease is renewed")
        await house.maker.make(await row_of(house))
        await house.maker.make_due()
        assert (await row_of(house)).attempts == 1
    slow.go.set()
    await running
    row = await row_of(house)
    assert (row.state, row.attempts, slow.begun) == ("ready", 1, 1)
    (message,) = table(await evening.host.get(f"/exports/{export['id']}/file"))
    assert message["message"] == "hello"


async def test_the_last_attempt_is_given_up_by_nobody_else(hall):
    _, _, house = await stopped(hall)
    async with house.desk.work(SYSTEM) as work:
        await work.db.run(TRIED_NINE_TIMES)
    slow = Slow(house.ballots)
    running = await another(house, slow)
    await house.maker.make(await row_of(house))
    row = await row_of(house)
    assert (row.state, row.attempts) == ("pending", fields.MOST_ATTEMPTS)
    slow.go.set()
    await running
    assert (await row_of(house)).state == "ready"


async def test_what_was_cut_off_in_its_last_attempt_is_given_up(hall):
    _, _, house = await stopped(hall)
    async with house.desk.work(SYSTEM) as work:
        await work.db.run(TRIED_NINE_TIMES)
    row = await row_of(house)
    async with house.desk.work(SYSTEM) as work:
        assert await store.claim(work, row, work.now + fields.LEASE)
    await house.maker.make(await row_of(house))
    assert (await row_of(house)).state == "pending", "it may still be made"
    house.desk.clock = on(house.desk.clock, fields.LEASE)
    await house.maker.make(await row_of(house))
    row = await row_of(house)
    assert (row.state, row.reason) == ("failed", "not_made")


async def test_an_attempt_that_is_stopped_gives_its_lease_back(hall):
    evening, export, house = await stopped(hall)
    slow = Slow(house.ballots)
    running = await another(house, slow)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await house.maker.make_due()
    assert (await ended(evening.host, export))["state"] == "ready"
    assert (await row_of(house)).attempts == 2


async def test_who_fails_gives_the_lease_back_and_a_pause_begins(hall):
    _, _, house = await stopped(hall)
    maker = Maker(house.desk, house.storage, house.settings.data / "incoming", Broken(house.ballots))
    with pytest.raises(ZeroDivisionError):
        await maker.make(await row_of(house))
    row = await row_of(house)
    assert row.state == "pending"
    assert row.try_at - house.desk.clock() <= timedelta(seconds=2)


class Broken(LiveSheets):
    async def pieces(self, desk, actor, contents):
        yield bytes(1 // 0)


async def test_two_that_make_the_same_leave_one_file(hall):
    """One stood still for longer than its lease, and goes on when another has made the file."""
    _, _, house = await stopped(hall)
    slow = Slow(house.ballots)
    running = await another(house, slow)
    house.desk.clock = on(house.desk.clock, fields.LEASE)
    await house.maker.make(await row_of(house))
    slow.go.set()
    await running
    row = await row_of(house)
    found = [await house.storage.find(row.key_of(attempt)) is not None for attempt in (1, 2)]
    assert (row.state, row.attempts, found) == ("ready", 2, [False, True])


async def test_a_store_that_is_away_is_waited_for_and_then_given_up(hall, tmp_path):
    evening, export, house = await stopped(hall)
    storage = DiskStorage(tmp_path / "away")
    (tmp_path / "away").rmdir()
    (tmp_path / "away").write_text("no folder any more")
    away = Maker(
        house.desk,
        storage,
        house.settings.data / "incoming",
        LiveSheets(house.ballots),
    )
    pauses = []
    for _ in range(fields.MOST_ATTEMPTS):
        await away.make(await row_of(house))
        row = await row_of(house)
        pauses.append(round((row.try_at - house.desk.clock()).total_seconds()))
        house.desk.clock = on(house.desk.clock, timedelta(seconds=pauses[-1] + 1))
    assert pauses[:4] == [2, 4, 8, 16]
    assert max(pauses[:-1]) == fields.LONGEST_PAUSE.total_seconds()
    assert (row.state, row.reason) == ("failed", "storage_unavailable")
    assert code(await evening.host.get(f"/exports/{export['id']}/file")) == (409, "export_failed")
    assert data(await evening.host.get(f"/exports/{export['id']}"))["reason"] == "storage_unavailable"
