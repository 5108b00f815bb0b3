"""participants, seats on stage, bans

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ban",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("banned_by", Key(), nullable=False),
        sa.Column("banned_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_by", Key(), nullable=True),
        sa.CheckConstraint("expires_at > banned_at", name="ban_times"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="ban_account"),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="ban_session"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.create_index(
            "ban_open",
            ["session_id", "account_id"],
            unique=True,
            postgresql_where=sa.text("lifted_at is null"),
            sqlite_where=sa.text("lifted_at is null"),
        )

    op.create_table(
        "participant",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=True),
        sa.Column("scope_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", Key(), nullable=True),
        sa.Column("invited_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.CheckConstraint("role in ('co_host','moderator','speaker','viewer')", name="participant_role"),
        sa.CheckConstraint("account_id is not null or email is not null", name="participant_somebody"),
        sa.CheckConstraint("scope_id = coalesce(session_id, room_id)", name="participant_scope"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="participant_account"),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="participant_room"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name="participant_session",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index("participant_account_room", ["account_id", "room_id"], unique=False)
        batch_op.create_index(
            "participant_of_account",
            ["scope_id", "account_id"],
            unique=True,
            postgresql_where=sa.text("account_id is not null and deleted_at is null"),
            sqlite_where=sa.text("account_id is not null and deleted_at is null"),
        )
        batch_op.create_index(
            "participant_of_email",
            ["scope_id", "email"],
            unique=True,
            postgresql_where=sa.text("email is not null and deleted_at is null"),
            sqlite_where=sa.text("email is not null and deleted_at is null"),
        )

    op.create_table(
        "stage_member",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("request_id", Key(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("may_audio", sa.Boolean(), nullable=False),
        sa.Column("may_video", sa.Boolean(), nullable=False),
        sa.Column("may_screen", sa.Boolean(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("left_reason", sa.Text(), nullable=True),
        sa.Column("requests_blocked", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "left_reason in ('left','removed','banned','ended','disconnected')", name="stage_left_reason"
        ),
        sa.CheckConstraint("via in ('role','hand','join_request','added')", name="stage_via"),
        sa.CheckConstraint("(left_at is null) = (left_reason is null)", name="stage_left"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="stage_account"),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="stage_session"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("stage_member", schema=None) as batch_op:
        batch_op.create_index("stage_of_session", ["session_id", "account_id", "joined_at"], unique=False)
        batch_op.create_index(
            "stage_seat",
            ["session_id", "account_id"],
            unique=True,
            postgresql_where=sa.text("left_at is null"),
            sqlite_where=sa.text("left_at is null"),
        )

    op.create_table(
        "ban_device",
        sa.Column("id", Key(), nullable=False),
        sa.Column("ban_id", Key(), nullable=False),
        sa.Column("session_id", Key(), nullable=False),
        sa.Column("device_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ban_id"],
            ["ban.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ban_id", "device_key", name="ban_device_once"),
    )
    with op.batch_alter_table("ban_device", schema=None) as batch_op:
        batch_op.create_index("ban_device_key", ["session_id", "device_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ban_device", schema=None) as batch_op:
        batch_op.drop_index("ban_device_key")

    op.drop_table("ban_device")
    with op.batch_alter_table("stage_member", schema=None) as batch_op:
        batch_op.drop_index(
            "stage_seat", postgresql_where=sa.text("left_at is null"), sqlite_where=sa.text("left_at is null")
        )
        batch_op.drop_index("stage_of_session")

    op.drop_table("stage_member")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(
            "participant_of_email",
            postgresql_where=sa.text("email is not null and deleted_at is null"),
            sqlite_where=sa.text("email is not null and deleted_at is null"),
        )
        batch_op.drop_index(
            "participant_of_account",
            postgresql_where=sa.text("account_id is not null and deleted_at is null"),
            sqlite_where=sa.text("account_id is not null and deleted_at is null"),
        )
        batch_op.drop_index("participant_account_room")

    op.drop_table("participant")
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.drop_index(
            "ban_open",
            postgresql_where=sa.text("lifted_at is null"),
            sqlite_where=sa.text("lifted_at is null"),
        )

    op.drop_table("ban")
