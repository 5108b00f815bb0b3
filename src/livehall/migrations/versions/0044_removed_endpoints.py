"""Webhook endpoints that were removed are forgotten, and passed over meanwhile.

Revision: 0044, after 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

LIVING, REMOVED = sa.text("deleted_at is null"), sa.text("deleted_at is not null")


def upgrade() -> None:
    op.create_index(
        "webhook_endpoint_living", "webhook_endpoint", ["id"], postgresql_where=LIVING, sqlite_where=LIVING
    )
    op.create_index(
        "webhook_endpoint_removed",
        "webhook_endpoint",
        ["deleted_at"],
        postgresql_where=REMOVED,
        sqlite_where=REMOVED,
    )


def downgrade() -> None:
    op.drop_index("webhook_endpoint_removed", "webhook_endpoint")
    op.drop_index("webhook_endpoint_living", "webhook_endpoint")
