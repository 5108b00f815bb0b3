"""Questions as one person may see them."""

from collections.abc import Sequence

import msgspec

from livehall.core.questions import store
from livehall.core.questions.fields import SHOWN_AT_ONCE
from livehall.core.questions.model import Answer, Question
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """`knows_name`: of somebody who asks anonymously only they themselves and the staff know the name."""

    question: Question
    answers: list[Answer]
    has_voted: bool
    is_own: bool
    knows_name: bool


async def show(work: Work, questions: Sequence[Question], *, is_staff: bool) -> list[Shown]:
    """For the actor, in two queries at most."""
    ids = [each.id for each in questions]
    account_id = work.actor.account_id
    answers = await store.answers(work, ids)
    voted = await store.voted(work, ids, account_id or work.actor.visitor_key)
    return [_shown(each, answers[each.id], each.id in voted, account_id, is_staff) for each in questions]


async def most_wanted(work: Work, session_id: Id, *, is_staff: bool) -> list[Shown]:
    """What the audience sees at once; that the actor may read it was checked."""
    return await show(work, await store.top(work, session_id, SHOWN_AT_ONCE), is_staff=is_staff)


async def pending(work: Work, session_id: Id, limit: int) -> list[Shown]:
    """For somebody who is known to be of the staff: what waits, the oldest first."""
    return await show(work, await store.pending(work, session_id, limit), is_staff=True)


def _shown(
    question: Question, answers: list[Answer], has_voted: bool, account_id: Id | None, is_staff: bool
) -> Shown:
    is_own = account_id is not None and question.account_id == account_id
    return Shown(
        question=question,
        answers=answers,
        has_voted=has_voted,
        is_own=is_own,
        knows_name=not question.is_anonymous or is_own or is_staff,
    )
