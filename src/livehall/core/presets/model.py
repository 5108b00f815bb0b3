"""The table of presets, and its row."""

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
    Table,
    Text,
    UniqueConstraint,
    text,
)

from livehall.core.presets.flags import Flags, thaw
from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

PresetType = Literal["whip", "rtmp"]

preset = Table(
    "preset",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("owner_id", Key, ForeignKey("account.id"), nullable=False),
    Column("library_id", Key),  # null: personal, for every library of the owner
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("flags", Json, nullable=False),  # `Flags`
    Column("primary_color", Text),
    Column("logo", Text),
    Column("logo_destination_url", Text),
    Column("is_default", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    UniqueConstraint("organization_id", "id", name="preset_own"),
    ForeignKeyConstraint(
        ["organization_id", "library_id"], ["library.organization_id", "library.id"], name="preset_library"
    ),
    CheckConstraint("type in ('whip','rtmp')", name="preset_type"),
)
PERSONAL = text("library_id is null and deleted_at is null")
SHELVED = text("library_id is not null and deleted_at is null")
DEFAULT_PERSONAL = text("is_default and library_id is null and deleted_at is null")
DEFAULT_SHELVED = text("is_default and library_id is not null and deleted_at is null")
Index(
    "preset_name", preset.c.organization_id, preset.c.owner_id, preset.c.name, unique=True, **only(PERSONAL)
)
Index(
    "preset_name_in_library",
    preset.c.owner_id,
    preset.c.library_id,
    preset.c.name,
    unique=True,
    **only(SHELVED),
)
Index(  # I3
    "preset_default", preset.c.organization_id, preset.c.owner_id, unique=True, **only(DEFAULT_PERSONAL)
)
Index(  # I3
    "preset_default_in_library", preset.c.owner_id, preset.c.library_id, unique=True, **only(DEFAULT_SHELVED)
)


class Preset(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    owner_id: Id
    library_id: Id | None
    name: str
    type: PresetType
    flags: dict[str, Any]
    primary_color: str | None
    logo: str | None
    logo_destination_url: str | None
    is_default: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @property
    def switches(self) -> Flags:
        return thaw(self.flags)
