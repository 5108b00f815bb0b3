"""registrations

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Json

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RSVP = sa.CheckConstraint("rsvp in ('pending','accepted','tentative','declined')", name="participant_rsvp")
REGISTRATION = sa.CheckConstraint(
    "registration in ('pending','approved','denied','cancelled')", name="participant_registration"
)


def upgrade() -> None:
    for column in (
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("rsvp", sa.Text(), RSVP, nullable=True),
        sa.Column("registration", sa.Text(), REGISTRATION, nullable=True),
        sa.Column("is_highlighted", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("biography", sa.Text(), nullable=True),
        sa.Column("answers", Json(), server_default="{}", nullable=False),
        sa.Column("consent", Json(), nullable=True),
        sa.Column("access_token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("access_token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", Instant(), nullable=True),
        sa.Column("source", Json(), server_default="{}", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
    ):
        op.add_column("participant", column)
    op.create_index("participant_access", "participant", ["access_token_hash"], unique=True)
    op.create_index("participant_email_room", "participant", ["email", "room_id"])
    op.create_index("participant_external", "participant", ["scope_id", "external_id"])
    op.create_index("participant_registered", "participant", ["scope_id", "registered_at", "id"])


def downgrade() -> None:
    op.drop_index("participant_registered", "participant")
    op.drop_index("participant_external", "participant")
    op.drop_index("participant_email_room", "participant")
    op.drop_index("participant_access", "participant")
    with op.batch_alter_table("participant") as batch_op:
        batch_op.drop_constraint("participant_registration", type_="check")
        batch_op.drop_constraint("participant_rsvp", type_="check")
        for name in (
            "revision",
            "language",
            "source",
            "registered_at",
            "access_token_sealed",
            "access_token_hash",
            "consent",
            "answers",
            "biography",
            "title",
            "is_highlighted",
            "registration",
            "rsvp",
            "external_id",
            "display_name",
            "last_name",
            "first_name",
        ):
            batch_op.drop_column(name)
