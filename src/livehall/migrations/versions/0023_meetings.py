"""meetings

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Json

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.CheckConstraint("kind in ('broadcast','meeting')", name="room_kind")
    op.add_column("room", sa.Column("kind", sa.Text(), kind, server_default="broadcast", nullable=False))
    op.add_column("room", sa.Column("e2ee", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("attendance", sa.Column("callback", Json(), nullable=True))


def downgrade() -> None:
    op.drop_column("attendance", "callback")
    with op.batch_alter_table("room") as batch_op:
        batch_op.drop_constraint("room_kind", type_="check")
        batch_op.drop_column("e2ee")
        batch_op.drop_column("kind")
