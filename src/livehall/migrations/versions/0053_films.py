"""Recordings that were made elsewhere and handed in, and how large the picture of one is.

Revision: 0053, after 0052
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    source = sa.CheckConstraint("source in ('live','upload')", name="recording_source")
    op.add_column("recording", sa.Column("source", sa.Text(), source, server_default="live", nullable=False))
    op.add_column("recording", sa.Column("width", sa.Integer(), nullable=True))
    op.add_column("recording", sa.Column("height", sa.Integer(), nullable=True))


def downgrade() -> None:
    # Not by a copy of the table: its name stands in triggers (0035). The check goes with its column.
    for column in ("height", "width", "source"):
        op.drop_column("recording", column)
