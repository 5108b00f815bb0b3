"""waiting room

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("admitted_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_column("admitted_at")
