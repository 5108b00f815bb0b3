"""Statements, units and group commit, on both databases."""

import asyncio
import contextlib
from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)

from livehall import migrations
from livehall.kernel.db import (
    Command,
    Deadlocked,
    Duplicate,
    Instant,
    Json,
    Key,
    Statement,
    any_of,
    behind,
    filled,
    gathered,
    new_row,
    rows_of,
)
from livehall.kernel.ids import new_id
from tests.support.databases import open_database

NOON = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)

thing = Table(
    "thing",
    MetaData(),
    Column("id", Key, primary_key=True),
    Column("name", Text, unique=True),
    Column("at", Instant),
    Column("facts", Json),
    Column("is_good", Boolean),
    Column("size", Integer),
)
ADD = Command(insert(thing).values({c.name: bindparam(c.name, type_=c.type) for c in thing.c}))
GROW = Command(update(thing).where(thing.c.id == bindparam("which", type_=Key)).values(size=thing.c.size + 1))
ALL = Statement(select(thing).order_by(thing.c.id), lambda *row: row)
BY_NAME = Statement(select(thing).order_by(thing.c.name), lambda *row: row)
SOME = Statement(select(thing.c.name).where(any_of(thing.c.id, "ids")).order_by(thing.c.id), str)


class Thing(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str
    at: datetime | None
    is_good: bool
    size: int | None


GATHERED = Statement(
    select(gathered(thing.c.id, thing.c.name, thing.c.at, thing.c.is_good, thing.c.size)).where(
        any_of(thing.c.id, "ids")
    ),
    rows_of(Thing),
)


@pytest.fixture
async def database(database_url):
    await migrations.run(database_url, thing.create)
    opened = await open_database(database_url)
    yield opened
    await opened.close()


def a_thing(name: str) -> dict[str, object]:
    return {"id": new_id(), "name": name, "at": NOON, "facts": {"a": [1, None]}, "is_good": True, "size": 3}


async def test_values_come_back_as_they_went_in(database):
    row = a_thing("one")
    async with database.write() as db:
        assert await db.run(ADD, **row) == 1
    async with database.read() as db:
        assert await db.all(ALL) == [tuple(row.values())]


class Whole(msgspec.Struct, frozen=True):
    id: str
    name: str
    at: datetime | None = None
    facts: dict | None = None
    is_good: bool = False
    size: int | None = 0


async def test_a_new_row_is_its_struct_whatever_of_it_is_filled(database):
    rows = [Whole(new_id(), "one"), Whole(new_id(), "two", NOON, {"a": [1, None]}, is_good=True, size=None)]
    async with database.write() as db:
        for row in rows:
            values = filled(row)
            assert await db.run(new_row(thing, values), **values) == 1
    async with database.read() as db:
        assert await db.all(ALL) == [msgspec.structs.astuple(row) for row in rows]


def test_a_new_row_leaves_out_no_column_that_would_be_given_another_value():
    strict = Table(
        "strict", MetaData(), Column("id", Key, primary_key=True), Column("size", Integer, server_default="3")
    )
    with pytest.raises(AssertionError, match=r"strict\.size"):
        new_row(strict, ["id"])


async def test_a_list_parameter_selects_all_of_its_members(database):
    rows = [a_thing(str(number)) for number in range(4)]
    async with database.write() as db:
        await db.many(ADD, rows)
    async with database.read() as db:
        assert await db.all(SOME, ids=[rows[1]["id"], rows[3]["id"]]) == ["1", "3"]
        assert await db.all(SOME, ids=[]) == []


async def test_a_gathered_list_holds_each_row_as_it_went_in(database):
    instants = [datetime(1970, 1, 1, tzinfo=UTC), NOON, datetime(2108, 12, 31, 23, 59, 59, 999000, UTC), None]
    names = ['a "quoted" name', "line\nbreak \\", "größer 🎈", "plain"]
    rows = [
        {**a_thing(name), "at": instant, "is_good": number % 2 == 0, "size": number or None}
        for number, (name, instant) in enumerate(zip(names, instants, strict=True))
    ]
    async with database.write() as db:
        await db.many(ADD, rows)
    async with database.read() as db:
        found = await db.one(GATHERED, ids=[row["id"] for row in rows])
        assert await db.one(GATHERED, ids=[]) == []
    assert sorted(found, key=lambda each: each.id) == [
        Thing(row["id"], row["name"], row["at"], row["is_good"], row["size"]) for row in rows
    ]


async def test_a_unit_that_raises_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError):
        async with database.write() as db:
            await db.run(ADD, **a_thing("one"))
            _ = 1 / 0
    async with database.read() as db:
        assert await db.all(ALL) == []


