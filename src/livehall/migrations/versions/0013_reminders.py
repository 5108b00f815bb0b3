"""reminders

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow",
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("is_favorite", sa.Boolean(), nullable=False),
        sa.Column("reminders", Json(), nullable=True),
        sa.Column("reminded_since", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="follow_room"
        ),
        sa.PrimaryKeyConstraint("account_id", "room_id"),
    )
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.create_index("follow_of_room", ["room_id", "account_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=True),
        sa.Column("previous_start_at", Instant(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("try_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(state = 'queued') = (settled_at is null)", name="notification_settled"),
        sa.CheckConstraint("channel in ('email','realtime')", name="notification_channel"),
        sa.CheckConstraint("kind in ('reminder','live','moved','cancellation')", name="notification_kind"),
        sa.CheckConstraint("state in ('queued','sent','failed','suppressed')", name="notification_state"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="notification_session",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(
            "notification_due",
            ["try_at"],
            unique=False,
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index("notification_of_session", ["session_id", "account_id"], unique=False)
        batch_op.create_index("notification_to", ["recipient", "settled_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index("notification_to")
        batch_op.drop_index("notification_of_session")
        batch_op.drop_index(
            "notification_due",
            postgresql_where=sa.text("state = 'queued'"),
            sqlite_where=sa.text("state = 'queued'"),
        )

    op.drop_table("notification")
    with op.batch_alter_table("follow", schema=None) as batch_op:
        batch_op.drop_index("follow_of_room")

    op.drop_table("follow")
