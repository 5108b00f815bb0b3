"""The questions that the channels of a session begin with."""

import msgspec

from livehall.core.questions import showing
from livehall.core.questions.showing import Shown
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
    found = await showing.most_wanted(read, session_id, is_staff=is_staff)
    return _fitting(found, max(room, LEAST_ROOM))


async def pending_questions(read: Read, session_id: Id) -> list[QuestionResponse]:
    """For the staff: what waits, the oldest first."""
    return _fitting(await showing.pending(read, session_id, PENDING), PENDING_ROOM)


def _fitting(found: list[Shown], room: int) -> list[QuestionResponse]:
    answers = []
    for each in found:
        answer = QuestionResponse.of(each)
        room -= len(encode(answer))
        if room < 0:
            break
        answers.append(answer)
    return answers
