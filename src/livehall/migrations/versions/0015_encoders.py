"""encoders of sessions

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Key

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_ingest",
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("ingress_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key_enc", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind in ('rtmp','whip')", name="session_ingest_kind"),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="session_ingest_session",
        ),
        sa.PrimaryKeyConstraint("session_id"),
        sa.UniqueConstraint("ingress_id"),
    )


def downgrade() -> None:
    op.drop_table("session_ingest")