async def test_an_attempt_that_is_refused_leaves_the_unit_usable(database):
    async with database.write() as db:
        await db.run(ADD, **a_thing("one"))
        with pytest.raises(Duplicate):
            await db.attempt(ADD, **a_thing("one"))
        await db.run(ADD, **a_thing("two"))
    async with database.read() as db:
        assert [row[1] for row in await db.all(ALL)] == ["one", "two"]


@pytest.mark.parametrize("hot", [False, True])
async def test_units_in_parallel_all_commit_and_a_failed_one_takes_back_only_itself(database, hot):
    async def add(number: int) -> None:
        async with database.write(hot=hot) as db:
            await db.run(ADD, **a_thing(str(number)))
            await asyncio.sleep(0)
            if number % 7 == 3:
                raise LookupError

    results = await asyncio.gather(*(add(number) for number in range(100)), return_exceptions=True)
    failed = {number for number, result in enumerate(results) if isinstance(result, LookupError)}
    assert failed == {number for number in range(100) if number % 7 == 3}
    async with database.read() as db:
        stored = {int(row[1]) for row in await db.all(ALL)}
    assert stored == set(range(100)) - failed


async def test_a_cancelled_waiter_does_not_leave_a_batch_open(database):
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.write(hot=True) as db:
            await db.run(ADD, **a_thing("first"))
            inside.set()
            await go_on.wait()

    async def second() -> None:
        async with database.write(hot=True) as db:
            await db.run(ADD, **a_thing("second"))

    one = asyncio.create_task(first())
    await inside.wait()
    two = asyncio.create_task(second())
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.sleep(0)
    two.cancel()
    await asyncio.wait_for(one, 5)
    async with database.read() as db:
        assert "first" in [row[1] for row in await db.all(ALL)]


