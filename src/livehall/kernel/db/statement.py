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

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Column, MetaData, Table, bindparam, insert, update
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

    __slots__ = ("arguments", "passing", "reads", "row", "sql")

    arguments: Callable[[Mapping[str, object]], list[object]]
    """The parameters in the driver's order. Raises KeyError for one that is missing."""

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
        fixed = {name: state.parameters[name] for name in kinds if name not in required}
        binder_of = types.sqlite_binder if on_sqlite else lambda _: None
        self.arguments = arguments_of(
            [(name, binder_of(kinds[name])) for name in state.positiontup or ()], fixed
        )
        kept = column_types(clause) if on_sqlite else []
        self.row = row_of(shape, [types.sqlite_reader(kind) for kind in kept])


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


def arguments_of(
    binders: Sequence[tuple[str, types.Convert | None]], fixed: Mapping[str, object]
) -> Callable[[Mapping[str, object]], list[object]]:
    """What makes a statement's parameters of named values; `fixed` are those that need not be given."""
    scope: dict[str, Any] = {}
    parts = []
    for at, (name, binder) in enumerate(binders):
        value = f"given[{name!r}]"
        if name in fixed:
            scope[f"fixed{at}"] = fixed[name]
            value = f"({value} if {name!r} in given else fixed{at})"
        parts.append(_converted(value, f"bind{at}", binder, scope) if binder else value)
    made: Callable[[Mapping[str, object]], list[object]] = _written(
        f"def made(given):\n return [{', '.join(parts)}]\n", scope
    )
    return made


def row_of(shape: Callable[..., T], readers: Sequence[types.Convert | None]) -> Callable[[Columns], T]:
    """What makes a row of its columns."""
    if not any(readers):
        return lambda columns: shape(*columns)
    scope: dict[str, Any] = {"shape": shape}
    names = [f"c{at}" for at in range(len(readers))]
    values = [
        _converted(name, f"read{name}", reader, scope) if reader else name
        for name, reader in zip(names, readers, strict=True)
    ]
    text = f"def made(columns):\n {', '.join(names)}, = columns\n return shape({', '.join(values)})\n"
    made: Callable[[Columns], T] = _written(text, scope)
    return made


def _converted(value: str, name: str, convert: types.Convert, scope: dict[str, Any]) -> str:
    """An expression for what `convert` makes of a value, None of None; the frequent ones without a call."""
    inline = types.INLINE.get(convert)
    if inline is None:
        scope[name] = convert
        inline = f"{name}(v)"
    scope.update(types.NEEDED)
    return f"(None if (v := {value}) is None else {inline})"


def _written(text: str, scope: dict[str, Any]) -> Any:
    """The function `made` of a text: as Python would be by hand, in half the time of a loop."""
    exec(text, scope)  # noqa: S102  # numbers and names of our own
    return scope["made"]


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


def filled(row: Struct) -> dict[str, object]:
    """The columns of a row that hold something."""
    return {name: value for name, value in asdict(row).items() if value is not None}


def new_row(table: Table, columns: Iterable[str]) -> Command:
    """A row that holds these columns, which are its parameters, and nothing in all others (`filled`).

    For wide rows that are mostly empty: a parameter costs as much if it is null. Made once for each set of
    columns.
    """
    return _new_row(table, tuple(columns))


@lru_cache(maxsize=1024)
def _new_row(table: Table, names: tuple[str, ...]) -> Command:
    for column in table.c:
        assert column.name in names or (column.nullable and column.server_default is None), column
    return Command(insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names}))
