"""plans

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json, Key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("id", Key(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quotas", Json(), nullable=False),
        sa.Column("modules", Json(), nullable=False),
        sa.Column("disabled_features", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_id", Key(), nullable=True))
        batch_op.create_foreign_key("organization_plan", "plan", ["plan_id"], ["id"])

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_limits", Json(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("plan_limits")

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_constraint("organization_plan", type_="foreignkey")
        batch_op.drop_column("plan_id")

    op.drop_table("plan")
