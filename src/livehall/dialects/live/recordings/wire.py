"""What recordings and HLS look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.recordings import ops
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
    thumbnail_id: Uuid | UnsetType | None = UNSET

    def command(self, revision: int | None) -> ops.UpdateRecording:
        """Raises: Invalid, for a picture: there are none to choose from yet."""
        if self.thumbnail_id is not UNSET and self.thumbnail_id is not None:
            raise invalid("thumbnail_id", "There is no such picture.")
        return ops.UpdateRecording(
            title=self.title,
            description=self.description,
            visibility=self.visibility,
            expected_revision=revision,
        )


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
    expires_at: Moment | None = None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: Shown, playback_url: str | None, thumbnail_url: str | None = None) -> Self:
        """Where its file and picture are, for a while; only for one that can be played."""
        row = shown.recording
        has_picture = shown.is_playable and shown.asset is not None and shown.asset.has_thumbnail
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
            playback_url=playback_url if shown.is_playable else None,
            thumbnail_url=thumbnail_url if has_picture else None,
            error_code=row.error_code,
            attempts=row.attempts,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
        )


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
