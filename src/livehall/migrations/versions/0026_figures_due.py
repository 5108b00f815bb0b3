"""figures due

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("figures_due_at", Instant(), nullable=True))
        batch_op.create_index(
            "session_figures_due",
            ["figures_due_at"],
            unique=False,
            postgresql_where=sa.text("figures_due_at is not null"),
            sqlite_where=sa.text("figures_due_at is not null"),
        )

    op.execute("update session set figures_due_at = updated_at where deleted_at is null")


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(
            "session_figures_due",
            postgresql_where=sa.text("figures_due_at is not null"),
            sqlite_where=sa.text("figures_due_at is not null"),
        )
        batch_op.drop_column("figures_due_at")
