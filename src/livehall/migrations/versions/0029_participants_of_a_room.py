"""participants of a room

Revision: 0029, after 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("participant_external", "participant")
    op.drop_index("participant_registered", "participant")
    op.create_index("participant_in_scope", "participant", ["scope_id", "id"])
    op.create_index("participant_of_room", "participant", ["room_id", "registered_at", "id"])
    op.create_index("participant_with_role", "participant", ["scope_id", "role"])


def downgrade() -> None:
    op.drop_index("participant_with_role", "participant")
    op.drop_index("participant_of_room", "participant")
    op.drop_index("participant_in_scope", "participant")
    op.create_index("participant_registered", "participant", ["scope_id", "registered_at", "id"])
    op.create_index("participant_external", "participant", ["scope_id", "external_id"])
