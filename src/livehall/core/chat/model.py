"""The rows of the chat, in the table of messages."""

from datetime import datetime
from typing import Literal

import msgspec

from livehall.core.messages.model import message
from livehall.core.sessions.rights import Role
from livehall.kernel.ids import Id

Kind = Literal["chat", "system"]


class Message(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id | None
    display_name: str
    role: Role
    kind: Kind
    parent_id: Id | None
    body: str
    client_id: str | None
    deleted_by: Id | None
    created_at: datetime
    deleted_at: datetime | None
    pinned_at: datetime | None = None

    @property
    def text(self) -> str:
        """What may still be read of it: nothing once it is deleted."""
        return "" if self.deleted_at else self.body


COLUMNS = tuple(message.c[name] for name in Message.__struct_fields__)
