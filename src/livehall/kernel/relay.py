"""The relay: carries what was committed to those who follow.

Invariants
  - A row is published after its commit, in rising `position`; on PostgreSQL positions are given by the
    process that leads (`kernel.bus`), with `SKIP LOCKED` so that a row in somebody's hands is never waited
    for. Should two ever believe that they lead, the unique index of positions refuses the second.
  - On SQLite rows mostly come in their place (`journal.APPEND_PLACED`): units commit there in their order, so
    that what is read after a position is whole. Those without a place go behind all that are there.
  - Every process tells its own hub every row once: the leader as it places them, the others when they hear
    of it, or look. All therefore tell the same rows in the same order.
  - Reactions run in the process that leads; those of one session one after another, in order; sessions do
    not wait for each other.
  - A reaction runs at least once: a row without `done_at` is taken up again after a restart, and by the next
    leader. Each reaction therefore begins with `work.first(key)` or is harmless when repeated.

Failure story: a reaction that raises is tried again after 1, 2, 4 … 30 s, twenty times; its session's later
rows wait meanwhile, other sessions go on. After the last the row is closed and logged as an error:
the reconciler of the slice concerned brings the world and the database together again. A crash between
the commit of positions and the publication loses nothing: the others look every `POLL_S`, and clients recover
by position from the journal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from livehall.kernel import journal
from livehall.kernel.bus import Alone, Bus
from livehall.kernel.clock import Clock, utc_now
from livehall.kernel.db import Database, DatabaseUnavailable
from livehall.kernel.journal import Entry

log = structlog.get_logger(__name__)

Reaction = Callable[[Entry], Awaitable[None]]
Publish = Callable[[Entry], None]

Wanted = Callable[[Mapping[str, Any]], bool]
"""Of a row's data: whether a reaction has anything to do."""

POLL_S = 1.0  # only the safety net: a commit wakes the relay
BATCH = 500  # rows
ATTEMPTS = 20
LONGEST_WAIT_S = 30.0  # between two tries
NEWS, WAKE = "journal", "wake"  # what relays say to each other: rows were placed; rows wait
KEEP_TAKEN = timedelta(days=7)
WANTED = "wanted"  # attribute of a reaction

F = TypeVar("F", bound=Callable[..., Awaitable[None]])


def only_if(wanted: Wanted) -> Callable[[F], F]:
    """For a reaction to which many rows of its type are nothing: `wanted` tells the others by their data.

    What no reaction wants is closed as it is placed. It may still run for such a row.
    """

    def mark(reaction: F) -> F:
        setattr(reaction, WANTED, wanted)
        return reaction

    return mark


class Teller:
    """Tells the hub of this process every placed row once, in order, whoever has placed it."""

    def __init__(self, database: Database, publish: Publish) -> None:
        self._database, self._publish = database, publish
        self._turn = asyncio.Lock()
        self.position: int | None = None  # of the last row that was told

    async def begin(self) -> None:
        """What was placed before nobody here has missed. Raises: DatabaseUnavailable."""
        async with self._database.read() as db:
            self.position = await db.one(journal.TOP) or 0

    async def catch_up(self) -> None:
        """Tell what others have placed. Raises: DatabaseUnavailable."""
        async with self._turn:
            if self.position is None:
                await self.begin()
            found = BATCH
            while found == BATCH:
                async with self._database.read() as db:
                    entries = await db.all(journal.SINCE, after=self.position, limit=BATCH)
                for entry in entries:
                    self._tell(entry)
                found = len(entries)

    async def placed(self, entries: Sequence[Entry]) -> None:
        """The same for rows that were placed here, which need not be read again."""
        if not entries or self._turn.locked() or entries[0].position != (self.position or 0) + 1:
            await self.catch_up()
            return
        for entry in entries:
            self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        """Publish; a row that cannot be published must not keep back all that come after it."""
        self.position = entry.position
        try:
            self._publish(entry)
        except Exception:  # a mistake in one mapping, logged; readers recover from the API
            log.exception("a row could not be published", event_type=entry.type, journal_id=entry.id)


