"""Exports of the report of a session, and of the record of privileged acts, which is of no room.

Revision: 0054, after 0053
"""

from alembic import op

from livehall.kernel.db import Key

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

BEFORE = "kind in ('attendance','registrations','chat','questions','polls')"
SINCE = "kind in ('attendance','registrations','chat','questions','polls','report','audit')"


def upgrade() -> None:
    with op.batch_alter_table("export") as batch_op:
        batch_op.alter_column("room_id", existing_type=Key(), nullable=True)
        batch_op.drop_constraint("export_kind", type_="check")
        batch_op.create_check_constraint("export_kind", SINCE)
        batch_op.create_check_constraint("export_room_of_kind", "(kind = 'audit') = (room_id is null)")


def downgrade() -> None:
    op.execute("delete from export where kind in ('report','audit')")
    with op.batch_alter_table("export") as batch_op:
        batch_op.drop_constraint("export_room_of_kind", type_="check")
        batch_op.drop_constraint("export_kind", type_="check")
        batch_op.create_check_constraint("export_kind", BEFORE)
        batch_op.alter_column("room_id", existing_type=Key(), nullable=False)
