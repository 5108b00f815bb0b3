"""What every process keeps of votes beside the database: the key of secrecy, and counts of great polls.

Counts are made from the rows at each question, which costs less than a millisecond for 1,000 voters and some
hundred for a million, on the event loop where the database is SQLite. A poll with more voters than
`EXACT_UP_TO` is therefore counted once in `FRESH` at most, whatever the number of questions: its answers may
be that old. The count at closing is always exact.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from livehall.core.polls import store
from livehall.core.polls.model import Poll, Tally
from livehall.core.polls.secrecy import Secrecy
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

EXACT_UP_TO = 1000  # voters
FRESH = timedelta(seconds=2)
REMEMBERED = 1000  # great polls; the longest unasked go first


class Ballots:
    def __init__(
        self,
        secrecy: Secrecy,
        *,
        exact_up_to: int = EXACT_UP_TO,
        pass_on: Callable[[Id], bool] = lambda _: False,
    ) -> None:
        """`pass_on`: takes a poll with new votes where another process gathers the results."""
        self.secrecy = secrecy
        self._exact_up_to, self._pass_on = exact_up_to, pass_on
        self._great: OrderedDict[Id, tuple[Tally, datetime]] = OrderedDict()
        self._changed: set[Id] = set()

    async def tallies(self, work: Work, polls: Collection[Poll]) -> dict[Id, Tally]:
        """How each poll stands: at most one query, none for drafts and closed ones."""
        found: dict[Id, Tally] = {}
        asked: list[Poll] = []
        for poll in polls:
            known = self._known(poll, work.now)
            if known is None:
                asked.append(poll)
            else:
                found[poll.id] = known
        return found | await self.count(work, asked)

    async def count(self, work: Work, polls: Collection[Poll]) -> dict[Id, Tally]:
        """The same from the rows, whatever is remembered."""
        counted = await store.tallies(work, polls)
        for poll_id, tally in counted.items():
            self._great.pop(poll_id, None)
            if tally.voters > self._exact_up_to:
                self._great[poll_id] = (tally, work.now)
                if len(self._great) > REMEMBERED:
                    self._great.popitem(last=False)
        return counted

    def note(self, poll_id: Id) -> None:
        """A vote was stored: the next round of results counts this poll."""
        if not self._pass_on(poll_id):
            self._changed.add(poll_id)

    def take_changed(self) -> set[Id]:
        """Polls with votes since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def _known(self, poll: Poll, now: datetime) -> Tally | None:
        if poll.final is not None:
            return poll.final
        if poll.status == "draft":
            return poll.nothing
        tally, at = self._great.get(poll.id, (None, now))
        return tally if now - at < FRESH else None
