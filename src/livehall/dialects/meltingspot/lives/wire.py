"""What lives look like on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.insight.metrics import Metrics
from livehall.core.recordings.model import Recording
from livehall.core.rooms.rules import LONGEST_TITLE
from livehall.core.sessions.model import Session
from livehall.core.sessions.showing import Shown as ShownSession
from livehall.dialects.kit import Moment, Tolerant, moment
from livehall.dialects.meltingspot import values
from livehall.dialects.meltingspot.richtext import Node, tree_of
from livehall.dialects.meltingspot.values import (
    BuiltInType,
    LiveStatus,
    Participation,
    Seen,
    Shown,
    Solution,
)

Title = Annotated[str, Meta(max_length=LONGEST_TITLE, description=f"1 to {LONGEST_TITLE} characters.")]
Markdown = Annotated[str, Meta(max_length=4096, description="Markdown.")]
Unix = Annotated[int, Meta(description="Unix time in seconds.")]
Url = Annotated[str, Meta(max_length=2048)]


class LiveCreate(Tolerant, kw_only=True, rename="camel"):
    title: Title
    description: Markdown | UnsetType = UNSET
    spot_member_host_id: Annotated[str, Meta(description="Member who hosts.")]
    start_date: Unix
    end_date: Unix
    solution: Solution
    built_in_type: Annotated[BuiltInType, Meta(description="With BuiltIn.")] | UnsetType | None = UNSET
    video_url: Annotated[Url, Meta(description="With Youtube or Vimeo.")] | UnsetType | None = UNSET
    chat_visibility: Shown | UnsetType = UNSET
    participants_visibility: Shown | UnsetType = UNSET
    visibility: Seen | UnsetType = UNSET
    participation: Participation | UnsetType = UNSET
    record: bool | UnsetType = UNSET
    enable_breakout_rooms: (
        Annotated[bool, Meta(description="Kept and given back, without effect.")] | UnsetType
    ) = UNSET


class LiveUpdate(Tolerant, kw_only=True, rename="camel"):
    title: Title
    description: Markdown | UnsetType = UNSET
    start_date: Unix
    end_date: Unix
    chat_visibility: Shown | UnsetType = UNSET
    participants_visibility: Shown | UnsetType = UNSET
    visibility: Seen | UnsetType = UNSET
    participation: Participation | UnsetType = UNSET
    solution: Solution
    built_in_type: Annotated[BuiltInType, Meta(description="With BuiltIn.")] | UnsetType | None = UNSET
    record: bool | UnsetType = UNSET
    record_available: Annotated[bool, Meta(description="Publish the recording.")] | UnsetType = UNSET
    enable_breakout_rooms: (
        Annotated[bool, Meta(description="Kept and given back, without effect.")] | UnsetType
    ) = UNSET
    video_url: Url | UnsetType = UNSET
    replay_video_url: Annotated[Url, Meta(description="Replay address.")] | UnsetType | None = UNSET


class LiveMetrics(msgspec.Struct, kw_only=True, rename="camel"):
    average_view_time: int | None
    no_show: int | None
    total_replay_view: int | None
    registrant: int | None
    attendee: int | None
    attendance_rate: int | None
    invited: int | None

    @classmethod
    def of(cls, found: Metrics | None) -> Self:
        """Null, all of them, where the key may not know them."""
        if found is None:
            return cls(**dict.fromkeys(cls.__struct_fields__))
        return cls(
            average_view_time=found.average_view_s,
            no_show=found.no_shows,
            total_replay_view=found.replay_views,
            registrant=found.registrants,
            attendee=found.attendees,
            attendance_rate=found.attendance_rate,
            invited=found.invited,
        )


class RichTextNode(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A block, a link or a text. Further members say how a text is marked, and where a link leads."""

    type: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    children: list["RichTextNode"] | UnsetType = UNSET


