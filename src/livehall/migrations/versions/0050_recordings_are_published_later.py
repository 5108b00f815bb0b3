"""When a recording is to be published, and since when others than the staff watch it.

Revision: 0050, after 0049
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TO_COME, DONE = sa.text("publish_at is not null"), sa.text("published_at is not null")


def upgrade() -> None:
    op.add_column("recording", sa.Column("publish_at", Instant(), nullable=True))
    op.add_column("recording", sa.Column("published_at", Instant(), nullable=True))
    # Nobody noted when it was: its last change is the latest that it can have been.
    op.execute(
        "update recording set published_at = updated_at"
        " where status = 'ready' and visibility <> 'private' and deleted_at is null"
    )
    op.create_index(
        "recording_to_publish", "recording", ["publish_at"],
        postgresql_where=TO_COME, sqlite_where=TO_COME,
    )  # fmt: skip
    op.create_index(
        "recording_published", "recording", ["published_at", "id"],
        postgresql_where=DONE, sqlite_where=DONE,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("recording_published", table_name="recording")
    op.drop_index("recording_to_publish", table_name="recording")
    op.drop_column("recording", "published_at")
    op.drop_column("recording", "publish_at")
