"""phrases: what lists are searched by, on SQLite (`kernel.phrases`); elsewhere `migrations.search` does it

Revision: 0035, after 0034
"""

from alembic import op

from livehall.kernel.db.sqlite import lower
from livehall.migrations.search import SEARCHED

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

NEW = """
create trigger phrase_new after insert on phrase
begin insert into phrase_grams (rowid, text) values (new.number, lower(new.text)); end
"""
GONE = """
create trigger phrase_gone after delete on phrase
begin insert into phrase_grams (phrase_grams, rowid, text) values ('delete', old.number, lower(old.text)); end
"""
FILL = 'insert or ignore into phrase (text) select {column} from "{table}" where {column} is not null'
KEPT = """
create trigger phrase_{column}_of_{table}_{event} after {when} on "{table}" when new.{column} is not null
begin insert or ignore into phrase (text) values (new.{column}); end
"""
FORGOTTEN = """
create trigger phrase_{column}_of_{table}_{event} after {when} on "{table}" when {condition}
begin delete from phrase where text = old.{column} and {unused}; end
"""
USED = 'exists (select 1 from "{table}" where {column} = {text})'


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    # Letters beyond ASCII have a lower case here as they have in the product (`kernel.db.sqlite`).
    raw = op.get_bind().connection.driver_connection
    assert raw is not None
    raw.create_function("lower", 1, lower, deterministic=True)
    op.execute("create table phrase (number integer primary key, text text not null unique)")
    op.execute("create virtual table phrase_grams using fts5 (text, content='', tokenize='trigram')")
    op.execute(NEW)
    op.execute(GONE)
    for table, column in SEARCHED:
        some = " where description is not null" if column == "description" else ""
        op.execute(f'create index phrase_{column}_of_{table} on "{table}" ({column}){some}')
        op.execute(FILL.format(table=table, column=column))
        told = {"table": table, "column": column, "unused": unused(f"old.{column}")}
        moved = f"old.{column} is not null and old.{column} is not new.{column}"
        gone = f"old.{column} is not null"
        op.execute(KEPT.format(event="made", when="insert", **told))
        op.execute(KEPT.format(event="changed", when=f"update of {column}", **told))
        op.execute(FORGOTTEN.format(event="left", when=f"update of {column}", condition=moved, **told))
        op.execute(FORGOTTEN.format(event="gone", when="delete", condition=gone, **told))


def unused(text: str) -> str:
    return " and ".join(
        "not " + USED.format(table=table, column=column, text=text) for table, column in SEARCHED
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, column in SEARCHED:
        for event in ("made", "changed", "left", "gone"):
            op.execute(f"drop trigger phrase_{column}_of_{table}_{event}")
        op.execute(f"drop index phrase_{column}_of_{table}")
    op.execute("drop table phrase_grams")
    op.execute("drop table phrase")
