"""sessions

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("created_by", Key(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("scheduled_start_at", Instant(), nullable=True),
        sa.Column("scheduled_end_at", Instant(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("preset_id", Key(), nullable=True),
        sa.Column("preset_snapshot", Json(), nullable=True),
        sa.Column("chat_override", sa.Boolean(), nullable=True),
        sa.Column("stage_override", sa.Boolean(), nullable=True),
        sa.Column("join_limit_override", sa.Integer(), nullable=True),
        sa.Column("recording_override", sa.Boolean(), nullable=True),
        sa.Column("waiting_override", sa.Boolean(), nullable=True),
        sa.Column("external_url", sa.Text(), nullable=True),
        sa.Column("media_room", sa.Text(), nullable=True),
        sa.Column("hls_url", sa.Text(), nullable=True),
        sa.Column("goes_live_on", sa.Text(), nullable=True),
        sa.Column("goes_live_until", Instant(), nullable=True),
        sa.Column("programme", Json(), nullable=False),
        sa.Column("host_media", Json(), nullable=False),
        sa.Column("stream_state", sa.Text(), nullable=False),
        sa.Column("stream_since", Instant(), nullable=True),
        sa.Column("interrupted_at", Instant(), nullable=True),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("viewer_count", sa.Integer(), nullable=False),
        sa.Column("max_viewers", sa.Integer(), nullable=False),
        sa.Column("metadata", Json(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.CheckConstraint("(mode = 'external') = (external_url is not null)", name="session_external"),
        sa.CheckConstraint("(status = 'ended') = (ended_at is not null)", name="session_ended"),
        sa.CheckConstraint("mode in ('webcam','rtmp','whip','external')", name="session_mode"),
        sa.CheckConstraint("status != 'live' or started_at is not null", name="session_live_started"),
        sa.CheckConstraint(
            "status in ('scheduled','backstage','live','ended','cancelled')", name="session_status"
        ),
        sa.CheckConstraint(
            "stream_state in ('idle','connecting','active','interrupted')", name="session_stream"
        ),
        sa.CheckConstraint("goes_live_on in ('source','picture')", name="session_goes_live_on"),
        sa.CheckConstraint("join_limit_override >= 0", name="session_join_limit"),
        sa.CheckConstraint("started_at <= ended_at", name="session_times"),
        sa.ForeignKeyConstraint(
            ["organization_id", "preset_id"], ["preset.organization_id", "preset.id"], name="session_preset"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="session_room"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("media_room"),
        sa.UniqueConstraint("organization_id", "id", name="session_own"),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(
            "session_active",
            ["room_id"],
            unique=True,
            postgresql_where=sa.text("status in ('backstage','live') and deleted_at is null"),
            sqlite_where=sa.text("status in ('backstage','live') and deleted_at is null"),
        )
        batch_op.create_index("session_of_room", ["room_id", "created_at"], unique=False)
        batch_op.create_index("session_of_preset", ["preset_id", "status"], unique=False)
        batch_op.create_index(
            "session_open",
            ["id"],
            unique=False,
            postgresql_where=sa.text("status in ('backstage','live')"),
            sqlite_where=sa.text("status in ('backstage','live')"),
        )
        batch_op.create_index("session_time", ["organization_id", "scheduled_start_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index("session_time")
        batch_op.drop_index(
            "session_open",
            postgresql_where=sa.text("status in ('backstage','live')"),
            sqlite_where=sa.text("status in ('backstage','live')"),
        )
        batch_op.drop_index("session_of_room")
        batch_op.drop_index("session_of_preset")
        batch_op.drop_index(
            "session_active",
            postgresql_where=sa.text("status in ('backstage','live') and deleted_at is null"),
            sqlite_where=sa.text("status in ('backstage','live') and deleted_at is null"),
        )

    op.drop_table("session")
