"""Operations of the chat."""

from starlette.responses import Response, StreamingResponse

from livehall.core.chat import moderating, ops, steps
from livehall.core.chat.applause import Applause
from livehall.core.chat.faults import ChatFileNotFound, FileTooLarge, MessageNotFound
from livehall.core.chat.files import Files, describe, open_for
from livehall.core.chat.kinds import INLINE
from livehall.core.messages.faults import TooFast
from livehall.core.messages.pace import Pace
from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.recordings.faults import LinkExpired, LinkInvalid
from livehall.core.recordings.links import Links
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Call, Read
from livehall.dialects.live import tables
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.chat import wire
from livehall.dialects.live.chat.addresses import FRESH, attached, signed
from livehall.dialects.live.recordings.files import deliver
from livehall.kernel.actor import ANONYMOUS, Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Desk, Work


@api.route(
    "GET", "/sessions/{id}/chat", operation="listChatMessages", tag="Chat", access="viewer",
    raises=[SessionNotFound, FeatureDisabled, Forbidden],
)  # fmt: skip
async def list_chat_messages(
    call: Call, work: Read, links: Links, addresses: Addresses, id: Id, query: wire.ChatQuery
) -> wire.ChatMessagesResponse:
    """Read the chat.

    The newest page first, each page in order of writing. Deleted messages come without text, so that clients
    can remove theirs.
    """
    page = await ops.read(work, query.command(id))
    origin = addresses.origin(call.origin)
    attachments = await attached(work, links, origin, page.messages)
    return wire.ChatMessagesResponse.of(page, attachments, query)


@api.route(
    "POST", "/sessions/{id}/chat", operation="sendChatMessage", tag="Chat", access="viewer", status=201,
    hot="id", repeatable=True, raises=[SessionNotFound, FeatureDisabled, Forbidden, InvalidState, TooFast],
)  # fmt: skip
async def send_chat_message(
    call: Call,
    work: Work,
    pace: Pace,
    links: Links,
    addresses: Addresses,
    id: Id,
    body: wire.CreateChatMessageRequest,
) -> wire.ChatMessageResponse:
    """Write to the chat.

    While `live`; staff and speakers also in `backstage`. A repeated `client_id` answers with the first
    message and stores nothing (C20).
    """
    message = await ops.send(work, pace, body.command(id))
    with_file = [message] if body.file_id or body.client_id else []  # a repeat has what the first one had
    attachments = await attached(work, links, addresses.origin(call.origin), with_file)
    return wire.ChatMessageResponse.of(message, attachments.get(message.id))


@api.route(
    "PUT", "/sessions/{id}/chat/{message_id}/pin", operation="pinChatMessage", tag="Chat",
    access="moderator", status=204,
    raises=[SessionNotFound, MessageNotFound, FeatureDisabled, Forbidden, Banned],
)  # fmt: skip
async def pin_chat_message(work: Work, id: Id, message_id: Id, body: wire.PinMessageRequest | None) -> None:
    """Keep a message in view, or take it down."""
    await moderating.pin(work, id, message_id, is_pinned=(body or wire.PinMessageRequest()).pinned)


@api.route(
    "POST", "/sessions/{id}/chat/clear", operation="clearChat", tag="Chat", access="moderator", status=204,
    raises=[SessionNotFound, FeatureDisabled, Forbidden, Banned],
)  # fmt: skip
async def clear_chat(work: Work, id: Id, body: wire.ClearChatRequest | None) -> None:
    """Take away all that was written, or all of one person. Written to the audit log."""
    user_id = (body or wire.ClearChatRequest()).user_id
    await moderating.clear(work, id, user_id.lower() if user_id else None)


@api.route(
    "POST", "/sessions/{id}/reactions", operation="react", tag="Chat", access="viewer", status=204,
    raises=[SessionNotFound, FeatureDisabled, Forbidden, Banned, InvalidState, TooFast],
)  # fmt: skip
async def react(work: Read, applause: Applause, id: Id, body: wire.ReactionRequest) -> None:
    """Applaud, and the like.

    Told to everybody in the chat, counted over a second; not stored.
    """
    await applause.react(work, id, body.emoji)


@api.route(
    "POST", "/sessions/{id}/files", operation="uploadChatFile", tag="Chat", access="viewer", status=201,
    raises=[SessionNotFound, FeatureDisabled, Forbidden, Banned, InvalidState, FileTooLarge,
            StorageUnavailable],
    takes=bytes, takes_media="application/octet-stream", answer=wire.ChatAttachment,
)  # fmt: skip
async def upload_chat_file(
    call: Call,
    desk: Desk,
    actor: Actor,
    files: Files,
    links: Links,
    addresses: Addresses,
    id: Id,
    query: wire.UploadQuery,
) -> wire.ChatAttachment:
    """Upload a file for the chat.

    The body is the content, its kind the `Content-Type`: pictures, PDF, office documents, text, ZIP; at most
    10 MiB, 20 files a person. A message then names it by `file_id`; one that none names within an hour is
    removed, as are those of deleted messages and sessions.
    """
    kind = call.headers.get("content-type", "")
    file = await files.bring(actor, id, query.name, kind, call.http.stream())
    return signed(file, actor, links, addresses.origin(call.origin), desk.clock())


@api.route(
    "GET", "/assets/{id}", operation="describeAsset", tag="Chat", access="viewer", raises=[ChatFileNotFound]
)  # fmt: skip
async def describe_asset(
    call: Call, work: Read, actor: Actor, links: Links, addresses: Addresses, id: Id
) -> wire.ChatAttachment:
    """Show a file of the chat, with an address for the caller that is good for a quarter of an hour."""
    file = await describe(work, id)
    return signed(file, actor, links, addresses.origin(call.origin), work.now)


@api.route(
    "GET", "/assets/{id}/content", operation="serveAsset", tag="Chat", access="none", ranged=True,
    raises=[LinkInvalid, LinkExpired, ChatFileNotFound, StorageUnavailable], media="application/octet-stream",
    extra_answers={
        206: "Part of the file.", 302: "Go to the object storage.", 304: "Not changed.",
        416: "Range outside the file.",
    },
)  # fmt: skip
async def serve_asset(
    call: Call, desk: Desk, links: Links, storage: Storage, id: Id, query: wire.ContentQuery
) -> Response:
    """Deliver a file of the chat.

    The token names file, person and expiry and is signed. Range requests are honoured.
    """
    named, _, account_id = links.read(query.token, "chat", desk.clock()).partition(":")
    if named != id:
        raise ChatFileNotFound
    async with desk.read(ANONYMOUS) as read:
        file = await open_for(read, id, parse_id(account_id))
    disposition = "inline" if file.content_type in INLINE else "attachment"
    answer = await deliver(storage, file, call.headers, disposition, desk.clock() + FRESH)
    if answer is None:
        raise ChatFileNotFound
    return answer


@api.route(
    "GET", "/sessions/{id}/chat/export", operation="exportChat", tag="Chat", access="host",
    raises=[SessionNotFound, Forbidden, Banned], plain=True,
    answer=list[wire.ExportedMessage], also=tables.FILES,
)  # fmt: skip
async def export_chat(desk: Desk, actor: Actor, id: Id, query: tables.TakeOutQuery) -> StreamingResponse:
    """The whole chat as a file, without what was deleted.

    Streamed. Addresses are for the host and administrators only. The export is written to the audit log.
    """
    written = await steps.export(desk, actor, id, query.format, query.order)
    rows = (wire.ExportedMessage.of(said) async for said in written)
    return tables.answer(query.format, f"chat-{id}", wire.ExportedMessage, rows)


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
