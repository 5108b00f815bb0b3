"""The replays of a room are found by an index of their own; what failed is not to be published any more.

Revision: 0052, after 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

DONE = sa.text("published_at is not null")


def upgrade() -> None:
    op.create_index(
        "recording_published_in_room", "recording", ["room_id", "published_at", "id"],
        postgresql_where=DONE, sqlite_where=DONE,
    )  # fmt: skip
    op.execute("update recording set publish_at = null where status = 'failed' and publish_at is not null")


def downgrade() -> None:
    op.drop_index("recording_published_in_room", table_name="recording")