@pytest.mark.parametrize("may_wait", [False, True])
async def test_units_that_are_cancelled_anywhere_leave_the_lane_to_the_others(database, may_wait):
    """Each of 60 units is cancelled after another number of turns of the loop; none of the rest is lost."""

    async def add(number: int) -> None:
        async with database.write(hot=True) as db:
            if may_wait:
                await db.all(SOME, ids=[])
                await db.later(ADD, [a_thing(str(number))])
            else:
                await db.run(ADD, **a_thing(str(number)))

    for turns in range(20):
        tasks = [asyncio.create_task(add(turns * 3 + offset)) for offset in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks[1].cancel()
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        assert results[0] is None
        assert results[2] is None
    async with database.read() as db:
        stored = {int(row[1]) for row in await db.all(ALL)}
    assert {number for number in range(60) if number % 3 != 1} <= stored


async def test_who_passes_over_a_refusal_never_hears_that_what_is_not_there_was_stored(database):
    """After `run`, unlike after `attempt`, the unit must end. Where it goes on, PostgreSQL stores nothing."""
    async with database.write() as db:
        await db.run(ADD, **a_thing("taken"))

    async def add(name: str) -> None:
        async with database.write(hot=True) as db:
            await db.run(ADD, **a_thing(name))

    async def pass_over() -> None:
        async with database.write(hot=True) as db:
            with contextlib.suppress(Duplicate):
                await db.run(ADD, **a_thing("taken"))

    results = await asyncio.gather(add("before"), pass_over(), add("after"), return_exceptions=True)
    async with database.read() as db:
        stored = {row[1] for row in await db.all(ALL)}
    for name, result in (("before", results[0]), ("after", results[2])):
        assert (name in stored) == (result is None)
    await add("later")


async def test_rows_that_may_wait_are_there_after_the_unit_and_within_it(database):
    rows = [a_thing(str(number)) for number in range(3)]
    async with database.write(hot=True) as db:
        await db.later(ADD, rows[:2])
        assert await db.all(ALL) == [tuple(row.values()) for row in rows[:2]]
        await db.later(ADD, rows[2:])
    with pytest.raises(ZeroDivisionError):
        async with database.write(hot=True) as db:
            await db.later(ADD, [a_thing("never")])
            _ = 1 / 0
    async with database.read() as db:
        assert await db.all(ALL) == [tuple(row.values()) for row in rows]


async def test_one_whose_waiting_row_is_refused_hears_it_and_nobody_else_does(database):
    async def unit(name: str, *, changes: bool) -> None:
        async with database.write(hot=True) as db:
            if changes:
                await db.run(ADD, **a_thing(f"first {name}"))
            await db.later(ADD, [a_thing(name)])

    units = [unit(name, changes=name in ("c", "e")) for name in ("a", "b", "c", "a", "d", "e", "b")]
    results = await asyncio.gather(*units, return_exceptions=True)

    assert [type(result) for result in results] == [type(None)] * 3 + [
        Duplicate,
        type(None),
        type(None),
        Duplicate,
    ]
    async with database.read() as db:
        assert [name for _, name, *_ in await db.all(BY_NAME)] == [
            "a",
            "b",
            "c",
            "d",
            "e",
            "first c",
            "first e",
        ]


async def test_on_postgresql_units_of_two_subjects_do_not_wait_for_each_other(database):
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.write(hot=True, of="one") as db:
            await db.run(ADD, **a_thing("slow"))
            inside.set()
            await go_on.wait()

    waiting = asyncio.create_task(slow())
    await inside.wait()
    others = [new_id() for _ in range(20)]

    async def quick(subject: str) -> str:
        async with database.write(hot=True, of=subject) as db:
            await db.run(ADD, **a_thing(subject))
        return subject

    tasks = [asyncio.create_task(quick(subject)) for subject in others]
    waits = database.name == "sqlite"  # there one writes at a time
    done, _ = await asyncio.wait(tasks, timeout=0.5 if waits else 30, return_when=asyncio.FIRST_COMPLETED)
    assert bool(done) is not waits
    go_on.set()
    await asyncio.gather(waiting, *tasks)


async def test_on_postgresql_thousands_that_go_behind_others_keep_nobody_waiting(database):
    if database.name == "sqlite":  # one after another, whoever it is
        return
    inside, entered, go_on = 0, asyncio.Event(), asyncio.Event()

    async def follows() -> None:
        nonlocal inside
        async with database.read():
            inside += 1
            entered.set()
            async with database.read():
                await go_on.wait()

    tasks = [asyncio.create_task(behind(follows)()) for _ in range(200)]
    async with asyncio.timeout(15):
        await entered.wait()
    for _ in range(20):  # more of those who go first than all others leave connections, one after another
        async with asyncio.timeout(15), database.write() as db:
            await db.run(ADD, **a_thing(new_id()))
    assert 0 < inside < 10  # of the pool
    go_on.set()
    await asyncio.gather(*tasks)
    assert inside == 200


LIKE = Statement(select(thing.c.name).where(func.lower(thing.c.name) == bindparam("name", type_=Text)), str)


async def test_letters_beyond_ascii_have_a_lower_case_too(database):
    async with database.write() as db:
        await db.run(ADD, **a_thing("ÜBUNG"))
    async with database.read() as db:
        assert await db.all(LIKE, name="übung") == ["ÜBUNG"]


async def test_of_two_units_that_wait_for_each_other_one_is_taken_back_whole(database):
    if database.name == "sqlite":  # one after another: nobody waits
        return
    rows = [a_thing(name) for name in ("a", "b")]
    async with database.write() as db:
        await db.many(ADD, rows)
    both_hold = asyncio.Barrier(2)

    async def grow(*ids):
        async with database.write() as db:
            await db.run(GROW, which=ids[0])
            await both_hold.wait()
            await db.run(GROW, which=ids[1])

    first, second = (row["id"] for row in rows)
    outcomes = await asyncio.gather(grow(first, second), grow(second, first), return_exceptions=True)
    assert {type(each) for each in outcomes} == {type(None), Deadlocked}
    async with database.read() as db:
        assert [row[5] for row in await db.all(ALL)] == [4, 4]


def test_a_list_of_values_is_looked_up_by_index():
    """SQLAlchemy writes `… = 1` behind a condition of ours on SQLite, unless told not to."""
    for statement in (
        SOME,
        Statement(select(thing.c.id).where(any_of(thing.c.id, "ids"), thing.c.id > "x"), str),
    ):
        assert "= 1" not in statement.sqlite.sql
        assert "thing.id IN (SELECT value FROM json_each(?))" in statement.sqlite.sql
