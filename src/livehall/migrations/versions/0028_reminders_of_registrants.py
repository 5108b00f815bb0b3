"""reminders of registrants

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Key

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notification", sa.Column("participant_id", Key(), nullable=True))
    with op.batch_alter_table("notification") as batch_op:
        batch_op.alter_column("account_id", existing_type=Key(), nullable=True)
        batch_op.create_check_constraint(
            "notification_person", "(account_id is null) <> (participant_id is null)"
        )


def downgrade() -> None:
    op.execute("delete from notification where account_id is null")
    with op.batch_alter_table("notification") as batch_op:
        batch_op.drop_constraint("notification_person", type_="check")
        batch_op.alter_column("account_id", existing_type=Key(), nullable=False)
        batch_op.drop_column("participant_id")
