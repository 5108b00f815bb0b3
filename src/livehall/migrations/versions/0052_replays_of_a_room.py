"""The replays of a room are found by an index of their own.

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


def downgrade() -> None:
    op.drop_index("recording_published_in_room", table_name="recording")
