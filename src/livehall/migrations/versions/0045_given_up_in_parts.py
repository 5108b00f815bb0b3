"""Which deliveries of webhooks are still to be given up.

Revision: 0045, after 0044
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Key

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

GIVING_UP = sa.text("give_up_until is not null")


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("give_up_until", Key(), nullable=True))
    op.create_index(
        "webhook_endpoint_giving_up",
        "webhook_endpoint",
        ["id"],
        postgresql_where=GIVING_UP,
        sqlite_where=GIVING_UP,
    )


def downgrade() -> None:
    op.drop_index("webhook_endpoint_giving_up", "webhook_endpoint")
    op.drop_column("webhook_endpoint", "give_up_until")
