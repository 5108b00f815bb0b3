"""What time alone does to polls, and results gathered for those who watch."""

from collections.abc import Callable

import msgspec
import structlog

from livehall.core.polls import store
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.model import Poll, Tally
from livehall.core.polls.telling import close_poll, is_public
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Read

log = structlog.get_logger(__name__)

CLOSE_S = 1.0  # seconds between two looks at what has run out of time
RESULTS_S = 2.0  # seconds between two results of one poll


async def close_due(desk: Desk, ballots: Ballots) -> None:
    """Close open polls whose time is over; votes are refused from that instant on without it.

    Raises: DatabaseUnavailable. Emits: PollClosed.
    """
    async with desk.read(SYSTEM) as read:
        found = await store.due(read)
    for poll in found:
        await _close(desk, ballots, poll)


async def _close(desk: Desk, ballots: Ballots, poll: Poll) -> None:
    async with desk.work(SYSTEM, origin="job") as work:
        try:
            session, _ = await sessions.hold(work, await sessions.get(work, poll.session_id))
        except SessionNotFound:
            return
        held = await store.hold(work, poll.session_id, poll.id)
        if held is not None and held.status == "open":  # not closed by somebody meanwhile
            await close_poll(work, session, held, (await ballots.count(work, [held]))[held.id])
            log.info("a poll ran out of time", session_id=session.id, poll_id=poll.id)


class PollResult(msgspec.Struct, frozen=True, kw_only=True):
    """How an open poll stands, for `poll.results`: counted from rows (I12), never in the journal.

    `is_public`: whether everybody may know; else it is for the staff.
    """

    poll: Poll
    tally: Tally
    revision: int
    is_public: bool


class PollResults:
    """Counts, every `RESULTS_S`, the polls that were voted on since, and tells how they stand."""

    def __init__(self, desk: Desk, ballots: Ballots, publish: Callable[[PollResult], None]) -> None:
        self._desk, self._ballots, self._publish = desk, ballots, publish
        self._is_first = True

    def begin_anew(self) -> None:
        """Another process gathered until now: nobody knows which polls it had still to count."""
        self._is_first = True

    async def gather(self) -> None:
        """One round: one count for all polls; after a start, of every open one.

        Raises: DatabaseUnavailable; the next round then does what this one could not.
        """
        changed = self._ballots.take_changed()
        if not changed and not self._is_first:
            return
        try:
            async with self._desk.read(SYSTEM) as read:
                found = await self._count(read, changed)
        except BaseException:
            for poll_id in changed:
                self._ballots.note(poll_id)
            raise
        self._is_first = False
        for each in found:
            self._publish(each)

    async def _count(self, read: Read, changed: set[Id]) -> list[PollResult]:
        polls = await (store.all_open(read) if self._is_first else store.open_among(read, changed))
        tallies = await self._ballots.count(read, polls)
        of = await sessions.by_ids(read, {poll.session_id for poll in polls})
        return [
            PollResult(
                poll=poll,
                tally=tallies[poll.id],
                revision=session.revision,
                is_public=poll.show_results == "always" and is_public(session),
            )
            for poll in polls
            if (session := of.get(poll.session_id)) is not None
        ]
