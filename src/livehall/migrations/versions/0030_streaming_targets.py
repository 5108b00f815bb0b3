"""streaming targets: other platforms that get a room's broadcasts

Revision: 0030, after 0029
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TARGET = "(kind = 'rtmp') = (streaming_target_id is not null)"
OPEN_STREAM = sa.text("kind = 'rtmp' and status in ('starting','active','ending')")


def upgrade() -> None:
    op.create_table(
        "streaming_target",
        sa.Column("id", Key(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.Column("room_id", Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("stream_key_enc", sa.LargeBinary(), nullable=False),
        sa.Column("key_end", sa.Text(), nullable=False),
        sa.Column("public_url", sa.Text(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="streaming_target_room"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("streaming_target_of", "streaming_target", ["room_id", "id"])
    with op.batch_alter_table("egress") as batch_op:
        batch_op.add_column(sa.Column("streaming_target_id", Key(), nullable=True))
        batch_op.drop_constraint("egress_kind", type_="check")
        batch_op.create_check_constraint("egress_kind", "kind in ('file','hls','rtmp')")
        batch_op.create_check_constraint("egress_target_of_stream", TARGET)
    op.create_index(
        "egress_open_stream",
        "egress",
        ["session_id", "streaming_target_id"],
        unique=True,
        postgresql_where=OPEN_STREAM,
        sqlite_where=OPEN_STREAM,
    )


def downgrade() -> None:
    op.drop_index("egress_open_stream", "egress")
    op.execute("delete from egress where kind = 'rtmp'")
    with op.batch_alter_table("egress") as batch_op:
        batch_op.drop_constraint("egress_target_of_stream", type_="check")
        batch_op.drop_constraint("egress_kind", type_="check")
        batch_op.create_check_constraint("egress_kind", "kind in ('file','hls')")
        batch_op.drop_column("streaming_target_id")
    op.drop_table("streaming_target")
