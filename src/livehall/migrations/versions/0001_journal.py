"""journal

Revision: 0001, after
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answered",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("answered", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_at"), ["at"], unique=False)

    op.create_table(
        "beginning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "journal",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            nullable=False,
        ),
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", Key(), nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", Key(), nullable=True),
        sa.Column("session_id", Key(), nullable=True),
        sa.Column("room_id", Key(), nullable=True),
        sa.Column("data", Json(), nullable=False),
        sa.Column("audit", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(
            "journal_audit",
            ["organization_id", "seq"],
            unique=False,
            postgresql_where=sa.text("audit"),
            sqlite_where=sa.text("audit"),
        )
        batch_op.create_index(
            "journal_new",
            ["seq"],
            unique=False,
            postgresql_where=sa.text("position IS NULL"),
            sqlite_where=sa.text("position IS NULL"),
        )
        batch_op.create_index(
            "journal_open",
            ["position"],
            unique=False,
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index("journal_room", ["room_id", "position"], unique=False)
        batch_op.create_index("journal_session", ["session_id", "position"], unique=False)

    op.create_table(
        "taken",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("taken", schema=None) as batch_op:
        batch_op.create_index("taken_at", ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("taken", schema=None) as batch_op:
        batch_op.drop_index("taken_at")

    op.drop_table("taken")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("journal_session")
        batch_op.drop_index("journal_room")
        batch_op.drop_index(
            "journal_open",
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        )
        batch_op.drop_index(
            "journal_new",
            postgresql_where=sa.text("position IS NULL"),
            sqlite_where=sa.text("position IS NULL"),
        )
        batch_op.drop_index("journal_audit", postgresql_where=sa.text("audit"), sqlite_where=sa.text("audit"))

    op.drop_table("journal")
    op.drop_table("beginning")
    with op.batch_alter_table("answered", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answered_at"))

    op.drop_table("answered")
