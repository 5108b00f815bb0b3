"""access tokens of OAuth clients that ended before their time

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revoked_token",
        sa.Column("id", Key(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_revoked_token_expires_at", "revoked_token", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_revoked_token_expires_at", "revoked_token")
    op.drop_table("revoked_token")
