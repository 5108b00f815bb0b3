"""All rows of a list as one value: the database writes them as JSON, msgspec reads them in one go.

A driver gives rows one by one and column by column, which for a hundred short rows costs more than finding
them. Their order is not promised: whoever needs one sorts them.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from livehall.kernel.db.types import Instant

T = TypeVar("T")


class gathered(FunctionElement[str]):  # noqa: N801  # reads as SQL in a select
    """An aggregate: these columns of every row. `rows_of` reads it."""

    inherit_cache = True
    type = Text()


def rows_of(shape: type[T]) -> Callable[[str], list[T]]:
    """What reads a gathered list; `shape`: a struct with `array_like`, its fields in the columns' order."""
    return msgspec.json.Decoder(list[shape], strict=False).decode  # type: ignore[valid-type]  # instants are numbers on SQLite


@compiles(gathered, "sqlite")
def _gathered_sqlite(element: gathered, compiler: SQLCompiler, **options: Any) -> str:
    columns = []
    for each in element.clauses:
        column = compiler.process(each, **options)
        columns.append(f"({column}) / 1000.0" if isinstance(each.type, Instant) else column)  # to seconds
    return f"json_group_array(json_array({', '.join(columns)}))"


@compiles(gathered, "postgresql")
def _gathered_postgres(element: gathered, compiler: SQLCompiler, **options: Any) -> str:
    columns = [compiler.process(each, **options) for each in element.clauses]
    return f"coalesce(json_agg(json_build_array({', '.join(columns)}))::text, '[]')"
