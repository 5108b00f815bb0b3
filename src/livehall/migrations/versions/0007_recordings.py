"""recordings

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "status in ('starting','recording','processing','ready','failed','deleted')",
            name="recording_status",
        ),
        sa.CheckConstraint("visibility in ('private','members','public')", name="recording_visibility"),
        sa.CheckConstraint("started_at <= ended_at", name="recording_order"),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="recording_room"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="recording_session",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="recording_tenant"),
    )
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.create_index(
            "recording_active",
            ["session_id"],
            unique=True,
            postgresql_where=sa.text("status in ('starting','recording')"),
            sqlite_where=sa.text("status in ('starting','recording')"),
        )
        batch_op.create_index("recording_of_room", ["organization_id", "room_id", "id"], unique=False)
        batch_op.create_index("recording_of_session", ["session_id", "id"], unique=False)

    op.create_table(
        "asset",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("recording_id", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("kind in ('recording')", name="asset_kind"),
        sa.CheckConstraint("state in ('pending','ready','failed')", name="asset_state"),
        sa.CheckConstraint("size >= 0", name="asset_size"),
        sa.ForeignKeyConstraint(
            ["organization_id", "recording_id"],
            ["recording.organization_id", "recording.id"],
            name="asset_recording",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="asset_session"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("recording_id"),
        sa.UniqueConstraint("storage_key"),
    )
    op.create_table(
        "egress",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=True),
        sa.Column("recording_id", Key(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(kind = 'file') = (recording_id is not null)", name="egress_recording_of_file"),
        sa.CheckConstraint("kind in ('file','hls')", name="egress_kind"),
        sa.CheckConstraint(
            "status in ('starting','active','ending','complete','failed','aborted')", name="egress_status"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "recording_id"],
            ["recording.organization_id", "recording.id"],
            name="egress_recording",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="egress_session",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("media_id"),
    )
    with op.batch_alter_table("egress", schema=None) as batch_op:
        batch_op.create_index("egress_of_session", ["session_id"], unique=False)
        batch_op.create_index(
            "egress_open",
            ["session_id"],
            unique=True,
            postgresql_where=sa.text("kind = 'hls' and status in ('starting','active','ending')"),
            sqlite_where=sa.text("kind = 'hls' and status in ('starting','active','ending')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("egress", schema=None) as batch_op:
        batch_op.drop_index(
            "egress_open",
            postgresql_where=sa.text("kind = 'hls' and status in ('starting','active','ending')"),
            sqlite_where=sa.text("kind = 'hls' and status in ('starting','active','ending')"),
        )
        batch_op.drop_index("egress_of_session")

    op.drop_table("egress")
    op.drop_table("asset")
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_index("recording_of_session")
        batch_op.drop_index("recording_of_room")
        batch_op.drop_index(
            "recording_active",
            postgresql_where=sa.text("status in ('starting','recording')"),
            sqlite_where=sa.text("status in ('starting','recording')"),
        )

    op.drop_table("recording")
