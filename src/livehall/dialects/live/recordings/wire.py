"""What recordings and HLS look like on the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.recordings import listing, ops
from livehall.core.recordings.bringing import Bring
from livehall.core.recordings.model import RecordingStatus, Visibility
from livehall.core.recordings.ops import Shown
from livehall.core.recordings.replays import Playback
from livehall.core.recordings.steps import Hls
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageSize, Pagination
from livehall.kernel.faults import invalid

Uri = Annotated[str, Meta(extra_json_schema={"format": "uri"})]


class UpdateRecordingRequest(Request, kw_only=True):
    """Absent members stay as they are; null clears."""

    title: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=4096)] | UnsetType | None = UNSET
    visibility: (
        Annotated[Visibility, Meta(description="Public makes it the replay of its session.")] | UnsetType
    ) = UNSET
    publish_at: (
        Annotated[None, Meta(description="Null ends a time to come; `/publish` sets one.")] | UnsetType
    ) = UNSET
    thumbnail_id: Uuid | UnsetType | None = UNSET

    def command(self, revision: int | None) -> ops.UpdateRecording:
        """Raises: Invalid, for a picture: there are none to choose from yet."""
        if self.thumbnail_id is not UNSET and self.thumbnail_id is not None:
            raise invalid("thumbnail_id", "There is no such picture.")
        return ops.UpdateRecording(
            title=self.title,
            description=self.description,
            visibility=self.visibility,
            publish_at=self.publish_at,
            expected_revision=revision,
        )


class UploadRecordingQuery(msgspec.Struct, kw_only=True):
    session_id: Annotated[Uuid, Meta(description="Of which session it is.")]
    title: Annotated[str, Meta(max_length=255, description="Default: that of the session.")] | None = None
    description: Annotated[str, Meta(max_length=4096)] | None = None

    def command(self) -> Bring:
        return Bring(session_id=self.session_id.lower(), title=self.title, description=self.description)


class RecordingResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    session_id: Uuid
    room_id: Uuid
    library_id: Uuid | None
    title: str
    description: str | None
    status: RecordingStatus
    visibility: Visibility
    started_at: Moment | None
    ended_at: Moment | None
    duration: int  # seconds
    file_size: int
    format: Literal["mp4"] = "mp4"
    width: int | None = None
    height: int | None = None
    playback_url: str | None
    thumbnail_url: str | None = None
    error_code: str | None
    attempts: int
    publish_at: Annotated[
        Moment | None, Meta(description="When it is to be published; null: no time is to come.")
    ]
    published_at: Annotated[
        Moment | None, Meta(description="Since when others than the staff watch it; null: they do not.")
    ]
    expires_at: Moment | None = None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: Shown, playback_url: str | None, thumbnail_url: str | None = None) -> Self:
        """Where its file and picture are, for a while; only for one that can be played."""
        row = shown.recording
        return cls(
            id=row.id,
            session_id=row.session_id,
            room_id=row.room_id,
            library_id=shown.library_id,
            title=row.title,
            description=row.description,
            status=row.status,
            visibility=row.visibility,
            started_at=moment(row.started_at),
            ended_at=moment(row.ended_at),
            duration=row.duration_s,
            file_size=shown.asset.size if shown.asset else 0,
            width=row.width,
            height=row.height,
            playback_url=playback_url if shown.is_playable else None,
            thumbnail_url=thumbnail_url if shown.has_picture else None,
            error_code=row.error_code,
            attempts=row.attempts,
            publish_at=moment(row.publish_at),
            published_at=moment(row.published_at),
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
        )


class PublishRecordingRequest(Request, kw_only=True):
    publish_at: (
        Annotated[datetime, Meta(tz=True, description="In the future; absent or null: now.")] | None
    ) = None


class RecordingListResponse(msgspec.Struct, kw_only=True):
    recordings: list[RecordingResponse]
    pagination: Pagination


class RecordingDownloadResponse(msgspec.Struct, kw_only=True):
    url: Uri
    expires_at: Moment
    file_name: str
    file_size: int
    content_type: str

    @classmethod
    def of(cls, download: ops.Download, url: str) -> Self:
        return cls(
            url=url,
            expires_at=moment(download.expires_at),
            file_name=download.asset.name,
            file_size=download.asset.size,
            content_type=download.asset.content_type,
        )


class PlaybackResponse(msgspec.Struct, kw_only=True):
    """What a player needs. Its beats go to `POST /attendance/{attendance_id}/beat`, with what it played."""

    recording_id: Uuid
    session_id: Uuid
    title: str
    duration: int  # seconds
    playback_url: Uri
    content_type: str
    expires_at: Moment
    attendance_id: Uuid
    next_beat_in: int  # seconds

    @classmethod
    def of(cls, playback: Playback, url: str, next_beat_in: int) -> Self:
        recording, asset = playback.shown.recording, playback.shown.asset
        return cls(
            recording_id=recording.id,
            session_id=recording.session_id,
            title=recording.title,
            duration=recording.duration_s,
            playback_url=url,
            content_type=asset.content_type if asset else "video/mp4",
            expires_at=moment(playback.expires_at),
            attendance_id=playback.attendance.id,
            next_beat_in=next_beat_in,
        )


class RecordingsQuery(msgspec.Struct, kw_only=True):
    status: tuple[RecordingStatus, ...] = ()
    room_id: Annotated[Uuid, Meta(description="Only this room.")] | None = None
    search: Annotated[str, Meta(max_length=200, description="Words in the title.")] = ""
    sort: Annotated[ops.Sort, Meta(description="Default `-created_at`.")] = "-created_at"
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> ops.Query:
        return ops.Query(
            statuses=self.status,
            room_id=self.room_id.lower() if self.room_id else None,
            search=self.search.strip(),
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class ReplaysQuery(msgspec.Struct, kw_only=True):
    room_id: Annotated[Uuid, Meta(description="Only this room.")] | None = None
    library_id: Annotated[Uuid, Meta(description="Only this library.")] | None = None
    search: Annotated[
        str, Meta(max_length=200, description="Words in the title, or in that of its session or room.")
    ] = ""
    sort: Annotated[listing.Sort, Meta(description="Order; default `-published_at`.")] = "-published_at"
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> listing.Query:
        return listing.Query(
            room_id=self.room_id and self.room_id.lower(),
            library_id=self.library_id and self.library_id.lower(),
            search=self.search,
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class ReplaySession(msgspec.Struct, kw_only=True):
    id: Uuid
    title: str


class ReplayRoom(msgspec.Struct, kw_only=True):
    id: Uuid
    title: str
    library_id: Uuid


class ReplayResponse(msgspec.Struct, kw_only=True):
    """A recording that others than the staff watch."""

    recording_id: Uuid
    session: ReplaySession
    room: ReplayRoom
    title: str
    description: str | None
    visibility: Annotated[
        Literal["members", "public"], Meta(description="Who watches it: members of the organization, or all.")
    ]
    duration: int  # seconds
    started_at: Moment | None
    published_at: Moment
    watch_url: Annotated[Uri, Meta(description="The page where it is watched.")]
    thumbnail_url: str | None

    @classmethod
    def of(cls, replay: listing.Replay, watch_url: str, thumbnail_url: str) -> Self:
        row = replay.shown.recording
        assert row.published_at is not None, "no other is listed"
        assert row.visibility != "private", "no such is published"
        return cls(
            recording_id=row.id,
            session=ReplaySession(id=replay.session.id, title=replay.session.title),
            room=ReplayRoom(id=replay.room.id, title=replay.room.title, library_id=replay.room.library_id),
            title=row.title,
            description=row.description,
            visibility=row.visibility,
            duration=row.duration_s,
            started_at=moment(row.started_at),
            published_at=moment(row.published_at),
            watch_url=watch_url,
            thumbnail_url=thumbnail_url if replay.shown.has_picture else None,
        )


class ReplayListResponse(msgspec.Struct, kw_only=True):
    replays: list[ReplayResponse]
    pagination: Pagination


class FileQuery(msgspec.Struct, kw_only=True):
    token: Annotated[str, Meta(max_length=512, description="Signed token.")]
    disposition: Annotated[Literal["inline", "attachment"], Meta(description="Default `inline`.")] = "inline"


class HlsStatusResponse(msgspec.Struct, kw_only=True):
    hls_url: str | None
    egress_id: str
    status: Literal["starting", "active"]
    created: bool

    @classmethod
    def of(cls, found: Hls, hls_url: str | None) -> Self:
        return cls(
            hls_url=hls_url,
            egress_id=found.egress.media_id or found.egress.id,
            status="active" if found.egress.status == "active" else "starting",
            created=found.created,
        )
