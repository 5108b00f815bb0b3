"""Pictures of recordings.

Revision: 0037, after 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asset", sa.Column("has_thumbnail", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("asset", "has_thumbnail")
