"""A new row of the journal, a room or a session stands in no index that nobody reads.

Revision: 0040, after 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

PLACED = "position is not null"
# name, table, columns, unique, condition before and since
CHANGED = (
    ("journal_position", "journal", ["position"], True, None, PLACED),
    (
        "journal_session",
        "journal",
        ["session_id", "position"],
        False,
        None,
        f"session_id is not null and {PLACED}",
    ),
    ("journal_room", "journal", ["room_id", "position"], False, None, f"room_id is not null and {PLACED}"),
    ("room_newest", "room", ["created_at", "id"], False, None, "visibility in ('public','members')"),
    ("session_of_preset", "session", ["preset_id", "status"], False, None, "preset_id is not null"),
)
DROPPED = (  # no plan names the first; `room_of_host` and `session_own` begin as the others do
    ("room_listed", "room", ["visibility", "created_at", "id"]),
    ("ix_room_host_id", "room", ["host_id"]),
    ("session_time", "session", ["organization_id", "scheduled_start_at"]),
)


def upgrade() -> None:
    op.drop_index("journal_open", "journal")
    _create("journal_open", "journal", ["done_at", "position"], False, f"{PLACED} and done_at is null")
    op.drop_index("room_of_host", "room")
    op.create_index("room_of_host", "room", ["host_id", "organization_id", "created_at", "id"])
    for name, table, columns, unique, _, condition in CHANGED:
        op.drop_index(name, table)
        _create(name, table, columns, unique, condition)
    for name, table, _ in DROPPED:
        op.drop_index(name, table)


def downgrade() -> None:
    op.drop_index("journal_open", "journal")
    _create("journal_open", "journal", ["position"], False, "done_at is null")
    op.drop_index("room_of_host", "room")
    op.create_index("room_of_host", "room", ["host_id", "created_at", "id"])
    for name, table, columns in DROPPED:
        op.create_index(name, table, columns)
    for name, table, columns, unique, condition, _ in CHANGED:
        op.drop_index(name, table)
        _create(name, table, columns, unique, condition)


def _create(name: str, table: str, columns: list[str], unique: bool, condition: str | None) -> None:
    where = None if condition is None else sa.text(condition)
    op.create_index(name, table, columns, unique=unique, postgresql_where=where, sqlite_where=where)
