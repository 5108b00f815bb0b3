"""What the chat looks like on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import msgspec

from livehall.core.chat import ops
from livehall.core.chat.applause import EMOJI
from livehall.core.chat.fields import ClientId, Text
from livehall.core.chat.files_model import ChatFile
from livehall.core.chat.model import Message
from livehall.core.messages.steps import Said
from livehall.core.sessions.rights import Role
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, parse_id


class ChatFileFacts(msgspec.Struct, kw_only=True):
    """A file of the chat. `describeAsset` gives an address for it."""

    id: Uuid
    name: str
    content_type: str
    size: int

    @classmethod
    def known(cls, file: ChatFile) -> "ChatFileFacts":
        return ChatFileFacts(id=file.id, name=file.name, content_type=file.content_type, size=file.size)


class ChatAttachment(ChatFileFacts, kw_only=True):
    url: Annotated[
        str,
        msgspec.Meta(
            description="Expiring address, for the caller alone.", extra_json_schema={"format": "uri"}
        ),
    ]

    @classmethod
    def of(cls, file: ChatFile, url: str) -> Self:
        return cls(id=file.id, name=file.name, content_type=file.content_type, size=file.size, url=url)


class ChatMessageFacts(msgspec.Struct, kw_only=True):
    """A message as the realtime API tells it: its file without an address."""

    id: Uuid
    session_id: Uuid
    user_id: Uuid | None
    username: str
    role: Role
    type: Literal["text", "file", "system"]
    message: str
    attachment: ChatFileFacts | None = None
    reply_to: Uuid | None
    client_id: str | None
    is_deleted: bool
    deleted_by: Uuid | None
    created_at: Moment
    pinned_at: Moment | None = None

    @classmethod
    def known(cls, message: Message, file: ChatFile | None) -> "ChatMessageFacts":
        attachment = ChatFileFacts.known(file) if file else None
        return ChatMessageFacts(**_plain(message), attachment=attachment, type=_type(message, attachment))


class ChatMessageResponse(ChatMessageFacts, kw_only=True):
    attachment: ChatAttachment | None = None

    @classmethod
    def of(cls, message: Message, attachment: ChatAttachment | None = None) -> Self:
        """A deleted message keeps its place and loses its text."""
        return cls(**_plain(message), attachment=attachment, type=_type(message, attachment))


def _plain(message: Message) -> dict[str, Any]:
    is_deleted = message.deleted_at is not None
    return {
        "id": message.id,
        "session_id": message.session_id,
        "user_id": message.account_id,
        "username": message.display_name,
        "role": message.role,
        "message": "" if is_deleted else message.body,
        "reply_to": message.parent_id,
        "client_id": message.client_id,
        "is_deleted": is_deleted,
        "deleted_by": message.deleted_by,
        "created_at": moment(message.created_at),
        "pinned_at": None if is_deleted else moment(message.pinned_at),
    }


def _type(message: Message, attachment: ChatFileFacts | None) -> Literal["text", "file", "system"]:
    if message.kind == "system":
        return "system"
    return "file" if attachment else "text"


class CreateChatMessageRequest(Request, kw_only=True):
    message: Text = ""
    file_id: Uuid | None = None
    reply_to: Uuid | None = None
    client_id: ClientId | None = None

    def command(self, session_id: Id) -> ops.SendMessage:
        return ops.SendMessage(
            session_id=session_id,
            text=self.message,
            parent_id=self.reply_to,
            client_id=self.client_id,
            file_id=self.file_id,
        )


class PinMessageRequest(Request, kw_only=True):
    pinned: Annotated[bool, msgspec.Meta(description="False takes it down; default true.")] = True


class ClearChatRequest(Request, kw_only=True):
    user_id: Annotated[Uuid, msgspec.Meta(description="Only what this person wrote.")] | None = None


class ReactionRequest(Request, kw_only=True):
    emoji: Annotated[
        str,
        msgspec.Meta(
            max_length=8,
            description="What is shown for a moment.",
            extra_json_schema={"enum": list(EMOJI)},
        ),
    ]


class UploadQuery(msgspec.Struct, kw_only=True):
    name: Annotated[
        str, msgspec.Meta(max_length=512, description="What it is called; 1 to 200 readable characters.")
    ]


class ContentQuery(msgspec.Struct, kw_only=True):
    token: Annotated[str, msgspec.Meta(max_length=512, description="Signed token.")]


class ChatQuery(msgspec.Struct, kw_only=True):
    cursor: Annotated[str, msgspec.Meta(max_length=64, description="From `next_cursor`.")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200, description="Messages per page.")] = 50
    after: (
        Annotated[Uuid, msgspec.Meta(description="Only messages after this one; for catching up.")] | None
    ) = None

    def command(self, session_id: Id) -> ops.ReadMessages:
        """Raises: Invalid, for a cursor that is none of ours."""
        before = parse_id(self.cursor) if self.cursor is not None else None
        if self.cursor is not None and before is None:
            raise invalid("cursor", "This is not a cursor of ours.")
        after = self.after.lower() if self.after else None
        return ops.ReadMessages(session_id=session_id, limit=self.limit, before=before, after=after)


class ExportedMessage(msgspec.Struct, kw_only=True):
    """A row of the file."""

    id: Uuid
    attendee_id: Annotated[Uuid, msgspec.Meta(description="The participant, else the account.")] | None
    user_id: Uuid | None
    username: str
    email: str | None
    role: Role
    message: str
    reply_to: Uuid | None
    created_at: Moment

    @classmethod
    def of(cls, said: Said) -> Self:
        return cls(
            id=said.id,
            attendee_id=said.attendee_id,
            user_id=said.account_id,
            username=said.name,
            email=said.email,
            role=said.role,
            message=said.text,
            reply_to=said.parent_id,
            created_at=moment(said.created_at),
        )


class ChatMessagesResponse(msgspec.Struct, kw_only=True):
    messages: list[ChatMessageResponse]
    next_cursor: str | None
    has_more: bool

    @classmethod
    def of(cls, page: ops.Page, attachments: Mapping[Id, ChatAttachment], query: ChatQuery) -> Self:
        """The cursor leads to older messages; when catching up, `after` the last one goes on."""
        has_older = page.has_more and query.after is None
        return cls(
            messages=[ChatMessageResponse.of(each, attachments.get(each.id)) for each in page.messages],
            next_cursor=page.messages[0].id if has_older and page.messages else None,
            has_more=page.has_more,
        )
