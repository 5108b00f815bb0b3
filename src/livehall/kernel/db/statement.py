"""A statement, written once in SQLAlchemy Core and compiled once for each database.

Building and compiling a statement costs more than running it on a key (`design`: key read 7,252/s compiled
once, 2,365/s through SQLAlchemy's own execution), so a store keeps its statements as module constants:

    BY_ID = Statement(select(*room.c).where(room.c.id == bindparam("id")), Room)

Rows become `shape(*columns)`, by position.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import Column, MetaData, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement, TextClause
from sqlalchemy.types import Boolean, TypeEngine

from livehall.kernel.db import types

T = TypeVar("T")
Columns = Iterable[Any]  # a row as its driver gives it

metadata = MetaData()

LOCKS = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE|KEY SHARE)\b")
FOLLOWED = re.compile(r"\b(RETURNING|ON CONFLICT)\b")
SQLITE = sqlite.dialect(paramstyle="qmark")
POSTGRES = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its constructor untyped


class Plan(Generic[T]):
    """One statement for one database: text, the order of parameters, conversions both ways."""

    __slots__ = ("_binders", "_fixed", "passing", "reads", "row", "sql")

    def __init__(self, clause: ClauseElement, shape: Callable[..., T], *, on_sqlite: bool) -> None:
        compiled = clause.compile(dialect=SQLITE if on_sqlite else POSTGRES)
        assert isinstance(compiled, SQLCompiler)
        # `in_` over a list of constants becomes one parameter for each of them.
        required = {name: None for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state(required)
        origin = {part: name for name, parts in state.parameter_expansion.items() for part in parts}
        kinds = {name: compiled.binds[origin.get(name, name)].type for name in state.positiontup or ()}
        self.sql = state.statement
        self.reads = self.sql.startswith("SELECT") and LOCKS.search(self.sql) is None
        is_plain = self.sql.startswith("INSERT") and FOLLOWED.search(self.sql) is None
        self.passing = (
            f"{self.sql} ON CONFLICT DO NOTHING" if is_plain else ""
        )  # a refused row changes nothing
        self._fixed = {name: state.parameters[name] for name in kinds if name not in required}
        binder_of = types.sqlite_binder if on_sqlite else lambda _: None
        self._binders: tuple[tuple[str, types.Convert | None], ...] = tuple(
            (name, binder_of(kinds[name])) for name in state.positiontup or ()
        )
        kept = column_types(clause) if on_sqlite else []
        self.row = row_of(shape, [types.sqlite_reader(kind) for kind in kept])

    def arguments(self, given: Mapping[str, object]) -> list[object]:
        """The parameters in the driver's order. Raises KeyError for one that is missing."""
        if not self._fixed:
            return [
                given[name] if binder is None or given[name] is None else binder(given[name])
                for name, binder in self._binders
            ]
        values = []
        for name, binder in self._binders:
            value = given[name] if name in given else self._fixed[name]
            values.append(value if binder is None or value is None else binder(value))
        return values


class Statement(Generic[T]):
    """A statement for both databases; each is compiled at its first use."""

    __slots__ = ("_clause", "_postgres", "_shape", "_sqlite")

    def __init__(self, clause: Executable, shape: Callable[..., T]) -> None:
        assert isinstance(clause, ClauseElement)
        self._clause, self._shape = clause, shape
        self._sqlite: Plan[T] | None = None
        self._postgres: Plan[T] | None = None

    @property
    def sqlite(self) -> Plan[T]:
        if self._sqlite is None:
            self._sqlite = Plan(self._clause, self._shape, on_sqlite=True)
        return self._sqlite

    @property
    def postgres(self) -> Plan[T]:
        if self._postgres is None:
            self._postgres = Plan(self._clause, self._shape, on_sqlite=False)
        return self._postgres


class Command(Statement[None]):
    """A statement that changes rows and gives none back."""

    __slots__ = ()

    def __init__(self, clause: Executable) -> None:
        super().__init__(clause, nothing)


def nothing(*_: object) -> None:
    """The shape of a row that nobody asked for."""


def row_of(shape: Callable[..., T], readers: Sequence[types.Convert | None]) -> Callable[[Columns], T]:
    """What makes a row of its columns: written out as Python would be by hand, in half the time of a loop."""
    if not any(readers):
        return lambda columns: shape(*columns)
    names = [f"c{at}" for at in range(len(readers))]
    values = [
        f"None if {name} is None else read{name}({name})" if reader else name
        for name, reader in zip(names, readers, strict=True)
    ]
    text = f"def row(columns):\n {', '.join(names)}, = columns\n return shape({', '.join(values)})\n"
    scope: dict[str, Any] = {f"read{name}": reader for name, reader in zip(names, readers, strict=True)}
    scope["shape"] = shape
    exec(text, scope)  # noqa: S102  # numbers and names of our own
    made: Callable[[Columns], T] = scope["row"]
    return made


def column_types(clause: ClauseElement) -> list[TypeEngine[object]]:
    columns = getattr(clause, "exported_columns", None)
    return [column.type for column in columns] if columns is not None else []


class any_of(ColumnElement[bool]):  # noqa: N801  # reads as SQL in a where clause
    """`column in (…)` with one parameter that holds a whole list, so that the text never changes."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: Column[str], name: str) -> None:
        self.column, self.bind = column, BindParameter[object](name, required=True, type_=types.Json())

    def self_group(self, against: object = None) -> Self:
        """As it is: SQLAlchemy would write `… = 1` on SQLite, which then uses no index."""
        return self


@compiles(any_of, "sqlite")
def _any_of_sqlite(element: any_of, compiler: SQLCompiler, **options: object) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} IN (SELECT value FROM json_each({compiler.process(element.bind, **options)}))"  # noqa: S608  # both parts are compiled


@compiles(any_of, "postgresql")
def _any_of_postgres(element: any_of, compiler: SQLCompiler, **options: object) -> str:
    listed = BindParameter[object](
        element.bind.key, required=True, type_=postgresql.ARRAY(element.column.type), unique=False
    )
    return f"{compiler.process(element.column, **options)} = ANY ({compiler.process(listed, **options)})"


def only(condition: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    """For `Index(…, **only(…))`: the index holds the rows that meet the condition, on both databases."""
    return {"postgresql_where": condition, "sqlite_where": condition}


def revise(table: Table, shape: Callable[..., T], columns: Iterable[str]) -> Statement[T]:
    """Set these columns of the row whose `id` is `which`, and raise its `revision`; gives the changed row.

    Parameters: `which`, and each of `columns`. Made once for each set of columns.
    """
    return _revise(table, shape, tuple(sorted(columns)))


@lru_cache(maxsize=1024)
def _revise(table: Table, shape: Callable[..., Any], names: tuple[str, ...]) -> Statement[Any]:
    values: dict[str, Any] = {name: bindparam(name, type_=table.c[name].type) for name in names}
    return Statement(
        update(table)
        .where(table.c.id == bindparam("which", type_=types.Key))
        .values(**values, revision=table.c.revision + 1)
        .returning(*table.c),
        shape,
    )
