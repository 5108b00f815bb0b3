"""Which rows hold a word within their texts, without reading them all.

On SQLite every different text that lists are searched by stands once in `phrase`, in lower case in the
trigrams of `phrase_grams` (FTS5); triggers keep both in the transaction of the change (migration 0035). What
is found there is a narrowing only: the statement that asked compares the texts again, so that case and
wildcards mean what they always did. PostgreSQL needs nothing of this: `pg_trgm` indexes (`migrations.search`)
serve `ILIKE` itself.
"""

from collections.abc import Sequence

from sqlalchemy import Integer, Text, bindparam, text

from livehall.kernel.db import Statement
from livehall.kernel.ids import Id
from livehall.kernel.letters import lower
from livehall.kernel.work import Work

MOST = 1000  # rows; a word that more of them hold is met soon by reading in the list's own order
GRAM = 3  # characters; a shorter word is in no index


def holding(table: str, *columns: str) -> Statement[Id]:
    """Ids of rows of a table whose columns hold `wanted`, at most `most`, one perhaps twice. For SQLite."""
    parts = (
        "SELECT t.id FROM phrase_grams CROSS JOIN phrase ON phrase.number = phrase_grams.rowid "  # noqa: S608  # names of ours
        f"CROSS JOIN {table} AS t ON t.{column} = phrase.text WHERE phrase_grams MATCH :wanted"
        for column in columns
    )
    found = text(" UNION ALL ".join(parts) + " LIMIT :most")
    return Statement(
        found.bindparams(
            bindparam("wanted", type_=Text, required=True), bindparam("most", type_=Integer, required=True)
        ),
        str,
    )


async def narrowed(work: Work, statement: Statement[Id], words: Sequence[str]) -> list[Id] | None:
    """The only rows that can hold all of `words` in one text; None where the list itself is to be read."""
    wanted = " AND ".join(_quoted(word) for word in words if len(word) >= GRAM)
    if not wanted or work.db.name != "sqlite":
        return None
    found = await work.db.all(statement, wanted=wanted, most=MOST + 1)
    return found if len(found) <= MOST else None


def _quoted(word: str) -> str:
    escaped = lower(word).replace('"', '""')
    return f'"{escaped}"'
