"""How the pictures of a session are put together.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("layout", sa.Text(), server_default="single", nullable=False))


def downgrade() -> None:
    op.drop_column("session", "layout")
