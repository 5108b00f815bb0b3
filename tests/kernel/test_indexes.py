"""Indexes that hold only some rows: those who read by them still do, on SQLite and on PostgreSQL."""

import sqlite3

import asyncpg
import pytest

from livehall.core.exports import store as exports
from livehall.core.insight import listing_store as listing
from livehall.core.recordings import listing_store as replays
from livehall.core.registrations import store as registrations
from livehall.core.reminders import store as reminders
from livehall.core.rooms import store as rooms
from livehall.core.sessions import following, plans
from livehall.core.webhooks import deliveries_store as deliveries
from livehall.core.webhooks import store as webhooks
from livehall.kernel import journal, trimming

LISTED = rooms.Which(False, 0, False, False)
OWN = rooms.Which(True, 0, False, False)
FIVE, _ = listing._shape(
    [
        listing.Condition("title", "contains", "x"),
        listing.Condition("status", "eq", "ended"),
        listing.Condition("source", "in", ("built_in", "youtube")),
        listing.Condition("has_replay", "eq", True),
        listing.Condition("attendees", "gt", 1),
    ]
)
READ_BY = {  # the index by its name on SQLite, and on PostgreSQL where that is another one
    "rows to place": (journal.NEW, ("journal_new",)),
    "whether there are rows to place": (journal.NEWEST, ("journal_new",)),
    "rows whose reactions are under way": (journal.OPEN, ("journal_open",)),
    "the last place": (journal.TOP, ("journal_position",)),
    "rows after a place": (journal.SINCE, ("journal_position",)),
    "rows of a session": (journal.SINCE_IN_SESSION, ("journal_session",)),
    "rows of a room": (journal.SINCE_IN_ROOM, ("journal_room",)),
    "rows to drop": (trimming.DROP, ("journal_position",)),
    "rows for endpoints": (webhooks.TOLD, ("journal_position",)),
    "endpoints that are told": (webhooks.LISTENING, ("webhook_endpoint_living",)),
    "endpoints with a replay": (webhooks.REPLAYING, ("webhook_endpoint_replaying",)),
    "endpoints with much to give up": (webhooks.GIVING_UP, ("webhook_endpoint_giving_up",)),
    "endpoints that something is due to": (deliveries.DUE, ("webhook_delivery_open",)),
    "what is due to an endpoint": (deliveries.NEXT, ("webhook_delivery_open",)),
    "what is given up": (deliveries.ABANDON, ("webhook_delivery_open",)),
    "exports to make": (exports.DUE, ("export_pending",)),
    "exports whose time is over": (exports.EXPIRED, ("export_expiry",)),
    "registrations after one": (registrations._following(False, False), ("participant_of_room",)),
    "notices of long ago": (reminders.FORGET_SETTLED, ("notification_settled_at",)),
    "recordings to publish": (replays.TO_PUBLISH, ("recording_to_publish",)),
    "replays of a room": (
        replays.listed(replays.Which(in_room=True), "-published_at"),
        ("recording_published_in_room",),
    ),
    "rooms by age": (rooms._page(LISTED, "created_at"), ("room_newest",)),
    "rooms by age, the newest first": (rooms._page(LISTED, "-created_at"), ("room_newest",)),
    "own rooms": (rooms._page(OWN, "title"), ("room_of_host",)),
    "own rooms, counted": (rooms._count(OWN), ("room_of_host",)),
    "sessions that go by a preset": (following.OPEN, ("session_of_preset", "session_open")),
    "rooms where one goes by a preset": (following.ROOMS, ("session_of_preset",)),
    "sessions that a new plan reaches": (
        plans.FOLLOW,
        ("sqlite_autoindex_session_3", "session_own", "session_listed"),
    ),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def unused_url(request):
    """A database that never held a row: what PostgreSQL has learnt of rows outlives them, and bends plans."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    else:
        server, template = map(request.getfixturevalue, ("postgres_server", "postgres_template"))
        with server.database(template) as url:
            yield url


@pytest.mark.parametrize("name", READ_BY)
async def test_who_reads_by_an_index_still_does(unused_url, name):
    statement, wanted = READ_BY[name]
    steps = await _plan(unused_url, statement)
    assert any(index in step for index in wanted for step in steps), steps


BESIDE = """
select other.indexrelid::regclass::text from pg_index one join pg_index other using (indrelid)
where one.indexrelid = $1::text::regclass and other.indexrelid <> one.indexrelid
and not exists (select from pg_constraint where conindid = other.indexrelid)
"""


async def test_lists_of_sessions_are_counted_from_one_index_alone(unused_url):
    steps = await _plan(unused_url, listing._count(FIVE, True), alone="session_listed")
    wanted = ("COVERING INDEX session_listed", "Index Only Scan using session_listed")
    assert any(words in step for words in wanted for step in steps), steps


async def _plan(url, statement, alone=""):
    """The steps. `alone`: the only index of its table that PostgreSQL shall have beside the constraints'."""
    if url.startswith("sqlite:"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        plan = statement.sqlite
        values = [None] * plan.sql.count("?")
        try:
            return [row[3] for row in connection.execute(f"explain query plan {plan.sql}", values)]
        finally:
            connection.close()
    connection = await asyncpg.connect(url)
    try:
        # The tables are empty: what counts is which way there is at all, whatever the values are.
        await connection.execute(
            "set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan"
        )
        if alone:
            await connection.execute("begin")  # and never commit
            for (name,) in await connection.fetch(BESIDE, alone):
                await connection.execute(f"drop index {name}")
        sql = statement.postgres.sql
        await connection.execute(f"prepare asked as {sql}")
        count = await connection.fetchval(
            "select coalesce(array_length(parameter_types, 1), 0) from pg_prepared_statements"
            " where name = 'asked'"
        )
        values = f"({', '.join(['null'] * count)})" if count else ""
        return [row[0] for row in await connection.fetch(f"explain execute asked{values}")]
    finally:
        await connection.close()
