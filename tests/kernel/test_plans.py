"""How SQLite goes about what runs often in a large house: by an index, without reading or sorting all."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from livehall import migrations
from livehall.core.audience import sweeping
from livehall.core.recordings import listing_store as replays
from livehall.core.recordings import store as recordings
from livehall.core.reminders import store as reminders
from livehall.core.rooms import store as rooms
from livehall.core.sessions import countdown_store
from livehall.core.sessions import store as sessions
from livehall.core.webhooks import deliveries_store as deliveries
from livehall.core.webhooks import store as webhooks
from livehall.kernel import trimming
from livehall.kernel.actor import ANONYMOUS
from livehall.kernel.clock import utc_now
from livehall.kernel.ids import new_id
from livehall.kernel.totals import LARGE, total_of
from livehall.migrations import search
from livehall.migrations.search import SEARCHED

PLAIN = sessions.Which(False, False, False, False, False, 0)
HELD = sessions.Which(False, False, False, False, False, 1, narrowed=True)
HELD_ROOMS = rooms.Which(False, 1, False, False, narrowed=True)
LARGE_TABLES = ("t", "session", "room", "recording", "webhook", "notification", "journal")
SORTED = (  # few
    "open sessions", "idle sessions", "sessions that hold a word", "rooms that hold a word",
    "replays that hold a word",
)  # fmt: skip
VALUES: dict[str, object] = {
    **rooms.visible_to(ANONYMOUS), "bound_to": None, "limit": 20, "offset": 0, "account_id": new_id(),
    "organization_id": new_id(), "before": utc_now(), "long_before": utc_now(), "room_ids": [new_id()],
    "endpoint_id": new_id(), "after": new_id(), "passed": new_id(), "read": 9, "audit_before": new_id(),
    "until": new_id(), "now": utc_now(), "state": "failed", "event_type": "chat.message",
    "wanted": '"word"', "most": 20, "word0": "%word%", "found": [new_id()],
    "later_than": utc_now(), "latest": utc_now(), "device_key": "x" * 43, "moment": utc_now(),
    "room_id": new_id(), "library_id": new_id(), "passed_over": 0,
}  # fmt: skip
FREQUENT = {
    "sessions by plan": (sessions._page(PLAIN, "-scheduled_start_time"), "session_planned"),
    "sessions that begin soon": (countdown_store.SOON, "session_planned"),
    "sessions by age": (sessions._page(PLAIN, "-created_at"), "session_newest"),
    "rooms by age": (rooms._page(rooms.Which(False, 0, False, False), "-created_at"), "room_newest"),
    "own rooms": (rooms._page(rooms.Which(True, 0, False, False), "-created_at"), "room_of_host"),
    "rooms by id": (rooms.BY_IDS, "sqlite_autoindex_room_1"),
    "sessions by a word": (sessions.HOLDING, "phrase_title_of_session"),
    "rooms by a word": (rooms.HOLDING, "phrase_title_of_room"),
    "rooms by a word, in what is said of them": (rooms.HOLDING, "phrase_description_of_room"),
    "recordings by a word": (recordings.HOLDING, "phrase_title_of_recording"),
    "recordings to publish": (replays.TO_PUBLISH, "recording_to_publish"),
    "replays by age": (replays.listed(replays.Which(), "-published_at"), "recording_published"),
    "replays by age, the oldest first": (
        replays.listed(replays.Which(), "published_at"),
        "recording_published",
    ),
    "replays of a library": (
        replays.listed(replays.Which(in_library=True), "-published_at"),
        "recording_published",
    ),
    "replays of a room": (
        replays.listed(replays.Which(in_room=True), "-published_at"),
        "recording_published_in_room",
    ),
    "replays of a room, counted": (
        replays._count(replays.Which(in_room=True)),
        "recording_published_in_room",
    ),
    "replays by a word": (replays.HOLDING, "phrase_title_of_recording"),
    "replays by a word, in the title of their session": (replays.HOLDING, "phrase_title_of_session"),
    "replays by a word, in the title of their room": (replays.HOLDING, "phrase_title_of_room"),
    "replays that hold a word": (
        replays.listed(replays.Which(words=1, narrowed=True), "-published_at"),
        "sqlite_autoindex_recording_1",
    ),
    "sessions that hold a word": (
        sessions._page(HELD, "-scheduled_start_time"),
        "sqlite_autoindex_session_1",
    ),
    "rooms that hold a word": (rooms._page(HELD_ROOMS, "-created_at"), "sqlite_autoindex_room_1"),
    "open sessions": (sessions.OPEN, "session_open"),
    "idle sessions": (sessions.IDLE, "session_open"),
    "silent viewers": (sweeping.SILENT, "attendance_unseen"),
    "a part of the old journal": (trimming.PART, "sqlite_autoindex_journal_1"),
    "what goes of a part of the journal": (trimming.DROP, "sqlite_autoindex_journal_1"),
    "notices of long ago": (reminders.FORGET_SETTLED, "notification_settled_at"),
    "endpoints that something is due to": (deliveries.DUE, "webhook_delivery_open"),
    "endpoints that are told": (webhooks.LISTENING, "webhook_endpoint_living"),
    "endpoints that were removed": (webhooks.FORGET, "webhook_endpoint_removed"),
    "what is due to an endpoint": (deliveries.NEXT, "webhook_delivery_open"),
    "endpoints with much to give up": (webhooks.GIVING_UP, "webhook_endpoint_giving_up"),
    "endpoints with a replay": (webhooks.REPLAYING, "webhook_endpoint_replaying"),
    "a part of a replay": (deliveries.REPLAY, "webhook_delivery_of"),
    "what is given up": (deliveries.ABANDON, "webhook_delivery_open"),
    "deliveries that have failed": (deliveries.listed(("state",))[0], "webhook_delivery_in_state"),
    "deliveries of one type": (deliveries.listed(("event_type",))[0], "webhook_delivery_of_type"),
    "how many have failed": (deliveries.listed(("state",))[1], "webhook_delivery_in_state"),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A migrated database without statistics, as every hall on SQLite has it."""
    path = Path(tmp_path_factory.mktemp("plans")) / "livehall.db"
    asyncio.run(migrations.upgrade(f"sqlite:///{path}"))
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", FREQUENT)
def test_what_runs_often_reads_an_index_and_sorts_nothing_large(raw: Any, name: str) -> None:
    statement, index = FREQUENT[name]
    plan = [
        row[3]
        for row in raw.execute(
            f"explain query plan {statement.sqlite.sql}", statement.sqlite.arguments(VALUES)
        )
    ]
    assert any(index in step for step in plan), plan
    assert not any(
        step.startswith(("SCAN t", "SCAN session", "SCAN room", "SCAN webhook", "SCAN n"))
        and "INDEX" not in step
        for step in plan
    )
    if name not in SORTED:
        assert not any("ORDER BY" in step for step in plan), plan


