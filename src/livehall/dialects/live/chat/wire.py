"""What the chat looks like on the wire."""

from typing import Annotated, Literal, Self

import msgspec

from livehall.core.chat import ops
from livehall.core.chat.fields import ClientId, Text
from livehall.core.chat.model import Message
from livehall.core.messages.store import Said
from livehall.core.sessions.rights import Role
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, parse_id


class ChatAttachment(msgspec.Struct, kw_only=True):
    id: Uuid
    name: str
    content_type: str
    size: int
    url: Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]


class ChatMessageResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    session_id: Uuid
    user_id: Uuid | None
    username: str
    role: Role
    type: Literal["text", "file", "system"]
    message: str
    attachment: ChatAttachment | None = None
    reply_to: Uuid | None
    client_id: str | None
    is_deleted: bool
    deleted_by: Uuid | None
    created_at: Moment

    @classmethod
    def of(cls, message: Message) -> Self:
        """A deleted message keeps its place and loses its text."""
        is_deleted = message.deleted_at is not None
        return cls(
            id=message.id,
            session_id=message.session_id,
            user_id=message.account_id,
            username=message.display_name,
            role=message.role,
            type="system" if message.kind == "system" else "text",
            message="" if is_deleted else message.body,
            reply_to=message.parent_id,
            client_id=message.client_id,
            is_deleted=is_deleted,
            deleted_by=message.deleted_by,
            created_at=moment(message.created_at),
        )


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
    def of(cls, page: ops.Page, query: ChatQuery) -> Self:
        """The cursor leads to older messages; when catching up, `after` the last one goes on."""
        has_older = page.has_more and query.after is None
        return cls(
            messages=[ChatMessageResponse.of(message) for message in page.messages],
            next_cursor=page.messages[0].id if has_older and page.messages else None,
            has_more=page.has_more,
        )
