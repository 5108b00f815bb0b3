"""audience

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=True),
        sa.Column("visitor_key", sa.Text(), nullable=False),
        sa.Column("device_key", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=True),
        sa.Column("joined_at", Instant(), nullable=True),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(state = 'left') = (left_at is not null)", name="attendance_left"),
        sa.CheckConstraint("delivery in ('webrtc','hls','sip','external')", name="attendance_delivery"),
        sa.CheckConstraint(
            "role in ('host','co_host','moderator','speaker','viewer','monitor')", name="attendance_role"
        ),
        sa.CheckConstraint("source in ('live','replay')", name="attendance_source"),
        sa.CheckConstraint("state <> 'expected' or joined_at is null", name="attendance_expected"),
        sa.CheckConstraint("state <> 'present' or joined_at is not null", name="attendance_present"),
        sa.CheckConstraint(
            "state in ('expected','waiting','present','left','denied')", name="attendance_state"
        ),
        sa.CheckConstraint("joined_at <= left_at", name="attendance_order"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="attendance_session",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id"),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index("attendance_identity", ["session_id", "identity"], unique=False)
        batch_op.create_index(
            "attendance_open",
            ["session_id", "visitor_key"],
            unique=False,
            postgresql_where=sa.text("state = 'present'"),
            sqlite_where=sa.text("state = 'present'"),
        )
        batch_op.create_index("attendance_person", ["session_id", "visitor_key", "joined_at"], unique=False)
        batch_op.create_index(
            "attendance_unseen",
            ["last_seen_at"],
            unique=False,
            postgresql_where=sa.text("state <> 'left' or joined_at is null"),
            sqlite_where=sa.text("state <> 'left' or joined_at is null"),
        )


def downgrade() -> None:
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(
            "attendance_unseen",
            postgresql_where=sa.text("state <> 'left' or joined_at is null"),
            sqlite_where=sa.text("state <> 'left' or joined_at is null"),
        )
        batch_op.drop_index("attendance_person")
        batch_op.drop_index(
            "attendance_open",
            postgresql_where=sa.text("state = 'present'"),
            sqlite_where=sa.text("state = 'present'"),
        )
        batch_op.drop_index("attendance_identity")

    op.drop_table("attendance")
