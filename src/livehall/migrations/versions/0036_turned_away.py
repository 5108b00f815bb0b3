"""Who was turned away; since when a registration stands; meetings end when they are empty.

Revision: 0036, after 0035
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

THIRTY_DAYS_S, IDLE_LIMIT_S = 30 * 24 * 3600, 600


def upgrade() -> None:
    op.add_column("attendance", sa.Column("turned_away", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("participant", sa.Column("settled_at", Instant(), nullable=True))
    room = sa.table("room", sa.column("kind"), sa.column("idle_limit_s"))
    was = sa.and_(room.c.kind == "meeting", room.c.idle_limit_s == THIRTY_DAYS_S)
    op.execute(sa.update(room).where(was).values(idle_limit_s=IDLE_LIMIT_S))


def downgrade() -> None:
    op.drop_column("participant", "settled_at")
    op.drop_column("attendance", "turned_away")
