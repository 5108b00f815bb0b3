"""questions

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

from livehall.kernel.db import Instant, Key

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHECKS = {
    "message_kind": "kind in ('chat','system','question','answer')",
    "message_state": "state in ('pending','published','answered','dismissed')",
    "message_state_of_question": "(kind = 'question') = (state is not null)",
    "message_answers_something": "kind <> 'answer' or parent_id is not null",
}


def upgrade() -> None:
    with op.batch_alter_table("message") as batch_op:
        batch_op.add_column(sa.Column("participant_id", Key(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("is_anonymous", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("vote_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("pinned_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("on_air_at", Instant(), nullable=True))
        batch_op.drop_constraint("message_kind", type_="check")
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(name, condition)
    for name, column, kind in (
        ("message_answers", "parent_id", "answer"),
        ("message_questions", "session_id", "question"),
    ):
        rows = sa.text(f"kind = '{kind}'")
        op.create_index(name, "message", [column, "id"], postgresql_where=rows, sqlite_where=rows)
    op.create_table(
        "message_vote",
        sa.Column("message_id", Key(), nullable=False),
        sa.Column("voter_key", sa.Text(), nullable=False),
        sa.Column("organization_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "message_id"],
            ["message.organization_id", "message.id"],
            name="message_vote_message",
        ),
        sa.PrimaryKeyConstraint("message_id", "voter_key"),
        sqlite_with_rowid=False,
    )
    op.add_column("session", sa.Column("moderation_override", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("session", "moderation_override")
    op.drop_table("message_vote")
    op.drop_index("message_questions", "message")
    op.drop_index("message_answers", "message")
    op.execute("delete from message where kind = 'answer'")
    op.execute("delete from message where kind = 'question'")
    with op.batch_alter_table("message") as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(name, type_="check")
        for name in ("on_air_at", "pinned_at", "vote_count", "is_anonymous", "state", "participant_id"):
            batch_op.drop_column(name)
        batch_op.create_check_constraint("message_kind", "kind in ('chat','system')")
