"""What streaming targets and outputs look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.ports.media import Layout
from livehall.core.recordings import streaming
from livehall.core.recordings.arranging import Arrange
from livehall.core.recordings.model import Egress, EgressStatus, StreamingTarget
from livehall.core.recordings.streaming import Running
from livehall.core.sessions.model import Session
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Kind = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern="^[a-z0-9_-]+$",
        description="Which platform it is, such as `youtube` or `twitch`; for people and icons only.",
    ),
]
Endpoint = Annotated[
    str,
    Meta(
        max_length=1024,
        description="`rtmp://…` or `rtmps://…` with the application and without the stream key.",
    ),
]
StreamKey = Annotated[
    str, Meta(min_length=1, max_length=512, description="Secret; answers show its last characters.")
]
WebAddress = Annotated[
    str, Meta(max_length=1024, description="Where people watch it.", extra_json_schema={"format": "uri"})
]
Enabled = Annotated[bool, Meta(description="Whether it begins with the broadcast.")]


class CreateStreamingTargetRequest(Request, kw_only=True):
    name: Name
    endpoint: Endpoint
    stream_key: StreamKey
    kind: Kind = "custom"
    public_url: WebAddress | None = None
    is_enabled: Enabled = True

    def command(self) -> streaming.CreateTarget:
        return streaming.CreateTarget(**msgspec.structs.asdict(self))


class UpdateStreamingTargetRequest(Request, kw_only=True):
    """Absent members stay as they are; null clears."""

    name: Name | UnsetType = UNSET
    endpoint: Endpoint | UnsetType = UNSET
    stream_key: StreamKey | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    public_url: WebAddress | UnsetType | None = UNSET
    is_enabled: Enabled | UnsetType = UNSET

    def command(self, revision: int | None) -> streaming.UpdateTarget:
        return streaming.UpdateTarget(**msgspec.structs.asdict(self), expected_revision=revision)


class StreamingTargetResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    room_id: Uuid
    name: str
    kind: str
    endpoint: str
    stream_key: Annotated[str, Meta(description="Masked: the last characters of it, or none of a short one.")]
    public_url: str | None
    is_enabled: bool
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, row: StreamingTarget) -> Self:
        return cls(
            id=row.id,
            room_id=row.room_id,
            name=row.name,
            kind=row.kind,
            endpoint=row.endpoint,
            stream_key=f"…{row.key_end}",
            public_url=row.public_url,
            is_enabled=row.is_enabled,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
        )


class StreamingTargetListResponse(msgspec.Struct, kw_only=True):
    targets: list[StreamingTargetResponse]


class OutputResponse(msgspec.Struct, kw_only=True):
    """`kind`: a recording, HLS for viewers, or a stream to a target."""

    kind: Literal["file", "hls", "rtmp"]
    status: EgressStatus
    target_id: Uuid | None
    recording_id: Uuid | None
    name: Annotated[str | None, Meta(description="Of the target.")]
    public_url: str | None
    error: str | None
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, found: Running) -> Self:
        return cls.of_row(found.egress, found.target)

    @classmethod
    def of_row(cls, row: Egress, target: StreamingTarget | None) -> Self:
        return cls(
            kind=row.kind,
            status=row.status,
            target_id=row.streaming_target_id,
            recording_id=row.recording_id,
            name=target.name if target else None,
            public_url=target.public_url if target else None,
            error=row.error or None,
            started_at=moment(row.started_at),
            ended_at=moment(row.ended_at),
        )


Arranged = Annotated[
    Layout,
    Meta(
        description="`single`: the shared screen, else the camera that came first, alone; `speaker`: whoever"
        " speaks, or the shared screen, large and others beside; `grid`: everybody equally large;"
        " `side_by_side`; `picture_in_picture`."
    ),
]


Pinned = Annotated[
    Uuid,
    Meta(
        description="`user_id` of somebody on stage who is shown first: alone with `single`, large with"
        " `speaker` and `picture_in_picture`, else in the first place; before a shared screen and whoever"
        " speaks. Until they leave the stage."
    ),
]


class LayoutRequest(Request, kw_only=True):
    """Absent members stay as they are."""

    layout: Arranged | UnsetType = UNSET
    pinned: Annotated[Pinned | None, Meta(description="Null: nobody in particular.")] | UnsetType = UNSET

    def command(self, revision: int | None) -> Arrange:
        pinned = self.pinned.lower() if isinstance(self.pinned, str) else self.pinned
        return Arrange(layout=self.layout, pinned_id=pinned, expected_revision=revision)


class LayoutResponse(msgspec.Struct, kw_only=True):
    layout: Arranged
    pinned: Pinned | None

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(layout=session.layout, pinned=session.pinned_id)


class OutputListResponse(msgspec.Struct, kw_only=True):
    outputs: list[OutputResponse]
