"""Who is shown first in a session's pictures, and what an output was told of it.

Revision: 0046, after 0045
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Key

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("pinned_id", Key(), nullable=True))
    op.add_column("egress", sa.Column("pinned_id", Key(), nullable=True))


def downgrade() -> None:
    op.drop_column("egress", "pinned_id")
    op.drop_column("session", "pinned_id")
