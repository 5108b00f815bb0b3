"""polls

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("created_by", Key(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.Column("allow_multiple", sa.Boolean(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("show_results", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("closes_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("voters", sa.Integer(), nullable=True),
        sa.Column("votes", Json(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint("(status = 'closed') = (closed_at is not null)", name="poll_closed"),
        sa.CheckConstraint("(status = 'closed') = (voters is not null)", name="poll_counted"),
        sa.CheckConstraint("show_results in ('always','after_vote','after_close')", name="poll_show_results"),
        sa.CheckConstraint("status in ('draft','open','closed')", name="poll_status"),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="poll_session"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="poll_tenant"),
    )
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.create_index(
            "poll_due",
            ["closes_at"],
            unique=False,
            postgresql_where=sa.text("status = 'open'"),
            sqlite_where=sa.text("status = 'open'"),
        )
        batch_op.create_index("poll_order", ["session_id", "id"], unique=False)

    op.create_table(
        "poll_vote",
        sa.Column("poll_id", Key(), nullable=False),
        sa.Column("voter_key", sa.Text(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=True),
        sa.Column("choices", sa.Integer(), nullable=False),
        sa.CheckConstraint("choices between 1 and 1023", name="poll_vote_choices"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "poll_id"], ["poll.organization_id", "poll.id"], name="poll_vote_poll"
        ),
        sa.PrimaryKeyConstraint("poll_id", "voter_key"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("poll_vote", schema=None) as batch_op:
        batch_op.create_index("poll_vote_count", ["poll_id", "choices"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("poll_vote", schema=None) as batch_op:
        batch_op.drop_index("poll_vote_count")

    op.drop_table("poll_vote")
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.drop_index("poll_order")
        batch_op.drop_index(
            "poll_due", postgresql_where=sa.text("status = 'open'"), sqlite_where=sa.text("status = 'open'")
        )

    op.drop_table("poll")
