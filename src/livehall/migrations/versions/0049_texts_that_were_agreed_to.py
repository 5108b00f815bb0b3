"""The texts that forms of rooms asked to agree to, once they ask for others.

Revision: 0049, after 0048
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replaced_consent",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("translations", Json(), nullable=False),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="replaced_consent_room"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("replaced_consent_of", "replaced_consent", ["room_id", "version", "replaced_at"])


def downgrade() -> None:
    op.drop_table("replaced_consent")