class Video(msgspec.Struct, kw_only=True, rename="camel"):
    url: str
    quality: str
    encoding: Literal["hls", "mp4"]
    created_at: Moment


class BuiltInConfig(msgspec.Struct, kw_only=True, rename="camel"):
    is_recorded: bool
    record_available: bool
    videos: Video | list[Video] | None  # one as it is, several as a list
    replay_video: Video | None


class Privacy(msgspec.Struct, kw_only=True):
    visibility: Seen
    participation: Participation


class Config(msgspec.Struct, kw_only=True, rename="camel"):
    chat_visibility: Shown
    participants_visibility: Shown


class Film(msgspec.Struct, frozen=True):
    """A recording with the address of its file, signed for an hour."""

    recording: Recording
    url: str


class Live(msgspec.Struct, kw_only=True, rename="camel"):
    """One live."""

    id: str
    title: str
    start_date: Moment
    end_date: Moment
    metrics: LiveMetrics
    description: list[RichTextNode]
    status: LiveStatus
    computed_status: LiveStatus
    solution: Solution
    privacy: Privacy
    config: Config
    built_in_type: BuiltInType | None
    video_url: str | None
    created_at: Moment
    spot_id: str
    built_in_config: BuiltInConfig | None
    enable_breakout_rooms: bool | UnsetType = UNSET

    @classmethod
    def of(cls, shown: ShownSession, metrics: Metrics | None, films: list[Film], now: datetime) -> Self:
        session, room, settings = shown.session, shown.room.room, shown.settings
        solution = values.SOLUTION[values.source_of(session)]
        is_invited_only = room.entry == "invited" or room.needs_registration
        return cls(
            id=session.id,
            title=session.title,
            start_date=moment(values.start_of(session)),
            end_date=moment(values.end_of(session)),
            metrics=LiveMetrics.of(metrics),
            description=_nodes(tree_of(session.description or "")),
            status=values.STATUS[session.status],
            computed_status=values.computed_status(session, now),
            solution=solution,
            privacy=Privacy(
                visibility=values.VISIBILITY[room.visibility],
                participation="InvitedMembersOnly" if is_invited_only else "AnySpotMembers",
            ),
            config=Config(
                chat_visibility="Display" if settings.chat_enabled else "Hidden",
                participants_visibility=(
                    "Display" if settings.preset.audience_can_see_participants else "Hidden"
                ),
            ),
            built_in_type=(
                values.FORMAT[session.format] if session.format and solution == "BuiltIn" else None
            ),
            video_url=session.external_url if solution in ("Youtube", "Vimeo") else None,
            created_at=moment(session.created_at),
            spot_id=session.organization_id,
            built_in_config=(
                _built_in(session, settings.recording_enabled, films) if solution == "BuiltIn" else None
            ),
            enable_breakout_rooms=(
                session.metadata[values.BREAKOUTS] == "true"
                if values.BREAKOUTS in session.metadata
                else UNSET
            ),
        )


class LiveList(msgspec.Struct, kw_only=True):
    items: list[Live]
    total: Annotated[int, Meta(ge=0)]


def _nodes(tree: list[Node]) -> Any:
    """As they are: the marks of texts are further members."""
    return tree


def _built_in(session: Session, is_recorded: bool, films: list[Film]) -> BuiltInConfig:
    videos = [
        Video(url=each.url, quality="source", encoding="mp4", created_at=moment(each.recording.created_at))
        for each in films
    ]
    replay = session.replay_url
    return BuiltInConfig(
        is_recorded=is_recorded,
        record_available=bool(session.publish_recordings)
        or any(each.recording.visibility == "public" for each in films),
        videos=None if not videos else videos if len(videos) > 1 else videos[0],
        replay_video=(
            Video(
                url=replay,
                quality="source",
                encoding="hls" if replay.partition("?")[0].endswith(".m3u8") else "mp4",
                created_at=moment(session.updated_at),
            )
            if replay
            else None
        ),
    )
