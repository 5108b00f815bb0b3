"""The port between stores and drivers, and what can go wrong at it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from livehall.kernel.db.statement import Statement
from livehall.kernel.faults import Unavailable
from livehall.kernel.ids import Id

T = TypeVar("T")
P = ParamSpec("P")

BEHIND: ContextVar[bool] = ContextVar("behind", default=False)  # whether others go first


def behind(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The same for what no caller waits for: where connections are few, it has a share of them alone, so that
    thousands at once keep nobody from the database.
    """

    @wraps(call)
    async def called(*args: P.args, **names: P.kwargs) -> T:
        token = BEHIND.set(True)
        try:
            return await call(*args, **names)
        finally:
            BEHIND.reset(token)

    return called


class DatabaseUnavailable(Unavailable):
    message = "The database does not answer; nothing was changed. Try again in a moment."


class Deadlocked(DatabaseUnavailable):
    """Two units met, and this one is taken back whole: it may run again.

    They waited for each other, or made the same thing, which the second run then finds.
    """


class Duplicate(Exception):
    """A unique constraint refused a row.

    After `attempt` the unit goes on as if the statement had not been; after anything else it must end.
    """


class Connection(Protocol):
    """Statements of one unit, on one connection."""

    name: str  # of the kind of database, as in `Database`

    async def all(self, statement: Statement[T], /, **values: object) -> list[T]: ...

    async def one(self, statement: Statement[T], /, **values: object) -> T | None:
        """The first row, or None."""
        ...

    async def run(self, statement: Statement[Any], /, **values: object) -> int:
        """Rows changed."""
        ...

    async def attempt(self, statement: Statement[Any], /, **values: object) -> int:
        """As `run`, but a refused row leaves the unit usable. Raises: Duplicate."""
        ...

    async def many(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        """One statement with many sets of values."""
        ...

    async def later(self, statement: Statement[Any], rows: Sequence[Mapping[str, object]]) -> None:
        """The same for new rows that nothing should refuse: they may wait for the commit, and go with those
        of other hot units. Statements of this unit that follow find them written. One that is refused after
        all fails this unit, at its end.
        """
        ...


class Database(Protocol):
    """Opens units. Raises `DatabaseUnavailable` after 5 s without an answer."""

    name: str  # sqlite, postgresql

    async def open(self) -> None:
        """Connect. Raises: DatabaseUnavailable."""
        ...

    def write(self, *, hot: bool = False, of: Id | None = None) -> AbstractAsyncContextManager[Connection]:
        """One transaction; committed when the block ends, taken back when it raises.

        `hot` units are small inserts that may share one commit with their neighbours. Those `of` one subject
        run one after another; they touch rows of their own, or of their subject alone.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Connection]: ...

    async def close(self) -> None: ...
