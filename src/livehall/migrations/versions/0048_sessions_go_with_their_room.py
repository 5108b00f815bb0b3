"""Sessions of rooms that were removed are removed since then, too; their encoders' keys are forgotten.

Revision: 0048, after 0047
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "delete from session_ingest where session_id in (select session.id from session"
        " join room on room.id = session.room_id where room.deleted_at is not null)"
    )
    op.execute(
        "update session set deleted_at = (select room.deleted_at from room where room.id = session.room_id)"
        " where deleted_at is null"
        " and room_id in (select room.id from room where room.deleted_at is not null)"
    )


def downgrade() -> None:
    """They stay removed: nobody reaches what is in such a room."""
