"""stage

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stage_request",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("resolved_by", Key(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(status = 'pending') = (resolved_at is null)", name="stage_request_resolved"),
        sa.CheckConstraint("kind in ('hand','join')", name="stage_request_kind"),
        sa.CheckConstraint(
            "status in ('pending','approved','rejected','withdrawn','expired')", name="stage_request_status"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="stage_request_account"),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="stage_request_session",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("stage_request", schema=None) as batch_op:
        batch_op.create_index("stage_request_of_person", ["session_id", "account_id", "id"], unique=False)
        batch_op.create_index(
            "stage_request_pending",
            ["session_id", "account_id", "kind"],
            unique=True,
            postgresql_where=sa.text("status = 'pending'"),
            sqlite_where=sa.text("status = 'pending'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("stage_request", schema=None) as batch_op:
        batch_op.drop_index(
            "stage_request_pending",
            postgresql_where=sa.text("status = 'pending'"),
            sqlite_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index("stage_request_of_person")

    op.drop_table("stage_request")
