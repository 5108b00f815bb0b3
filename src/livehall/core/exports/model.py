"""The table of exports, and its row.

pending   to be made from `try_at` on; while it is being made, that is when the lease of its maker ends
ready     the file lies in the storage
failed    there will be no file; `reason` says why

Each attempt writes under a key of its own: two that make the same one never write over each other.
"""

from datetime import datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from livehall.core.exports.fields import Format, Kind, Reason, State
from livehall.core.ports.exports import Contents
from livehall.kernel.actor import Role
from livehall.kernel.db import Instant, Key, metadata, only
from livehall.kernel.ids import Id

export = Table(
    "export",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("room_id", Key),  # null: of the organization
    Column("session_id", Key),  # null: all of the room
    Column("made_by", Key, nullable=False),  # account or API client: who may fetch it
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),  # the client acts for
    Column("role", Text, nullable=False),  # in which it was asked for
    Column("kind", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("with_addresses", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),  # of a failure
    Column("size", BigInteger),  # bytes, of a ready one
    Column("attempts", Integer, nullable=False),
    Column("try_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("expires_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="export_room"
    ),
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="export_session"
    ),
    CheckConstraint("state in ('pending','ready','failed')", name="export_state"),
    CheckConstraint(
        "kind in ('attendance','registrations','chat','questions','polls','report','audit')",
        name="export_kind",
    ),
    CheckConstraint("(kind = 'audit') = (room_id is null)", name="export_room_of_kind"),
    CheckConstraint("format in ('csv','xlsx','json')", name="export_format"),
    CheckConstraint("(state = 'pending') = (ended_at is null)", name="export_ended"),
    CheckConstraint("(state = 'ready') = (size is not null)", name="export_size"),
    CheckConstraint("(state = 'failed') = (reason is not null)", name="export_reason"),
)
Index("export_of_maker", export.c.made_by, export.c.id)
Index("export_pending", export.c.try_at, **only(text("state = 'pending'")))
Index("export_expiry", export.c.expires_at)


class Export(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    room_id: Id | None
    session_id: Id | None
    made_by: Id
    account_id: Id
    role: Role
    kind: Kind
    format: Format
    with_addresses: bool
    state: State
    reason: Reason | None
    size: int | None
    attempts: int
    try_at: datetime
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime

    @property
    def contents(self) -> Contents:
        return Contents(
            kind=self.kind,
            format=self.format,
            room_id=self.room_id,
            session_id=self.session_id,
            with_addresses=self.with_addresses,
        )

    @property
    def name(self) -> str:
        """Of the file, for people."""
        return f"{self.kind}-{self.session_id or self.room_id or self.organization_id}.{self.format}"

    @property
    def storage_key(self) -> str:
        return self.key_of(self.attempts)

    def key_of(self, attempt: int) -> str:
        return f"exports/{self.id}/{attempt}"
