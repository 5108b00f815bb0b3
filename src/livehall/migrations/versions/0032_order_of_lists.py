"""order of lists

Revision: 0032, after 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

LASTING = sa.text("deleted_at is null")


def upgrade() -> None:
    op.create_index("room_newest", "room", ["created_at", "id"])
    op.create_index("room_of_host", "room", ["host_id", "created_at", "id"])
    is_postgres = op.get_bind().dialect.name == "postgresql"  # SQLite reads the plain one backwards
    backwards = [sa.text("scheduled_start_at DESC NULLS LAST"), sa.text("id DESC")]
    op.create_index(
        "session_planned",
        "session",
        backwards if is_postgres else ["scheduled_start_at", "id"],
        postgresql_where=LASTING,
        sqlite_where=LASTING,
    )
    op.create_index(
        "session_newest", "session", ["created_at", "id"], postgresql_where=LASTING, sqlite_where=LASTING
    )


def downgrade() -> None:
    op.drop_index("session_newest", "session")
    op.drop_index("session_planned", "session")
    op.drop_index("room_of_host", "room")
    op.drop_index("room_newest", "room")
