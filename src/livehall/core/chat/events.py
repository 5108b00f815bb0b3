"""Facts about the chat."""

from datetime import datetime
from typing import ClassVar

import msgspec

from livehall.core.chat.model import Kind
from livehall.core.sessions.rights import Role
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    name: str
    content_type: str
    size: int


class MessageSent(Event, frozen=True, kw_only=True, tag="chat.message"):
    """With the whole message, so that a reconnecting client recovers it from the journal alone."""

    subject: ClassVar[str] = "message"
    message_id: Id
    session_id: Id
    room_id: Id
    account_id: Id | None
    name: str
    role: Role
    kind: Kind
    text: str
    parent_id: Id | None
    client_id: str | None
    created_at: datetime
    file: FileFacts | None = None


class MessagesPurged(Event, frozen=True, kw_only=True, tag="chat.purged"):
    """All that one person wrote was taken away. Told in parts that fit a publication."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    account_id: Id
    message_ids: list[Id]
    by: Id | None


class MessagePinned(Event, frozen=True, kw_only=True, tag="chat.pinned"):
    """Or taken down, without `pinned_at`."""

    subject: ClassVar[str] = "message"
    message_id: Id
    session_id: Id
    room_id: Id
    pinned_at: datetime | None


class ChatCleared(Event, frozen=True, kw_only=True, tag="chat.cleared"):
    """All that was written until now was taken away."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    before: datetime
    by: Id | None


class ChatExported(Event, frozen=True, kw_only=True, tag="chat.exported"):
    """The whole chat was taken out as a file."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    format: str


class MessageDeleted(Event, frozen=True, kw_only=True, tag="chat.deleted"):
    subject: ClassVar[str] = "message"
    message_id: Id
    session_id: Id
    room_id: Id
    by: Id | None