class Relay:
    def __init__(
        self,
        database: Database,
        *,
        publish: Publish,
        reactions: Mapping[str, Iterable[Reaction]],
        bus: Bus | None = None,
        clock: Clock = utc_now,
        backoff_s: float = 1.0,
    ) -> None:
        """`bus`: to the other processes; there are none without it."""
        self._database, self._clock, self._backoff_s = database, clock, backoff_s
        self._teller = Teller(database, publish)
        self._bus = bus or Alone()
        self._bus.on(NEWS, self._hear_news)
        self._bus.on(WAKE, self._hear_wake)
        self._bus.on_change(lambda: self._woken.set())
        self._reactions = {kind: tuple(listed) for kind, listed in reactions.items()}
        self._conditions: dict[str, tuple[Wanted | None, ...]] = {
            kind: tuple(getattr(reaction, WANTED, None) for reaction in listed)
            for kind, listed in self._reactions.items()
        }
        self._woken = asyncio.Event()
        self._ending = False
        self._leads = False  # as far as the last turn knows
        self._position = 0
        self._lines: dict[str, asyncio.Queue[Entry]] = {}
        self._held: set[int] = set()  # `seq` of the rows in the lines
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[dict[str, object]] = []  # rows whose reactions have ended, not marked yet
        self._finishing: asyncio.Task[None] | None = None
        self._writes: set[asyncio.Task[None]] = set()

    def follows(self, kind: str, data: Mapping[str, Any]) -> bool:
        """Whether a reaction follows from a row of this type with this data."""
        return any(wanted is None or wanted(data) for wanted in self._conditions.get(kind, ()))

    def wake(self) -> None:
        """Called after a commit, on the event loop."""
        if self._bus.leads:
            self._woken.set()
        else:
            self._bus.say(WAKE)

    def end(self) -> None:
        """Let `run` return once it has finished what it holds."""
        self._ending = True
        self._woken.set()

    async def start(self) -> None:
        """From here on the hub is told what is placed. Raises: DatabaseUnavailable."""
        await self._teller.begin()

    async def run(self) -> None:
        """Until `end` or cancelled."""
        try:
            while not self._ending:
                self._woken.clear()
                if await self._goes_on() and not self._ending:
                    with suppress(TimeoutError):
                        # Not `wait_for`: on Python 3.11 it swallows a cancellation that meets the wake.
                        async with asyncio.timeout(POLL_S):
                            await self._woken.wait()
            if self._tasks:  # reactions that are under way; who cannot wait for them cancels
                await asyncio.wait(tuple(self._tasks))
        finally:
            await self._drop_lines()

    async def drained(self) -> None:
        """When nothing is on its way any more; for tests and for a clean end."""
        while True:
            async with self._database.read() as db:
                unplaced = await db.all(journal.NEW_COUNT)
                unfinished = await db.all(journal.OPEN_COUNT)
                top = await db.one(journal.TOP) or 0
            told = self._teller.position
            if unplaced == [0] and unfinished == [0] and (told is None or told >= top):
                return
            await asyncio.sleep(0.005)

    async def _goes_on(self) -> bool:
        """One turn; whether there is nothing more to do than to wait."""
        try:
            return await self._turn() < BATCH
        except DatabaseUnavailable:
            log.warning("relay waits for the database")
        except Exception:  # the edge of the loop: a relay that ends stops everything that follows
            log.exception("relay stumbled and begins anew")
        self._leads = False
        if not self._ending:
            await asyncio.sleep(POLL_S)
        return False

    async def _turn(self) -> int:
        """Rows placed: by the one who leads; the others tell what it has placed."""
        if not self._bus.leads:
            if self._leads:
                self._leads = False
                await self._drop_lines()  # the next leader takes them up
            await self._teller.catch_up()
            return 0
        if not self._leads:
            await self._take_over()
        return await self._take_up()

    async def _take_over(self) -> None:
        async with self._database.read() as db:
            self._position = await db.one(journal.TOP) or 0
            # What is held has its reactions under way since before a hiccup.
            left = [entry for entry in await db.all(journal.OPEN) if entry.seq not in self._held]
        await self._teller.catch_up()
        for entry in left:
            self._queue(entry)
        self._leads = True

    async def _drop_lines(self) -> None:
        for task in (*self._tasks, *self._writes):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._writes, return_exceptions=True)
        self._finished, self._finishing = [], None
        self._lines.clear()
        self._held.clear()

    async def _hear_news(self, _speaker: str, _body: bytes) -> None:
        await self._teller.catch_up()

    async def _hear_wake(self, _speaker: str, _body: bytes) -> None:
        if self._bus.leads:
            self._woken.set()

    async def _take_up(self) -> int:
        """Publish the new rows in their places, and hand those that somebody follows to their lines."""
        async with self._database.read() as db:
            is_new = await db.one(journal.NEWEST) is not None
        placed = await self._place() if is_new else []
        if self._database.name == "sqlite":  # beside those that came in their place
            async with self._database.read() as db:
                placed = await db.all(journal.SINCE, after=self._position, limit=BATCH)
        if not placed:
            return 0
        self._position = placed[-1].position or self._position
        self._bus.say(NEWS)
        await self._teller.placed(placed)
        for entry in placed:
            if entry.done_at is None and entry.seq not in self._held:  # taken over a moment ago
                self._queue(entry)
        return len(placed)

    async def _place(self) -> list[Entry]:
        """Give the new rows their places, behind all others."""
        now = self._clock()
        async with self._database.write() as db:
            top = self._position
            if self._database.name == "sqlite":
                top = await db.one(journal.TOP) or 0
            placed = [
                journal.at(entry, place, None if self.follows(entry.type, entry.data) else now)
                for place, entry in enumerate(await db.all(journal.NEW, limit=BATCH), top + 1)
            ]
            await db.many(
                journal.PLACE,
                [{"row": each.seq, "place": each.position, "finished": each.done_at} for each in placed],
            )
        return placed

    def _queue(self, entry: Entry) -> None:
        self._held.add(entry.seq)
        line = entry.session_id or entry.subject_id or entry.id
        queue = self._lines.get(line)
        if queue is None:
            queue = self._lines[line] = asyncio.Queue()
            task = asyncio.get_running_loop().create_task(self._serve(line, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        queue.put_nowait(entry)

    async def _serve(self, line: str, queue: "asyncio.Queue[Entry]") -> None:
        while not queue.empty():
            await self._react(queue.get_nowait())
        del self._lines[line]

    async def _react(self, entry: Entry) -> None:
        """Each reaction until it has gone well; one that fails does not keep the others from running."""
        left = list(self._reactions.get(entry.type, ()))
        for attempt in range(1, ATTEMPTS + 1):
            left = [reaction for reaction in left if not await self._goes_well(reaction, entry, attempt)]
            if not left or attempt == ATTEMPTS:
                break
            await asyncio.sleep(min(self._backoff_s * 2 ** (attempt - 1), LONGEST_WAIT_S))
        await self._finish(entry, attempt)
        self._held.discard(entry.seq)

    async def _goes_well(self, reaction: Reaction, entry: Entry, attempt: int) -> bool:
        try:
            await reaction(entry)
        except Exception as error:  # the edge of the loop: whatever a reaction raises is tried again
            level = log.warning if attempt < ATTEMPTS else log.error
            level(
                "reaction failed",
                event_type=entry.type,
                journal_id=entry.id,
                attempt=attempt,
                error=repr(error),
            )
            return False
        return True

    async def _finish(self, entry: Entry, attempts: int) -> None:
        """Mark the row as done, together with those whose reactions end at the same time."""
        self._finished.append({"row": entry.seq, "finished": self._clock(), "tries": attempts})
        if self._finishing is None:
            self._finishing = asyncio.get_running_loop().create_task(self._write_finished())
            self._writes.add(self._finishing)
            self._finishing.add_done_callback(self._writes.discard)
        await asyncio.shield(self._finishing)

    async def _write_finished(self) -> None:
        await asyncio.sleep(0)
        rows, self._finished, self._finishing = self._finished, [], None
        while True:
            try:
                async with self._database.write(hot=True) as db:
                    await db.many(journal.FINISH, rows)
                return
            except DatabaseUnavailable:
                log.warning("relay waits for the database")
                await asyncio.sleep(self._backoff_s)


async def forget_taken(database: Database, clock: Clock = utc_now) -> None:
    """Drop deduplication keys that no repeat can meet any more."""
    async with database.write(hot=True) as db:
        await db.run(journal.FORGET, before=clock() - KEEP_TAKEN)
