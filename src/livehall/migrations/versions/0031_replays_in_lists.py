"""replays in lists

Revision: 0031, after 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

FIRST = ["organization_id", "begins_at", "id", "status", "mode", "provider", "format"]
FIGURES = [
    "invited", "registrants", "attendees", "no_shows", "attendance_rate", "average_view_s", "replay_views",
]  # fmt: skip
LASTING = sa.text("deleted_at is null")


def upgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("has_replay", sa.Boolean(), server_default="0", nullable=False))
        batch_op.drop_index("session_listed")
        batch_op.create_index(
            "session_listed",
            [*FIRST, *FIGURES, "has_replay", "title"],
            unique=False,
            postgresql_where=LASTING,
            sqlite_where=LASTING,
        )
    op.execute(  # all others have none, as the column says already
        "update session set figures_due_at = updated_at where deleted_at is null and (replay_url is not null"
        " or exists (select 1 from recording where recording.session_id = session.id))"
    )


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index("session_listed")
        batch_op.create_index(
            "session_listed",
            [*FIRST, *FIGURES, "title"],
            unique=False,
            postgresql_where=LASTING,
            sqlite_where=LASTING,
        )
        batch_op.drop_column("has_replay")
