"""Tables of groups: members of an organization under one name, and what is opened to them."""

from datetime import datetime

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from livehall.kernel.db import Instant, Key, metadata, only
from livehall.kernel.ids import Id

group = Table(
    "group",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("emoji", Text),
    Column("icon", Text),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    UniqueConstraint("organization_id", "id", name="group_own"),
)
LASTING = text("deleted_at is null")
Index("group_name", group.c.organization_id, group.c.name, unique=True, **only(LASTING))

group_member = Table(
    "group_member",
    metadata,
    Column("group_id", Key, primary_key=True),
    Column("account_id", Key, primary_key=True, index=True),
    Column("organization_id", Key, nullable=False),
    Column("added_by", Key),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "group_id"], ["group.organization_id", "group.id"], name="group_member_group"
    ),
    ForeignKeyConstraint(
        ["organization_id", "account_id"],
        ["membership.organization_id", "membership.account_id"],
        name="group_member_member",
    ),
)

group_link = Table(
    "group_link",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("group_id", Key, nullable=False),
    # The ids of slices above this one: no foreign keys, and what is removed takes its links along.
    Column("library_id", Key),
    Column("room_id", Key),
    Column("session_id", Key),
    Column("scope_id", Key, nullable=False),  # the one of the three that is set
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "group_id"], ["group.organization_id", "group.id"], name="group_link_group"
    ),
    UniqueConstraint("group_id", "scope_id", name="group_link_once"),
    CheckConstraint(
        "(library_id is not null and room_id is null and session_id is null and scope_id = library_id)"
        " or (library_id is null and room_id is not null and session_id is null and scope_id = room_id)"
        " or (library_id is null and room_id is not null and session_id is not null"
        " and scope_id = session_id)",
        name="group_link_scope",
    ),
)
Index("group_link_scope_of", group_link.c.scope_id, group_link.c.group_id)
Index("group_link_room", group_link.c.room_id, group_link.c.group_id)


class Group(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    name: str
    description: str | None
    emoji: str | None
    icon: str | None
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class GroupLink(msgspec.Struct, frozen=True):
    """A library, a room, or a session (with its room) that is open to a group."""

    id: Id
    organization_id: Id
    group_id: Id
    library_id: Id | None
    room_id: Id | None
    session_id: Id | None
    scope_id: Id
    created_at: datetime
