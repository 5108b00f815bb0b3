"""sessions completed

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entry", sa.Text(), nullable=True))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("begins_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("provider", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("format", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("replay_url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("participants_override", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("publish_recordings", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("invited", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("registrants", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("attendees", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("no_shows", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("attendance_rate", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("average_view_s", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("replay_views", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index(
            "session_listed",
            [
                "organization_id",
                "begins_at",
                "id",
                "status",
                "mode",
                "provider",
                "format",
                "invited",
                "registrants",
                "attendees",
                "no_shows",
                "attendance_rate",
                "average_view_s",
                "replay_views",
                "title",
            ],
            unique=False,
            postgresql_where=sa.text("deleted_at is null"),
            sqlite_where=sa.text("deleted_at is null"),
        )

    op.execute("update session set begins_at = coalesce(scheduled_start_at, started_at, created_at)")


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(
            "session_listed",
            postgresql_where=sa.text("deleted_at is null"),
            sqlite_where=sa.text("deleted_at is null"),
        )
        batch_op.drop_column("replay_views")
        batch_op.drop_column("average_view_s")
        batch_op.drop_column("attendance_rate")
        batch_op.drop_column("no_shows")
        batch_op.drop_column("attendees")
        batch_op.drop_column("registrants")
        batch_op.drop_column("invited")
        batch_op.drop_column("publish_recordings")
        batch_op.drop_column("participants_override")
        batch_op.drop_column("replay_url")
        batch_op.drop_column("format")
        batch_op.drop_column("provider")
        batch_op.drop_column("begins_at")

    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_column("entry")
