"""Votes, counted for all who watch."""

from collections import defaultdict
from collections.abc import Callable

import msgspec

from livehall.core.questions import store
from livehall.core.questions.telling import may_be_public
from livehall.core.questions.votes import Votes
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

COUNT_S = 2.0  # seconds between two counts of one question


class VoteCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many voted for questions of one session, for `question.votes`; never in the journal.

    `is_public`: whether everybody may know; else it is for the staff.
    """

    session_id: Id
    revision: int
    votes: dict[Id, int]
    is_public: bool


class VoteCounts:
    """Counts from the rows (I12), every `COUNT_S`, the questions that were voted on since; tells changes."""

    def __init__(self, desk: Desk, votes: Votes, publish: Callable[[VoteCount], None]) -> None:
        self._desk, self._votes, self._publish = desk, votes, publish
        self._is_first = True

    async def gather(self) -> None:
        """One round: one count for all; after a start, of every open session.

        Raises: DatabaseUnavailable; the next round then does what this one could not.
        """
        changed = self._votes.take_changed()
        if not changed and not self._is_first:
            return
        try:
            found = await self._count(changed)
        except BaseException:
            for question_id in changed:
                self._votes.note(question_id)
            raise
        self._is_first = False
        for each in found:
            self._publish(each)

    async def _count(self, changed: set[Id]) -> list[VoteCount]:
        async with self._desk.work(SYSTEM, origin="job") as work:
            wanted = changed | set(await store.of_open_sessions(work)) if self._is_first else changed
            questions = await store.recount(work, wanted)
            of = await sessions.by_ids(work, {each.session_id for each in questions})
        votes: dict[Id, dict[Id, int]] = defaultdict(dict)
        for each in questions:
            if each.is_public:
                votes[each.session_id][each.id] = each.vote_count
        return [
            VoteCount(
                session_id=session_id,
                revision=of[session_id].revision,
                votes=counts,
                is_public=may_be_public(of[session_id]),
            )
            for session_id, counts in votes.items()
            if session_id in of
        ]
