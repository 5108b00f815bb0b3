"""api clients

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_client",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", Instant(), nullable=True),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("library_ids", Json(), nullable=False),
        sa.Column("created_by", Key(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint("kind in ('api_key','oauth')", name="api_client_kind"),
        sa.CheckConstraint("(previous_hash is null) = (previous_until is null)", name="api_client_previous"),
        sa.ForeignKeyConstraint(
            ["organization_id", "created_by"],
            ["membership.organization_id", "membership.account_id"],
            name="api_client_maker",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id"),
        sa.UniqueConstraint("previous_hash"),
        sa.UniqueConstraint("secret_hash"),
    )
    with op.batch_alter_table("api_client", schema=None) as batch_op:
        batch_op.create_index("api_client_of", ["organization_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("api_client", schema=None) as batch_op:
        batch_op.drop_index("api_client_of")

    op.drop_table("api_client")
