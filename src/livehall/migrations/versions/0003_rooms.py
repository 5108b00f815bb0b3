"""rooms

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="library_own"),
        sa.UniqueConstraint("organization_id", "slug", name="library_slug"),
    )
    with op.batch_alter_table("library", schema=None) as batch_op:
        batch_op.create_index(
            "library_default",
            ["organization_id"],
            unique=True,
            postgresql_where=sa.text("is_default and deleted_at is null"),
            sqlite_where=sa.text("is_default and deleted_at is null"),
        )

    op.create_table(
        "preset",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("owner_id", Key(), nullable=False),
        sa.Column("library_id", Key(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("flags", Json(), nullable=False),
        sa.Column("primary_color", sa.Text(), nullable=True),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("logo_destination_url", sa.Text(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.CheckConstraint("type in ('whip','rtmp')", name="preset_type"),
        sa.ForeignKeyConstraint(
            ["organization_id", "library_id"],
            ["library.organization_id", "library.id"],
            name="preset_library",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="preset_own"),
    )
    with op.batch_alter_table("preset", schema=None) as batch_op:
        batch_op.create_index(
            "preset_default",
            ["organization_id", "owner_id"],
            unique=True,
            postgresql_where=sa.text("is_default and library_id is null and deleted_at is null"),
            sqlite_where=sa.text("is_default and library_id is null and deleted_at is null"),
        )
        batch_op.create_index(
            "preset_default_in_library",
            ["owner_id", "library_id"],
            unique=True,
            postgresql_where=sa.text("is_default and library_id is not null and deleted_at is null"),
            sqlite_where=sa.text("is_default and library_id is not null and deleted_at is null"),
        )
        batch_op.create_index(
            "preset_name",
            ["organization_id", "owner_id", "name"],
            unique=True,
            postgresql_where=sa.text("library_id is null and deleted_at is null"),
            sqlite_where=sa.text("library_id is null and deleted_at is null"),
        )
        batch_op.create_index(
            "preset_name_in_library",
            ["owner_id", "library_id", "name"],
            unique=True,
            postgresql_where=sa.text("library_id is not null and deleted_at is null"),
            sqlite_where=sa.text("library_id is not null and deleted_at is null"),
        )

    op.create_table(
        "room",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("library_id", Key(), nullable=False),
        sa.Column("host_id", Key(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("default_preset_id", Key(), nullable=True),
        sa.Column("password_enc", sa.LargeBinary(), nullable=True),
        sa.Column("waiting_room", sa.Boolean(), nullable=False),
        sa.Column("analytics", Json(), nullable=False),
        sa.Column("registration", Json(), nullable=False),
        sa.Column("idle_limit_s", sa.Integer(), nullable=False),
        sa.Column("max_direct_viewers", sa.Integer(), nullable=False),
        sa.Column("active_session_id", Key(), nullable=True),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.CheckConstraint("visibility in ('public','unlisted','members','private')", name="room_visibility"),
        sa.CheckConstraint("active_session_id is not null or not is_live", name="room_live_has_session"),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["membership.organization_id", "membership.account_id"],
            name="room_host",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "library_id"], ["library.organization_id", "library.id"], name="room_library"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "default_preset_id"],
            ["preset.organization_id", "preset.id"],
            name="room_preset",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="room_own"),
        sa.UniqueConstraint("slug"),
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_host_id"), ["host_id"], unique=False)
        batch_op.create_index("room_listed", ["visibility", "created_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_index("room_listed")
        batch_op.drop_index(batch_op.f("ix_room_host_id"))

    op.drop_table("room")
    with op.batch_alter_table("preset", schema=None) as batch_op:
        batch_op.drop_index(
            "preset_name_in_library",
            postgresql_where=sa.text("library_id is not null and deleted_at is null"),
            sqlite_where=sa.text("library_id is not null and deleted_at is null"),
        )
        batch_op.drop_index(
            "preset_name",
            postgresql_where=sa.text("library_id is null and deleted_at is null"),
            sqlite_where=sa.text("library_id is null and deleted_at is null"),
        )
        batch_op.drop_index(
            "preset_default_in_library",
            postgresql_where=sa.text("is_default and library_id is not null and deleted_at is null"),
            sqlite_where=sa.text("is_default and library_id is not null and deleted_at is null"),
        )
        batch_op.drop_index(
            "preset_default",
            postgresql_where=sa.text("is_default and library_id is null and deleted_at is null"),
            sqlite_where=sa.text("is_default and library_id is null and deleted_at is null"),
        )

    op.drop_table("preset")
    with op.batch_alter_table("library", schema=None) as batch_op:
        batch_op.drop_index(
            "library_default",
            postgresql_where=sa.text("is_default and deleted_at is null"),
            sqlite_where=sa.text("is_default and deleted_at is null"),
        )

    op.drop_table("library")
