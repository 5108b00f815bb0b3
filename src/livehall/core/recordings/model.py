"""Tables of recordings, the files they are made of, and the outputs of the media server that feed them.

    recording  starting → recording → processing → ready; the first three → failed; failed → processing;
               ready · failed → deleted
    egress     starting → active → ending → complete; any of the first three → failed · aborted
    cleanup    running → done

A deleted recording is gone for everybody at once. Its file lies there until a cleanup, which empties
`asset` and sets `purged_at`.

A recording of source `upload` was made elsewhere and handed in: it begins at `processing`, and no egress
belongs to it. Until it is in the storage its file lies beside those of the media server.

An egress without `media_id` is an intent: the media server has not been asked yet, or its answer was
lost with the process.
"""

from datetime import datetime
from typing import Literal

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
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from livehall.core.ports.media import Layout
from livehall.core.ports.storage import TargetKind
from livehall.kernel.db import Instant, Key, metadata, only
from livehall.kernel.ids import Id

RecordingSource = Literal["live", "upload"]
RecordingStatus = Literal["starting", "recording", "processing", "ready", "failed", "deleted"]
Visibility = Literal["private", "members", "public"]
EgressKind = Literal["file", "hls", "rtmp"]
EgressStatus = Literal["starting", "active", "ending", "complete", "failed", "aborted"]
CleanupState = Literal["running", "done"]

RUNNING: tuple[RecordingStatus, ...] = ("starting", "recording")
OPEN: tuple[EgressStatus, ...] = ("starting", "active", "ending")

_session = ["organization_id", "session_id"], ["session.organization_id", "session.id"]
_recording = ["organization_id", "recording_id"], ["recording.organization_id", "recording.id"]

