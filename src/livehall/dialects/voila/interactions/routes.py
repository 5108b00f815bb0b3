"""Chat messages and questions, attendee by attendee (V31–V37). Meant for use once the live is over; before,
what there is so far.
"""

from starlette.responses import Response

from livehall.core.messages.steps import written_by_author
from livehall.core.sessions.faults import Banned, SessionNotFound
from livehall.dialects.kit import json_array
from livehall.dialects.voila.api import voila
from livehall.dialects.voila.interactions import wire
from livehall.dialects.voila.sessions import SESSION, check_is_in
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk


@voila.route(
    "GET", f"{SESSION}/chat-messages", operation="listChatMessages", tag="interactions", access="service",
    raises=[SessionNotFound, Banned], answer=list[wire.AttendeeChat],
)  # fmt: skip
async def list_chat_messages(desk: Desk, actor: Actor, program_id: Id, session_id: Id) -> Response:
    """Chat messages grouped by attendee.

    Meant for use once the live is over. Who wrote first comes first.
    """
    await check_is_in(desk, actor, session_id, program_id)
    return await json_array(wire.chats(await written_by_author(desk, actor, session_id, "chat")))


@voila.route(
    "GET", f"{SESSION}/questions", operation="listQuestions", tag="interactions", access="service",
    raises=[SessionNotFound, Banned], answer=list[wire.AttendeeQuestions],
)  # fmt: skip
async def list_questions(desk: Desk, actor: Actor, program_id: Id, session_id: Id) -> Response:
    """Questions grouped by attendee.

    Same grouping as chat, each entry with its vote count.
    """
    await check_is_in(desk, actor, session_id, program_id)
    return await json_array(wire.questions(await written_by_author(desk, actor, session_id, "question")))
