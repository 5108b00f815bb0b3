"""A large house made of a small one: its rows, copied by the database itself under ids of their own.

What is copied is what the product wrote: a room, an ended session, an attendance. Titles differ, so that a
search finds few; times fall apart, a minute from row to row. SQLite gets no statistics, as in a hall.
"""

import asyncio
import sqlite3
from collections.abc import Mapping

import asyncpg
from sqlalchemy import Table

from livehall.core.audience.model import attendance
from livehall.core.rooms.model import room
from livehall.core.sessions.model import session
from livehall.kernel.db.postgres import prepare

ROOMS, SESSIONS, ATTENDANCES = 10_000, 100_000, 1_000_000
IN_ONE = 100_000  # attendances of the first session: what an export of a large evening reads
Columns = Mapping[str, str]  # column → expression over `n`, the number of the copy


class Writing:
    """How one kind of database writes what the copies need."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite

    def id(self, kind: str, number: str = "n") -> str:
        """The id of a copy: `kind` is one hexadecimal digit."""
        if self._is_sqlite:
            return f"printf('0190000{kind}-0000-7000-8000-%012x', {number})"
        return f"('0190000{kind}-0000-7000-8000-' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid"

    def text(self, before: str, number: str = "n") -> str:
        return f"'{before}' || ({number})" if self._is_sqlite else f"'{before}' || ({number})::text"

    def minutes_before(self, column: str) -> str:
        return f"{column} - n * 60000" if self._is_sqlite else f"{column} - n * interval '1 minute'"

    def copies(self, table: Table, made: Columns) -> str:
        """The statement that copies the row `$1` so often as `$2` says."""
        names = ", ".join(f'"{column.name}"' for column in table.c)
        values = ", ".join(made.get(column.name, f't."{column.name}"') for column in table.c)
        of, many = ("?", "?") if self._is_sqlite else ("$1::uuid", "$2::int")
        numbers = f"numbers(n) as (select 1 union all select n + 1 from numbers where n < {many})"
        return (
            f'with recursive {numbers} insert into "{table.name}" ({names}) '
            f'select {values} from "{table.name}" t, numbers where t.id = {of}'
        )


def statements(*, is_sqlite: bool) -> list[tuple[Table, str, int]]:
    """Table, statement, number of copies; in the order in which one needs the other."""
    say = Writing(is_sqlite=is_sqlite)
    of_room = say.id("a", f"(n % {ROOMS}) + 1")
    of_session = (
        f"case when n <= {IN_ONE} then {say.id('b', '1')} else {say.id('b', f'(n % {SESSIONS}) + 1')} end"
    )
    rooms = {
        "id": say.id("a"), "slug": say.text("room-"), "title": say.text("Room "),
        "created_at": say.minutes_before('t."created_at"'),
    }  # fmt: skip
    sessions = {
        "id": say.id("b"), "room_id": of_room, "title": say.text("Session "), "media_room": "null",
        "figures_due_at": "null",
        "created_at": say.minutes_before('t."created_at"'),
        "scheduled_start_at": say.minutes_before('t."created_at"'),
    }  # fmt: skip
    attendances = {
        "id": say.id("c"), "session_id": of_session, "visitor_key": say.text("v"), "account_id": "null",
        "participant_id": "null", "connection_id": "null", "display_name": say.text("Viewer "),
        "identity": say.text("i"),
    }  # fmt: skip
    return [
        (room, say.copies(room, rooms), ROOMS),
        (session, say.copies(session, sessions), SESSIONS),
        (attendance, say.copies(attendance, attendances), ATTENDANCES),
    ]


def first_session() -> str:
    """The id of the session with most attendances."""
    return f"0190000b-0000-7000-8000-{1:012x}"


def fill(database_url: str, templates: Mapping[str, str]) -> None:
    """Copy the rows whose ids are given by the name of their table."""
    if database_url.startswith("sqlite:"):
        raw = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        for table, statement, copies in statements(is_sqlite=True):
            raw.execute(statement, (copies, templates[table.name]))
        raw.commit()
        raw.close()
    else:
        asyncio.run(_fill_postgres(database_url, templates))


async def _fill_postgres(database_url: str, templates: Mapping[str, str]) -> None:
    raw = await asyncpg.connect(database_url)
    try:
        await prepare(raw)
        for table, statement, copies in statements(is_sqlite=False):
            await raw.execute(statement, templates[table.name], copies)
        await raw.execute("VACUUM ANALYZE")
    finally:
        await raw.close()
