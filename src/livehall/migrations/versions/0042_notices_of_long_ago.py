"""Notices of long ago are found without reading those of today.

Revision: 0042, after 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

SETTLED = sa.text("settled_at is not null")


def upgrade() -> None:
    op.create_index(
        "notification_settled_at",
        "notification",
        ["settled_at"],
        postgresql_where=SETTLED,
        sqlite_where=SETTLED,
    )


def downgrade() -> None:
    op.drop_index("notification_settled_at", "notification")
