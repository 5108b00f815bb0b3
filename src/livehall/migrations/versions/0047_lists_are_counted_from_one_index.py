"""Lists of sessions are counted from their index alone: the condition of the index is in it as well.

Revision: 0047, after 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

FIGURES = [
    "invited", "registrants", "attendees", "no_shows", "attendance_rate", "average_view_s", "replay_views",
    "has_replay",
]  # fmt: skip
LASTING, WITH_PRESET = sa.text("deleted_at is null"), sa.text("preset_id is not null")


def upgrade() -> None:
    words = ["status", "mode", "provider", "format", "title", "deleted_at"]
    _make(["organization_id", "begins_at", *FIGURES, *words])


def downgrade() -> None:
    words = ["id", "status", "mode", "provider", "format"]
    _make(["organization_id", "begins_at", *words, *FIGURES, "title"])


def _make(columns: list[str]) -> None:
    op.drop_index("session_listed", table_name="session")
    op.create_index("session_listed", "session", columns, postgresql_where=LASTING, sqlite_where=LASTING)
    # Of two that cost the same, as all do while a table is empty, PostgreSQL takes the one made later:
    # sessions of a preset are still found by this one.
    op.drop_index("session_of_preset", table_name="session")
    op.create_index(
        "session_of_preset", "session", ["preset_id", "status"],
        postgresql_where=WITH_PRESET, sqlite_where=WITH_PRESET,
    )  # fmt: skip
