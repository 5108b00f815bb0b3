"""Files that are made in the background of what sessions and rooms hold.

Revision: 0051, after 0050
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=True),
        sa.Column("made_by", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("with_addresses", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("try_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint("state in ('pending','ready','failed')", name="export_state"),
        sa.CheckConstraint(
            "kind in ('attendance','registrations','chat','questions','polls')", name="export_kind"
        ),
        sa.CheckConstraint("format in ('csv','xlsx','json')", name="export_format"),
        sa.CheckConstraint("(state = 'pending') = (ended_at is null)", name="export_ended"),
        sa.CheckConstraint("(state = 'ready') = (size is not null)", name="export_size"),
        sa.CheckConstraint("(state = 'failed') = (reason is not null)", name="export_reason"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="export_room"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="export_session",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("export_of_maker", "export", ["made_by", "id"])
    op.create_index("export_pending", "export", ["try_at"], sqlite_where=PENDING, postgresql_where=PENDING)
    op.create_index("export_expiry", "export", ["expires_at"])


def downgrade() -> None:
    op.drop_table("export")
