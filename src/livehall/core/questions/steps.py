"""What is more than one unit of work: votes, which are counted after their commit, and taking all out."""

from collections import defaultdict
from collections.abc import AsyncIterator

from livehall.core.messages.steps import Replies, replies_to, taken_out
from livehall.core.messages.store import Order, Said
from livehall.core.questions import ops
from livehall.core.questions.showing import Shown
from livehall.core.questions.votes import Votes
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

BATCH = 200  # questions whose answers are read at once
Asked = tuple[Said, list[Said]]
"""A question, and its answers in the order of writing."""


async def vote(
    desk: Desk, votes: Votes, actor: Actor, session_id: Id, question_id: Id, *, is_for: bool
) -> Shown:
    """As `ops.vote`. Raises what that does, and DatabaseUnavailable."""
    async with desk.work(actor, hot=True) as work:
        shown = await ops.vote(work, session_id, question_id, is_for=is_for)
    votes.note(question_id)
    return shown


async def asked_by_attendee(
    desk: Desk, actor: Actor, session_id: Id, order: Order = "author"
) -> AsyncIterator[Said]:
    """Every question that was not taken back, attendee by attendee or in the order of time; a stream.

    Raises: SessionNotFound, Banned, Forbidden; all before the first row.
    """
    return await taken_out(desk, actor, session_id, ("question",), order)


async def export(desk: Desk, actor: Actor, session_id: Id, format: str, order: Order) -> AsyncIterator[Asked]:
    """The same with the answers, and a line in the audit log.

    Raises: SessionNotFound, Banned, Forbidden. Emits: QuestionsExported.
    """
    rows = await asked_by_attendee(desk, actor, session_id, order)
    async with desk.work(actor) as work:
        await ops.tell_exported(work, session_id, format)
    return _with_answers(rows, await replies_to(desk, actor, session_id, "answer"))


async def _with_answers(rows: AsyncIterator[Said], replies: Replies) -> AsyncIterator[Asked]:
    """Batch by batch: neither the questions nor their answers are ever in memory as a whole."""
    batch: list[Said] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            for asked in await _answered(batch, replies):
                yield asked
            batch = []
    for asked in await _answered(batch, replies):
        yield asked


async def _answered(batch: list[Said], replies: Replies) -> list[Asked]:
    answers: dict[Id, list[Said]] = defaultdict(list)
    for answer in await replies([row.id for row in batch]) if batch else ():
        answers[answer.parent_id or ""].append(answer)
    return [(row, answers[row.id]) for row in batch]
