"""Operations of the chat."""

from starlette.responses import StreamingResponse

from livehall.core.chat import ops, steps
from livehall.core.chat.faults import MessageNotFound
from livehall.core.messages.faults import TooFast
from livehall.core.messages.pace import Pace
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live import exports
from livehall.dialects.live.api import api
from livehall.dialects.live.chat import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work


@api.route(
    "GET", "/sessions/{id}/chat", operation="listChatMessages", tag="Chat", access="viewer",
    raises=[SessionNotFound, FeatureDisabled, Forbidden],
)  # fmt: skip
async def list_chat_messages(work: Read, id: Id, query: wire.ChatQuery) -> wire.ChatMessagesResponse:
    """Read the chat.

    The newest page first, each page in order of writing. Deleted messages come without text, so that clients
    can remove theirs.
    """
    return wire.ChatMessagesResponse.of(await ops.read(work, query.command(id)), query)


@api.route(
    "POST", "/sessions/{id}/chat", operation="sendChatMessage", tag="Chat", access="viewer", status=201,
    hot=True, repeatable=True, raises=[SessionNotFound, FeatureDisabled, Forbidden, InvalidState, TooFast],
)  # fmt: skip
async def send_chat_message(
    work: Work, pace: Pace, id: Id, body: wire.CreateChatMessageRequest
) -> wire.ChatMessageResponse:
    """Write to the chat.

    While `live`; staff and speakers also in `backstage`. A repeated `client_id` answers with the first
    message and stores nothing (C20).
    """
    return wire.ChatMessageResponse.of(await ops.send(work, pace, body.command(id)))


@api.route(
    "GET", "/sessions/{id}/chat/export", operation="exportChat", tag="Chat", access="host",
    raises=[SessionNotFound, Forbidden, Banned], plain=True, answer=list[wire.ExportedMessage],
)  # fmt: skip
async def export_chat(desk: Desk, actor: Actor, id: Id, query: exports.TakeOutQuery) -> StreamingResponse:
    """The whole chat as a file, without what was deleted.

    Streamed. Addresses are for the host and administrators only. The export is written to the audit log.
    """
    written = await steps.export(desk, actor, id, query.format, query.order)
    rows = (wire.ExportedMessage.of(said) async for said in written)
    return exports.answer(query.format, f"chat-{id}", wire.ExportedMessage, rows)


@api.route(
    "DELETE", "/sessions/{id}/chat/{message_id}", operation="deleteChatMessage", tag="Chat",
    access="viewer", machines=True, status=204,
    raises=[SessionNotFound, MessageNotFound, FeatureDisabled, Forbidden],
)  # fmt: skip
async def delete_chat_message(work: Work, id: Id, message_id: Id) -> None:
    """Take a message back.

    Its writer within 5 minutes, or staff at any time.
    """
    await ops.delete(work, id, message_id)
