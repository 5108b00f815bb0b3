"""The questions that the channels of a session begin with."""

from collections.abc import Iterable

import msgspec

from livehall.core.questions import store
from livehall.core.questions.fields import SHOWN_AT_ONCE
from livehall.core.questions.model import Question
from livehall.core.questions.showing import show
from livehall.dialects.live.questions.wire import QuestionResponse
from livehall.kernel.ids import Id
from livehall.kernel.work import Read

LEAST_ROOM = 8 * 1024  # bytes, however full the snapshot is of other things
PENDING_ROOM = 16 * 1024
PENDING = 100  # the rest is read page by page

encode = msgspec.json.Encoder().encode


async def top_questions(
    read: Read, session_id: Id, *, rights: frozenset[str], is_staff: bool, room: int
) -> list[QuestionResponse]:
    """The most wanted, with the listener's own votes; `room`: bytes that are left for them."""
    if "question.read" not in rights:
        return []
    found = await store.top(read, session_id, SHOWN_AT_ONCE)
    return await _shown(read, found, is_staff=is_staff, room=max(room, LEAST_ROOM))


async def pending_questions(read: Read, session_id: Id) -> list[QuestionResponse]:
    """For the staff: what waits, the oldest first."""
    found = await store.pending(read, session_id, PENDING)
    return await _shown(read, found, is_staff=True, room=PENDING_ROOM)


async def _shown(
    read: Read, questions: list[Question], *, is_staff: bool, room: int
) -> list[QuestionResponse]:
    shown = await show(read, questions, is_staff=is_staff)
    return list(_fitting((QuestionResponse.of(each) for each in shown), room))


def _fitting(answers: Iterable[QuestionResponse], room: int) -> Iterable[QuestionResponse]:
    for answer in answers:
        room -= len(encode(answer))
        if room < 0:
            return
        yield answer
