"""groups

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("emoji", sa.Text(), nullable=True),
        sa.Column("icon", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id", name="group_own"),
    )
    with op.batch_alter_table("group", schema=None) as batch_op:
        batch_op.create_index(
            "group_name",
            ["organization_id", "name"],
            unique=True,
            postgresql_where=sa.text("deleted_at is null"),
            sqlite_where=sa.text("deleted_at is null"),
        )

    op.create_table(
        "group_link",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("group_id", Key(), nullable=False),
        sa.Column("library_id", Key(), nullable=True),
        sa.Column("room_id", Key(), nullable=True),
        sa.Column("session_id", Key(), nullable=True),
        sa.Column("scope_id", Key(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(library_id is not null and room_id is null and session_id is null and scope_id = library_id)"
            " or (library_id is null and room_id is not null and session_id is null and scope_id = room_id)"
            " or (library_id is null and room_id is not null and session_id is not null"
            " and scope_id = session_id)",
            name="group_link_scope",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"], ["group.organization_id", "group.id"], name="group_link_group"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "scope_id", name="group_link_once"),
    )
    with op.batch_alter_table("group_link", schema=None) as batch_op:
        batch_op.create_index("group_link_room", ["room_id", "group_id"], unique=False)
        batch_op.create_index("group_link_scope_of", ["scope_id", "group_id"], unique=False)

    op.create_table(
        "group_member",
        sa.Column("group_id", Key(), nullable=False),
        sa.Column("account_id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("added_by", Key(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["membership.organization_id", "membership.account_id"],
            name="group_member_member",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"], ["group.organization_id", "group.id"], name="group_member_group"
        ),
        sa.PrimaryKeyConstraint("group_id", "account_id"),
    )
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_member_account_id"), ["account_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_member_account_id"))

    op.drop_table("group_member")
    with op.batch_alter_table("group_link", schema=None) as batch_op:
        batch_op.drop_index("group_link_scope_of")
        batch_op.drop_index("group_link_room")

    op.drop_table("group_link")
    with op.batch_alter_table("group", schema=None) as batch_op:
        batch_op.drop_index(
            "group_name",
            postgresql_where=sa.text("deleted_at is null"),
            sqlite_where=sa.text("deleted_at is null"),
        )

    op.drop_table("group")
