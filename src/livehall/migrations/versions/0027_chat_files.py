"""chat files

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_file",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("message_id", Key(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("state in ('pending','ready')", name="chat_file_state"),
        sa.CheckConstraint("size >= 0", name="chat_file_size"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "message_id"],
            ["message.organization_id", "message.id"],
            name="chat_file_message",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="chat_file_session",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("storage_key"),
    )
    with op.batch_alter_table("chat_file", schema=None) as batch_op:
        batch_op.create_index("chat_file_of_session", ["session_id", "account_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("chat_file", schema=None) as batch_op:
        batch_op.drop_index("chat_file_of_session")

    op.drop_table("chat_file")
