"""One request, job or socket command is one `Work`: one transaction, one actor, one instant.

The events of a work go into the journal in the same transaction; what follows from them (realtime,
reactions) begins after the commit, in the relay. Only the `Desk` opens work, reads the clock, commits.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Literal

import msgspec

from livehall.kernel import journal
from livehall.kernel.actor import Actor
from livehall.kernel.clock import Clock, utc_now
from livehall.kernel.db import Connection, Database
from livehall.kernel.ids import Id

Origin = Literal["api", "livekit", "centrifugo", "job"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    """A fact, in the past tense: ids, and the fields that a reader needs. Subclasses name their `tag`.

    `subject` names the field that holds what it is about: `subject = "room"` reads `room_id`.
    """

    subject: ClassVar[str]
    audit: ClassVar[bool] = False  # kept as evidence of a privileged act
    noted: ClassVar[bool] = False  # its row also says what `Desk.note` knows

    organization_id: Id


class Work:
    """The open transaction. Reads within it see its own writes."""

    __slots__ = ("actor", "db", "events", "now")

    def __init__(self, db: Connection, actor: Actor, now: datetime) -> None:
        self.db, self.actor, self.now = db, actor, now
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Say a fact. It is written with the transaction, and told after it."""
        self.events.append(event)

    async def first(self, key: str) -> bool:
        """Whether this is the first work with `key` (a report's or an event's id) that commits.

        The key is taken with the transaction: after a rollback it is free again.
        """
        return await journal.take(self.db, key, self.now)


class Read(Work):
    """A work that only reads: nothing is locked, and it can say no event."""

    __slots__ = ()

    def emit(self, event: Event) -> None:
        raise RuntimeError(f"a read said {type(event).__name__}")


Note = Callable[[Work, list[dict[str, Any]]], Awaitable[None]]
"""Adds to rows, before they are written, what their readers need and their event does not know."""


Follows = Callable[[str, Mapping[str, Any]], bool]
"""Whether a reaction follows from an event of this type with this data (`Relay.follows`)."""


class Desk:
    """Opens work."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        committed: Callable[[], None] = lambda: None,
        note: Note | None = None,
        follows: Follows | None = None,
    ) -> None:
        self.database, self.clock, self.note = database, clock, note
        self.committed = committed  # wakes the relay
        self.follows = follows  # None: the relay sees to it

    def work(
        self, actor: Actor, *, origin: Origin = "api", hot: bool = False, of: Id | None = None
    ) -> AbstractAsyncContextManager[Work]:
        """Commits when the block ends, takes everything back when it raises.

        `hot`, `of`: as `Database.write` says. Raises: DatabaseUnavailable.
        """
        return _Working(self, self.database.write(hot=hot, of=of), actor, origin)

    def read(self, actor: Actor) -> AbstractAsyncContextManager[Read]:
        """For reading only. Raises: DatabaseUnavailable."""
        return _Reading(self.database.read(), actor, self.clock)


class _Working:
    """A work, opened and closed without a generator: nearly every change has one."""

    __slots__ = ("_actor", "_desk", "_opened", "_origin", "_work")

    def __init__(
        self, desk: Desk, opened: AbstractAsyncContextManager[Connection], actor: Actor, origin: Origin
    ) -> None:
        self._desk, self._opened, self._actor, self._origin = desk, opened, actor, origin
        self._work: Work | None = None

    async def __aenter__(self) -> Work:
        self._work = Work(await self._opened.__aenter__(), self._actor, self._desk.clock())
        return self._work

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        work, desk = self._work, self._desk
        assert work is not None
        if kind is None and work.events:
            try:
                await journal.append(work, self._origin, desk.note, desk.follows)
            except BaseException as refused:
                await self._opened.__aexit__(type(refused), refused, refused.__traceback__)
                raise
        await self._opened.__aexit__(kind, error, trace)
        if kind is None and work.events:
            desk.committed()


class _Reading:
    """A read, opened and closed without a generator: nearly every call has one."""

    __slots__ = ("_actor", "_clock", "_opened")

    def __init__(self, opened: AbstractAsyncContextManager[Connection], actor: Actor, clock: Clock) -> None:
        self._opened, self._actor, self._clock = opened, actor, clock

    async def __aenter__(self) -> Read:
        return Read(await self._opened.__aenter__(), self._actor, self._clock())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)
