"""What the chat looks like on the wire."""

from typing import Annotated, Literal, Self

import msgspec

from livehall.core.chat.model import Message
from livehall.core.sessions.rights import Role
from livehall.dialects.kit import Moment, moment
from livehall.dialects.live.auth.wire import Uuid


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
