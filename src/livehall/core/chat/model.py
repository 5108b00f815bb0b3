"""The table of messages, and its rows. Ids are UUIDv7, so that their order is the order of writing."""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from livehall.core.sessions.rights import Role
from livehall.kernel.db import Instant, Key, metadata
from livehall.kernel.ids import Id

Kind = Literal["chat", "system"]

message = Table(
    "message",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, ForeignKey("account.id")),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent_id", Key),  # the message answered
    Column("body", Text, nullable=False),
    Column("client_id", Text),  # chosen by the sender
    Column("deleted_by", Key, ForeignKey("account.id")),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    CheckConstraint("kind in ('chat','system')", name="message_kind"),
    UniqueConstraint("organization_id", "id", name="message_tenant"),
    UniqueConstraint("session_id", "account_id", "client_id", name="message_repeat"),  # I9
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="message_session"
    ),
    ForeignKeyConstraint(
        ["organization_id", "parent_id"], ["message.organization_id", "message.id"], name="message_parent"
    ),
)
Index("message_order", message.c.session_id, message.c.id)


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

    @property
    def text(self) -> str:
        """What may still be read of it: nothing once it is deleted."""
        return "" if self.deleted_at else self.body
