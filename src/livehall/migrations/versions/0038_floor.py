"""How far the journal was trimmed.

Revision: 0038, after 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("beginning", sa.Column("floor", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("beginning", "floor")
