"""How long it is until a session begins, told an hour, ten minutes and a minute before.

Invariants: of one start each mark is told once, however many processes look (`Work.first`); another start has
marks of its own. A mark that nobody looked at for `LATE` is passed over: the next one comes, and whoever
reads the session knows its start. Nothing is written but the mark; a process that dies between mark and
telling leaves out that one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from livehall.core.sessions import countdown_store as store
from livehall.core.sessions.countdown_store import Soon
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

MARKS = (timedelta(minutes=60), timedelta(minutes=10), timedelta(minutes=1))
LATE = timedelta(seconds=30)  # so long after its mark it is still told: a restart takes less
EVERY_S = 1.0


class Countdown(msgspec.Struct, frozen=True, kw_only=True):
    """For `session.countdown`; never stored. `now`: when it is told."""

    session_id: Id
    room_id: Id
    revision: int
    starts_at: datetime
    now: datetime


class Countdowns:
    """Looks when asked, every `EVERY_S`."""

    def __init__(self, desk: Desk, publish: Callable[[Countdown], None]) -> None:
        self._desk, self._publish = desk, publish
        self._known: set[str] = set()  # marks that somebody has told, as far as they are still due

    async def tell(self) -> None:
        """One round: three short queries, and a write for what is due. Raises: DatabaseUnavailable."""
        async with self._desk.read(SYSTEM) as read:
            due = await _due(read)
        self._known &= due.keys()
        if due.keys() <= self._known:
            return
        async with self._desk.work(SYSTEM, origin="job") as work:
            due = await _due(work)  # as it is now: it may have been moved, or called off
            told = [each for key, each in due.items() if key not in self._known and await work.first(key)]
        self._known |= due.keys()
        for each in told:
            self._publish(
                Countdown(
                    session_id=each.id,
                    room_id=each.room_id,
                    revision=each.revision,
                    starts_at=each.starts_at,
                    now=work.now,
                )
            )


async def _due(work: Work) -> dict[str, Soon]:
    """By the name of the mark: session, start and distance."""
    return {
        f"session.countdown {each.id} {each.starts_at.isoformat()} {mark.total_seconds():.0f}": each
        for mark in MARKS
        for each in await store.between(work, work.now + mark - LATE, work.now + mark)
    }
