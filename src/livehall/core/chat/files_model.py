"""The table of files that people put into the chat, and its row.

pending   being taken in; one that stays so is removed
ready     may be attached to one message, by who brought it
"""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
)

from livehall.kernel.db import Instant, Key, metadata
from livehall.kernel.ids import Id

chat_file = Table(
    "chat_file",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    Column("message_id", Key, unique=True),  # null until it is sent
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("storage_key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("state in ('pending','ready')", name="chat_file_state"),
    CheckConstraint("size >= 0", name="chat_file_size"),
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="chat_file_session"
    ),
    ForeignKeyConstraint(
        ["organization_id", "message_id"], ["message.organization_id", "message.id"], name="chat_file_message"
    ),
)
Index("chat_file_of_session", chat_file.c.session_id, chat_file.c.account_id)


class ChatFile(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id
    message_id: Id | None
    name: str
    content_type: str
    size: int
    storage_key: str
    state: Literal["pending", "ready"]
    created_at: datetime