class Counting:
    """Answers with a number, and counts how often it was asked."""

    def __init__(self, answer: int) -> None:
        self.answer, self.asked, self.now, self.db = answer, 0, utc_now(), self

    async def one(self, *_: object, **__: object) -> int:
        self.asked += 1
        return self.answer


async def test_a_last_page_is_its_own_count_and_only_large_totals_are_remembered() -> None:
    async def total(work: Counting, shown: int, offset: int) -> int:
        return await total_of(
            work, rooms.COUNT_ALL, {"of": work.answer}, shown=shown, offset=offset, limit=20
        )  # type: ignore[arg-type]

    small, large = Counting(LARGE - 1), Counting(LARGE)
    assert [await total(small, 7, 40), small.asked] == [47, 0]
    assert [await total(small, 20, 0) for _ in range(2)] == [LARGE - 1] * 2
    assert [await total(large, 20, 0) for _ in range(2)] == [LARGE] * 2
    assert (small.asked, large.asked) == (2, 1)
    assert await total(large, 20, 2000) == 2020  # what is seen to be there is there
    assert await total(small, 0, 2000) == LARGE - 1  # a page behind the end shows nothing of the kind


def test_a_migrated_database_has_all_that_searches_go_by(raw: Any) -> None:
    """A table that a later migration copies loses its triggers: it has to make them again."""
    there = {name for (name,) in raw.execute("select name from sqlite_schema where type = 'trigger'")}
    events = ("made", "changed", "left", "gone")
    wanted = {f"phrase_{column}_of_{table}_{event}" for table, column in SEARCHED for event in events}
    assert wanted | {"phrase_new", "phrase_gone"} <= there


def test_without_rights_on_postgresql_searches_work_and_the_log_says_what_is_missing() -> None:
    class Refusing:
        """A connection whose owner may not switch an extension on."""

        @contextmanager
        def begin_nested(self) -> Iterator[None]:
            yield

        def execute(self, statement: Any) -> None:
            assert "extension" in str(statement), "nothing else is tried"
            raise ProgrammingError(str(statement), None, Exception("permission denied"))

    with capture_logs() as logs:
        assert not search.index(Refusing())  # type: ignore[arg-type]
    assert [each["why"] for each in logs] == ["permission denied"]
