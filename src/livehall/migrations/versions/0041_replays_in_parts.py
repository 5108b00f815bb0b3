"""How far a replay of webhooks has come.

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Key

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

REPLAYING = sa.text("replay_after is not null")


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("replay_after", Key(), nullable=True))
    op.add_column("webhook_endpoint", sa.Column("replay_until", Key(), nullable=True))
    op.create_index(
        "webhook_endpoint_replaying",
        "webhook_endpoint",
        ["id"],
        postgresql_where=REPLAYING,
        sqlite_where=REPLAYING,
    )


def downgrade() -> None:
    op.drop_index("webhook_endpoint_replaying", "webhook_endpoint")
    op.drop_column("webhook_endpoint", "replay_until")
    op.drop_column("webhook_endpoint", "replay_after")
