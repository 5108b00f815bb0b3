"""Tables of places, and their rows."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

Visibility = Literal["public", "unlisted", "members", "private"]
Entry = Literal["members", "invited"]
RoomKind = Literal["broadcast", "meeting"]  # whether the stage publishes, or everybody who is let in

library = Table(
    "library",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("is_default", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    UniqueConstraint("organization_id", "id", name="library_own"),  # what foreign keys point at (I11)
    UniqueConstraint("organization_id", "slug", name="library_slug"),
)
DEFAULT = text("is_default and deleted_at is null")
Index(  # I3
    "library_default", library.c.organization_id, unique=True, **only(DEFAULT)
)


class Library(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    slug: str
    name: str
    description: str | None
    is_default: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


room = Table(
    "room",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("library_id", Key, nullable=False),
    Column("host_id", Key, nullable=False),
    Column("slug", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("visibility", Text, nullable=False),
    Column("default_preset_id", Key),
    Column("password_enc", LargeBinary),  # sealed: one façade must show it (I19)
    Column("waiting_room", Boolean, nullable=False),
    Column("analytics", Json, nullable=False),
    Column("registration", Json, nullable=False),
    Column("idle_limit_s", Integer, nullable=False),
    Column("max_direct_viewers", Integer, nullable=False),
    # Kept by the sessions slice in the transaction of each transition: "what is on" without looking up.
    Column("active_session_id", Key),
    Column("is_live", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("kind", Text, nullable=False, server_default="broadcast"),
    Column("e2ee", Boolean, nullable=False, server_default="0"),  # encrypted between clients: not recorded
    Column("entry", Text),  # who may enter, where that is fewer than may see it: `Entry`
    UniqueConstraint("organization_id", "id", name="room_own"),
    ForeignKeyConstraint(
        ["organization_id", "library_id"], ["library.organization_id", "library.id"], name="room_library"
    ),
    ForeignKeyConstraint(
        ["organization_id", "host_id"],
        ["membership.organization_id", "membership.account_id"],
        name="room_host",
    ),
    ForeignKeyConstraint(
        ["organization_id", "default_preset_id"],
        ["preset.organization_id", "preset.id"],
        name="room_preset",
    ),
    CheckConstraint("kind in ('broadcast','meeting')", name="room_kind"),
    CheckConstraint("visibility in ('public','unlisted','members','private')", name="room_visibility"),
    CheckConstraint("active_session_id is not null or not is_live", name="room_live_has_session"),
)
SHOWN = text("visibility in ('public','members')")
Index("room_newest", room.c.created_at, room.c.id, **only(SHOWN))
Index("room_of_host", room.c.host_id, room.c.organization_id, room.c.created_at, room.c.id)


class Room(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    library_id: Id
    host_id: Id
    slug: str
    title: str
    description: str | None
    visibility: Visibility
    default_preset_id: Id | None
    password_enc: bytes | None
    waiting_room: bool
    analytics: dict[str, Any]
    registration: dict[str, Any]
    idle_limit_s: int
    max_direct_viewers: int
    active_session_id: Id | None
    is_live: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    kind: RoomKind = "broadcast"
    e2ee: bool = False
    entry: Entry | None = None

    @property
    def is_meeting(self) -> bool:
        return self.kind == "meeting"

    @property
    def has_password(self) -> bool:
        return self.password_enc is not None

    @property
    def needs_registration(self) -> bool:
        return self.registration.get("mode") == "required"
