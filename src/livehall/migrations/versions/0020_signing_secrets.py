"""signing secrets

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SIGNING = "(kind = 'signing_secret') = (issuer is not null and secret_enc is not null)"


def upgrade() -> None:
    op.add_column("api_client", sa.Column("issuer", sa.Text(), nullable=True))
    op.add_column("api_client", sa.Column("secret_enc", sa.LargeBinary(), nullable=True))
    op.add_column("api_client", sa.Column("previous_enc", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("api_client") as batch_op:
        batch_op.drop_constraint("api_client_kind", type_="check")
        batch_op.create_check_constraint("api_client_kind", "kind in ('api_key','oauth','signing_secret')")
        batch_op.create_check_constraint("api_client_signing", SIGNING)
    op.create_index(
        "api_client_issuer",
        "api_client",
        ["issuer", "id"],
        postgresql_where=sa.text("issuer is not null"),
        sqlite_where=sa.text("issuer is not null"),
    )


def downgrade() -> None:
    op.execute("delete from api_client where kind = 'signing_secret'")
    op.drop_index("api_client_issuer", "api_client")
    with op.batch_alter_table("api_client") as batch_op:
        batch_op.drop_constraint("api_client_signing", type_="check")
        batch_op.drop_constraint("api_client_kind", type_="check")
        batch_op.create_check_constraint("api_client_kind", "kind in ('api_key','oauth')")
    for name in ("previous_enc", "secret_enc", "issuer"):
        op.drop_column("api_client", name)
