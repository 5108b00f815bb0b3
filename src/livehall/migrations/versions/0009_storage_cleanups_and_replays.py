"""storage cleanups and replays

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "storage_cleanup",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("before", Instant(), nullable=False),
        sa.Column("deleted_objects", sa.Integer(), nullable=False),
        sa.Column("freed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("(state = 'done') = (ended_at is not null)", name="storage_cleanup_ended"),
        sa.CheckConstraint("state in ('running','done')", name="storage_cleanup_state"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="storage_cleanup_organization"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("storage_cleanup", schema=None) as batch_op:
        batch_op.create_index("storage_cleanup_last", ["organization_id", "ended_at"], unique=False)
        batch_op.create_index(
            "storage_cleanup_running",
            ["organization_id"],
            unique=True,
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recording_id", Key(), nullable=True))
        batch_op.add_column(sa.Column("watched_ms", sa.BigInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purged_at", Instant(), nullable=True))
        batch_op.create_index(
            "recording_to_purge",
            ["organization_id", "deleted_at"],
            unique=False,
            postgresql_where=sa.text("status = 'deleted' and purged_at is null"),
            sqlite_where=sa.text("status = 'deleted' and purged_at is null"),
        )


def downgrade() -> None:
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_index(
            "recording_to_purge",
            postgresql_where=sa.text("status = 'deleted' and purged_at is null"),
            sqlite_where=sa.text("status = 'deleted' and purged_at is null"),
        )
        batch_op.drop_column("purged_at")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_column("watched_ms")
        batch_op.drop_column("recording_id")

    with op.batch_alter_table("storage_cleanup", schema=None) as batch_op:
        batch_op.drop_index(
            "storage_cleanup_running",
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )
        batch_op.drop_index("storage_cleanup_last")

    op.drop_table("storage_cleanup")