recording = Table(
    "recording",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("room_id", Key, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("status", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("started_at", Instant),  # of its first frame
    Column("ended_at", Instant),
    Column("duration_ms", BigInteger, nullable=False),
    Column("error_code", Text),
    Column("attempts", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("purged_at", Instant),
    Column("publish_at", Instant),  # when it is to be published; null: nothing is to come
    Column("published_at", Instant),  # since when others than the staff watch it; null: they do not
    Column("source", Text, nullable=False, server_default="live"),
    Column("width", Integer),  # of the picture, in pixels, where it was looked at
    Column("height", Integer),
    UniqueConstraint("organization_id", "id", name="recording_tenant"),
    CheckConstraint(
        "status in ('starting','recording','processing','ready','failed','deleted')", name="recording_status"
    ),
    CheckConstraint("visibility in ('private','members','public')", name="recording_visibility"),
    CheckConstraint("started_at <= ended_at", name="recording_order"),
    CheckConstraint("source in ('live','upload')", name="recording_source"),
    ForeignKeyConstraint(*_session, name="recording_session"),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="recording_room"
    ),
)
Index(
    "recording_active",
    recording.c.session_id,
    unique=True,  # I4
    **only(text("status in ('starting','recording')")),
)
Index(
    "recording_to_purge",
    recording.c.organization_id,
    recording.c.deleted_at,
    **only(text("status = 'deleted' and purged_at is null")),
)
Index("recording_to_publish", recording.c.publish_at, **only(text("publish_at is not null")))
Index(
    "recording_published",
    recording.c.published_at,
    recording.c.id,
    **only(text("published_at is not null")),
)
Index(
    "recording_published_in_room",
    recording.c.room_id,
    recording.c.published_at,
    recording.c.id,
    **only(text("published_at is not null")),
)
Index("recording_of_session", recording.c.session_id, recording.c.id)
Index("recording_of_room", recording.c.organization_id, recording.c.room_id, recording.c.id)


class Recording(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    room_id: Id
    title: str
    description: str | None
    status: RecordingStatus
    visibility: Visibility
    started_at: datetime | None
    ended_at: datetime | None
    duration_ms: int
    error_code: str | None
    attempts: int
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    purged_at: datetime | None = None
    publish_at: datetime | None = None
    published_at: datetime | None = None
    source: RecordingSource = "live"
    width: int | None = None
    height: int | None = None

    @property
    def duration_s(self) -> int:
        return round(self.duration_ms / 1000)


asset = Table(
    "asset",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("recording_id", Key, nullable=False, unique=True),  # one file is one recording
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("storage_key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("has_thumbnail", Boolean, nullable=False, server_default="0"),
    CheckConstraint("kind in ('recording')", name="asset_kind"),
    CheckConstraint("state in ('pending','ready','failed')", name="asset_state"),
    CheckConstraint("size >= 0", name="asset_size"),
    ForeignKeyConstraint(*_session, name="asset_session"),
    ForeignKeyConstraint(*_recording, name="asset_recording"),
)


class Asset(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    recording_id: Id
    kind: Literal["recording"]
    name: str
    content_type: str
    size: int
    storage_key: str
    state: Literal["pending", "ready", "failed"]
    created_at: datetime
    has_thumbnail: bool = False  # a JPEG of it lies in the storage, too

    @property
    def thumbnail_key(self) -> str:
        return f"{self.storage_key}.jpeg"

    @property
    def thumbnail(self) -> "Asset":
        """As a file to be given."""
        return msgspec.structs.replace(
            self, name=f"{self.name}.jpeg", content_type="image/jpeg", storage_key=self.thumbnail_key
        )


egress = Table(
    "egress",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("media_id", Text, unique=True),  # the media server's name of it
    Column("recording_id", Key),
    Column("status", Text, nullable=False),
    Column("path", Text, nullable=False),  # within the media server's output folder
    Column("attempt", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("asked_at", Instant),  # since when somebody asks the media server for it
    Column("streaming_target_id", Key),
    Column("layout", Text),  # what the media server was told last, when it could follow
    Column("pinned_id", Key),  # and whom to show first
    CheckConstraint("kind in ('file','hls','rtmp')", name="egress_kind"),
    CheckConstraint(
        "status in ('starting','active','ending','complete','failed','aborted')", name="egress_status"
    ),
    CheckConstraint("(kind = 'file') = (recording_id is not null)", name="egress_recording_of_file"),
    CheckConstraint("(kind = 'rtmp') = (streaming_target_id is not null)", name="egress_target_of_stream"),
    ForeignKeyConstraint(*_session, name="egress_session"),
    ForeignKeyConstraint(*_recording, name="egress_recording"),
)
Index(
    "egress_open",
    egress.c.session_id,
    unique=True,  # I4
    **only(text("kind = 'hls' and status in ('starting','active','ending')")),
)
Index(
    "egress_open_stream",
    egress.c.session_id,
    egress.c.streaming_target_id,
    unique=True,  # I4
    **only(text("kind = 'rtmp' and status in ('starting','active','ending')")),
)
Index("egress_of_session", egress.c.session_id)


class Egress(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    kind: EgressKind
    media_id: str | None
    recording_id: Id | None
    status: EgressStatus
    path: str
    attempt: int
    error: str
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    asked_at: datetime | None = None
    streaming_target_id: Id | None = None
    layout: Layout | None = None
    pinned_id: Id | None = None


streaming_target = Table(
    "streaming_target",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("room_id", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("stream_key_enc", LargeBinary, nullable=False),
    Column("key_end", Text, nullable=False),  # the last characters, for people to tell keys apart
    Column("public_url", Text),  # where people watch it
    Column("is_enabled", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="streaming_target_room"
    ),
)
Index("streaming_target_of", streaming_target.c.room_id, streaming_target.c.id)


class StreamingTarget(msgspec.Struct, frozen=True):
    """A platform that a room's broadcasts are pushed to."""

    id: Id
    organization_id: Id
    room_id: Id
    name: str
    kind: str
    endpoint: str
    stream_key_enc: bytes
    key_end: str
    public_url: str | None
    is_enabled: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


cleanup = Table(
    "storage_cleanup",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("state", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("before", Instant, nullable=False),  # what was deleted earlier than this goes
    Column("deleted_objects", Integer, nullable=False),
    Column("freed", BigInteger, nullable=False),  # bytes
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint("state in ('running','done')", name="storage_cleanup_state"),
    CheckConstraint("(state = 'done') = (ended_at is not null)", name="storage_cleanup_ended"),
    ForeignKeyConstraint(["organization_id"], ["organization.id"], name="storage_cleanup_organization"),
)
Index(
    "storage_cleanup_running",
    cleanup.c.organization_id,
    unique=True,
    **only(text("state = 'running'")),
)
Index("storage_cleanup_last", cleanup.c.organization_id, cleanup.c.ended_at)


class Cleanup(msgspec.Struct, frozen=True):
    """`deleted_objects` and `freed` grow while it runs; a dry run says what would go."""

    id: Id
    organization_id: Id
    state: CleanupState
    dry_run: bool
    before: datetime
    deleted_objects: int
    freed: int
    created_at: datetime
    ended_at: datetime | None


target = Table(  # an organization's own place for files; one that was replaced still holds its files
    "storage_target",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("container", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("secret_enc", LargeBinary, nullable=False),
    Column("created_by", Key),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
    CheckConstraint("kind in ('s3','azure')", name="storage_target_kind"),
)
Index("storage_target_current", target.c.organization_id, unique=True, **only(text("retired_at is null")))
Index("storage_target_of", target.c.organization_id, target.c.id)


class StorageTarget(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    kind: TargetKind
    container: str
    endpoint: str
    region: str
    prefix: str
    account: str
    secret_enc: bytes
    created_by: Id | None
    created_at: datetime
    retired_at: datetime | None
