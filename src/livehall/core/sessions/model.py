"""The table of sessions, and its row."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    select,
    text,
)

from livehall.core.ports.media import Layout
from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

Status = Literal["scheduled", "backstage", "live", "ended", "cancelled"]
Mode = Literal["webcam", "rtmp", "whip", "external"]
StreamState = Literal["idle", "connecting", "active", "interrupted"]
LiveWish = Literal["source", "picture"]
Provider = Literal["youtube", "vimeo", "other", "none"]
Format = Literal["workshop", "conference"]
EndReason = Literal["host", "idle", "quota"]

session = Table(
    "session",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("room_id", Key, nullable=False),
    Column("created_by", Key),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("status", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("scheduled_start_at", Instant),
    Column("scheduled_end_at", Instant),
    Column("timezone", Text),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("end_reason", Text),
    Column("preset_id", Key),
    Column("preset_snapshot", Json),  # its switches: follows the preset, frozen at the end (I17)
    Column("chat_override", Boolean),
    Column("stage_override", Boolean),
    Column("join_limit_override", Integer),
    Column("recording_override", Boolean),
    Column("waiting_override", Boolean),
    Column("external_url", Text),
    Column("media_room", Text, unique=True),  # null until the media server has confirmed it
    Column("hls_url", Text),
    Column("goes_live_on", Text),  # its start asked to go on air with the first source, or picture (C18)
    Column("goes_live_until", Instant),  # and has patience until then
    Column("programme", Json, nullable=False),  # track sid → [participant sid, identity, source]
    Column("host_media", Json, nullable=False),  # video, audio, screen
    Column("stream_state", Text, nullable=False),
    Column("stream_since", Instant),  # when `stream_state` became what it is
    Column("interrupted_at", Instant),  # the last time
    Column("interruptions", Integer, nullable=False),
    Column("viewer_count", Integer, nullable=False),
    Column("max_viewers", Integer, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("plan_limits", Json),  # what the organization's plan withholds: follows it until the end
    Column("moderation_override", Boolean),  # whether questions are looked at before all see them
    Column("begins_at", Instant),  # as planned, else as it went on air, else as it was made: for lists
    Column("provider", Text),  # who plays it, where that is not us: `Provider`
    Column("format", Text),  # as it was announced: `Format`
    Column("replay_url", Text),  # where it can be watched later, beside recordings
    Column("participants_override", Boolean),
    Column("publish_recordings", Boolean),  # null: as each recording says
    # Kept figures (`insight`), recomputed and never added to (I12): what lists filter by.
    Column("invited", Integer, nullable=False, server_default="0"),
    Column("registrants", Integer, nullable=False, server_default="0"),
    Column("attendees", Integer, nullable=False, server_default="0"),
    Column("no_shows", Integer, nullable=False, server_default="0"),
    Column("attendance_rate", Integer, nullable=False, server_default="0"),  # percent
    Column("average_view_s", Integer, nullable=False, server_default="0"),
    Column("replay_views", Integer, nullable=False, server_default="0"),
    Column("has_replay", Boolean, nullable=False, server_default="0"),  # an address, or a public recording
    Column("figures_due_at", Instant),  # since when they may be out of date; null: they are not
    Column("layout", Text, nullable=False, server_default="single"),  # of its pictures, where they are one
    Column("pinned_id", Key),  # the account that is shown first there, as long as it is on stage
    UniqueConstraint("organization_id", "id", name="session_own"),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="session_room"
    ),
    ForeignKeyConstraint(
        ["organization_id", "preset_id"], ["preset.organization_id", "preset.id"], name="session_preset"
    ),
    CheckConstraint("status in ('scheduled','backstage','live','ended','cancelled')", name="session_status"),
    CheckConstraint("mode in ('webcam','rtmp','whip','external')", name="session_mode"),
    CheckConstraint("stream_state in ('idle','connecting','active','interrupted')", name="session_stream"),
    CheckConstraint("goes_live_on in ('source','picture')", name="session_goes_live_on"),
    CheckConstraint("join_limit_override >= 0", name="session_join_limit"),
    CheckConstraint("started_at <= ended_at", name="session_times"),  # I10
    CheckConstraint("status != 'live' or started_at is not null", name="session_live_started"),
    CheckConstraint("(status = 'ended') = (ended_at is not null)", name="session_ended"),
    CheckConstraint("(mode = 'external') = (external_url is not null)", name="session_external"),
)
ACTIVE = text("status in ('backstage','live') and deleted_at is null")
Index(  # I1
    "session_active", session.c.room_id, unique=True, **only(ACTIVE)
)
LASTING = text("deleted_at is null")
Index(  # holds all that lists filter by, numbers first: counting reads nothing else, and little of each row
    "session_listed",
    session.c.organization_id,
    session.c.begins_at,
    session.c.invited,
    session.c.registrants,
    session.c.attendees,
    session.c.no_shows,
    session.c.attendance_rate,
    session.c.average_view_s,
    session.c.replay_views,
    session.c.has_replay,
    session.c.status,
    session.c.mode,
    session.c.provider,
    session.c.format,
    session.c.title,
    session.c.deleted_at,  # or SQLite finds each row's number, to look whether it lasts
    **only(LASTING),
)
DUE = text("figures_due_at is not null")
Index("session_figures_due", session.c.figures_due_at, **only(DUE))
Index("session_of_room", session.c.room_id, session.c.created_at)
# The whole order of lists, so that a page of a hundred thousand is read without sorting them. On PostgreSQL
# `scheduled_start_at desc nulls last, id desc`, which SQLite reads off this one backwards.
Index("session_planned", session.c.scheduled_start_at, session.c.id, **only(LASTING))
Index("session_newest", session.c.created_at, session.c.id, **only(LASTING))
Index("session_of_preset", session.c.preset_id, session.c.status, **only(text("preset_id is not null")))
OPEN = text("status in ('backstage','live')")
Index("session_open", session.c.id, **only(OPEN))
OPENED = session.alias("opened")
IS_OPEN: ColumnElement[bool] = session.c.id.in_(
    select(OPENED.c.id).where(text("opened.status in ('backstage','live')"))
)
"""Word by word what `session_open` holds, so that the few that run are found without looking at all."""


class Session(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    room_id: Id
    created_by: Id | None
    title: str
    description: str | None
    status: Status
    mode: Mode
    scheduled_start_at: datetime | None
    scheduled_end_at: datetime | None
    timezone: str | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    preset_id: Id | None
    preset_snapshot: dict[str, Any] | None
    chat_override: bool | None
    stage_override: bool | None
    join_limit_override: int | None
    recording_override: bool | None
    waiting_override: bool | None
    external_url: str | None
    media_room: str | None
    hls_url: str | None
    goes_live_on: LiveWish | None
    goes_live_until: datetime | None
    programme: dict[str, list[str]]
    host_media: dict[str, bool]
    stream_state: StreamState
    stream_since: datetime | None
    interrupted_at: datetime | None
    interruptions: int
    viewer_count: int
    max_viewers: int
    metadata: dict[str, str]
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    plan_limits: dict[str, Any] | None = None
    moderation_override: bool | None = None
    begins_at: datetime | None = None
    provider: Provider | None = None
    format: Format | None = None
    replay_url: str | None = None
    participants_override: bool | None = None
    publish_recordings: bool | None = None
    invited: int = 0
    registrants: int = 0
    attendees: int = 0
    no_shows: int = 0
    attendance_rate: int = 0
    average_view_s: int = 0
    replay_views: int = 0
    has_replay: bool = False
    figures_due_at: datetime | None = None
    layout: Layout = "single"
    pinned_id: Id | None = None

    @property
    def is_open(self) -> bool:
        """Whether people may be in it."""
        return self.status in ("backstage", "live")

    @property
    def in_meeting(self) -> bool:
        """Whether everybody who is let in has a seat."""
        return bool((self.preset_snapshot or {}).get("everybody_on_stage", False))

    @property
    def is_over(self) -> bool:
        return self.status in ("ended", "cancelled")
