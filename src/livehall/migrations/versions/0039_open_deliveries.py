"""What is still to be sent is found without reading what is settled, or what waits.

Revision: 0039, after 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

OPEN = sa.text("try_at is not null")


def upgrade() -> None:
    op.create_index(
        "webhook_delivery_open",
        "webhook_delivery",
        ["endpoint_id", "try_at", "id"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index("webhook_delivery_in_state", "webhook_delivery", ["endpoint_id", "state", "id"])
    op.create_index("webhook_delivery_of_type", "webhook_delivery", ["endpoint_id", "event_type", "id"])
    op.drop_index("webhook_delivery_due", "webhook_delivery")


def downgrade() -> None:
    op.create_index(
        "webhook_delivery_due",
        "webhook_delivery",
        ["try_at", "endpoint_id"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.drop_index("webhook_delivery_of_type", "webhook_delivery")
    op.drop_index("webhook_delivery_in_state", "webhook_delivery")
    op.drop_index("webhook_delivery_open", "webhook_delivery")
