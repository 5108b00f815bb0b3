"""several processes: one position each in the journal, one caller for each output

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("journal_position", ["position"], unique=True)
    op.add_column("egress", sa.Column("asked_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("egress", schema=None) as batch_op:
        batch_op.drop_column("asked_at")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("journal_position")
