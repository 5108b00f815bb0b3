"""What sessions look like on the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.people.ops import Code
from livehall.core.ports.media import Layout
from livehall.core.rooms.model import Room
from livehall.core.sessions import ops, rules, steps
from livehall.core.sessions.encoders import Planned
from livehall.core.sessions.fields import Address, JoinLimit, SessionDescription, SessionTitle, TimeZone
from livehall.core.sessions.ingest import EncoderAddress
from livehall.core.sessions.model import Format, Mode, Provider, Session, Status, StreamState
from livehall.core.sessions.showing import Shown
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.presets.wire import PresetResponse
from livehall.dialects.live.rooms.wire import PageNumber, PageSize, Pagination, RoomResponse

Instant = Annotated[datetime, Meta(tz=True)]
Sort = Annotated[
    Literal["scheduled_start_time", "-scheduled_start_time", "created_at", "-created_at"],
    Meta(description="Order; default `-scheduled_start_time`, unscheduled last."),
]


class CreateSessionRequest(Request, kw_only=True):
    title: SessionTitle
    description: SessionDescription | None = None
    mode: Mode | None = None
    scheduled_start_time: Instant | None = None
    preset_id: Uuid | None = None
    scheduled_end_time: Instant | None = None
    timezone: TimeZone | None = None
    external_url: Address | None = None
    recording_enabled: bool | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    provider: Annotated[Provider, Meta(description="Who plays it; told by the address.")] | None = None
    format: Annotated[Format, Meta(description="As it is announced.")] | None = None

    def command(self, room_id: str) -> ops.CreateSession:
        return ops.CreateSession(
            room_id=room_id,
            title=self.title,
            description=self.description,
            mode=self.mode,
            scheduled_start_at=_instant(self.scheduled_start_time, "scheduled_start_time"),
            scheduled_end_at=_instant(self.scheduled_end_time, "scheduled_end_time"),
            timezone=self.timezone,
            external_url=self.external_url,
            recording_enabled=self.recording_enabled,
            metadata=self.metadata,
            preset_id=self.preset_id and self.preset_id.lower(),
            provider=self.provider,
            format=self.format,
        )


class RescheduleSessionRequest(Request, kw_only=True):
    scheduled_start_time: Instant
    scheduled_end_time: Instant | UnsetType | None = UNSET
    timezone: TimeZone | UnsetType = UNSET
    notify: bool = True

    def command(self) -> ops.Reschedule:
        end = self.scheduled_end_time
        return ops.Reschedule(
            scheduled_start_at=rules.clean_instant(self.scheduled_start_time, "scheduled_start_time"),
            scheduled_end_at=UNSET if end is UNSET else _instant(end, "scheduled_end_time"),
            timezone=self.timezone,
            notify=self.notify,
        )


class UpdateSessionSettingsRequest(Request, kw_only=True):
    """Switches for this session only.

    They win over the preset until removed (null) and may change while live.
    """

    chat_enabled: bool | UnsetType | None = UNSET
    stage_enabled: bool | UnsetType | None = UNSET
    max_join_limit: JoinLimit | UnsetType | None = UNSET
    recording_enabled: bool | UnsetType | None = UNSET
    waiting_room: bool | UnsetType | None = UNSET
    participants_visible: (
        Annotated[bool, Meta(description="Whether the audience sees who is there.")] | UnsetType | None
    ) = UNSET
    question_moderation: bool | UnsetType | None = UNSET

    def command(self) -> ops.ChangeSettings:
        return ops.ChangeSettings(
            chat_enabled=self.chat_enabled,
            stage_enabled=self.stage_enabled,
            max_join_limit=self.max_join_limit,
            recording_enabled=self.recording_enabled,
            waiting_room=self.waiting_room,
            participants_visible=self.participants_visible,
            question_moderation=self.question_moderation,
        )


class StartSessionRequest(Request, kw_only=True):
    go_live: Annotated[
        bool, Meta(description="Continue to `live` as soon as a source is active; default false.")
    ] = False


class HostMediaStateRequest(Request, kw_only=True):
    enabled: Annotated[bool, Meta(description="New state of the host's camera or microphone.")]


class ListRoomSessionsQuery(msgspec.Struct, kw_only=True):
    status: tuple[Status, ...] = ()
    from_: Annotated[datetime, Meta(tz=True, description="Scheduled or started at or after.")] | None = (
        msgspec.field(name="from", default=None)
    )
    to: Annotated[datetime, Meta(tz=True, description="Scheduled or started before.")] | None = None
    sort: Sort = "-scheduled_start_time"
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self, room_id: str) -> ops.Query:
        return ops.Query(
            room_id=room_id,
            statuses=self.status,
            since=_instant(self.from_, "from"),
            until=_instant(self.to, "to"),
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class ListSessionsQuery(msgspec.Struct, kw_only=True):
    status: tuple[Status, ...] = ()
    from_: Annotated[datetime, Meta(tz=True, description="Scheduled or started at or after.")] | None = (
        msgspec.field(name="from", default=None)
    )
    to: Annotated[datetime, Meta(tz=True, description="Scheduled or started before.")] | None = None
    sort: Sort = "-scheduled_start_time"
    room_id: Annotated[Uuid, Meta(description="Only this room.")] | None = None
    search: Annotated[str, Meta(max_length=200, description="Words in the title.")] = ""
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> ops.Query:
        return ops.Query(
            only_room_id=self.room_id.lower() if self.room_id else None,
            statuses=self.status,
            since=_instant(self.from_, "from"),
            until=_instant(self.to, "to"),
            search=self.search,
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class ListLiveQuery(msgspec.Struct, kw_only=True):
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> ops.Query:
        return ops.Query(
            statuses=("live",), sort="on_air", offset=(self.page - 1) * self.limit, limit=self.limit
        )


class SessionResponse(msgspec.Struct, kw_only=True):
    """One broadcast in a room."""

    id: Uuid
    room_id: Uuid
    room: RoomResponse
    preset: PresetResponse | UnsetType = UNSET
    title: str
    description: str | None
    status: Status
    mode: Mode
    external_url: str | None
    provider: Annotated[Provider, Meta(description="Who plays it, where that is not us.")] | None
    format: Annotated[Format, Meta(description="As it was announced.")] | None
    replay_url: Annotated[str, Meta(description="Where it can be watched later, beside recordings.")] | None
    started_at: Moment | None
    ended_at: Moment | None
    duration: int
    scheduled_start_time: Moment | None
    scheduled_end_time: Moment | None
    timezone: str | None
    viewer_count: int
    max_viewers: int
    recording_enabled: bool
    hls_url: str | None
    layout: Annotated[Layout, Meta(description="How its pictures are put together in recordings and HLS.")]
    chat_enabled_override: bool | None
    stage_enabled_override: bool | None
    max_join_limit_override: int | None
    effective_chat_enabled: bool
    effective_stage_enabled: bool
    effective_max_join_limit: int
    question_moderation_override: bool | None
    effective_question_moderation: bool
    stream_state: StreamState
    metadata: (
        Annotated[dict[str, str], Meta(description="Labels; the staff alone sees them.")] | UnsetType
    ) = UNSET
    revision: int
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: Shown, now: datetime) -> Self:
        session, settings = shown.session, shown.settings
        return cls(
            id=session.id,
            room_id=session.room_id,
            room=RoomResponse.of(shown.room),
            preset=PresetResponse.of(shown.preset, session.preset_snapshot) if shown.preset else UNSET,
            title=session.title,
            description=session.description,
            status=session.status,
            mode=session.mode,
            external_url=session.external_url,
            provider=session.provider,
            format=session.format,
            replay_url=session.replay_url,
            started_at=moment(session.started_at),
            ended_at=moment(session.ended_at),
            duration=rules.duration_s(session, now),
            scheduled_start_time=moment(session.scheduled_start_at),
            scheduled_end_time=moment(session.scheduled_end_at),
            timezone=session.timezone,
            viewer_count=session.viewer_count if shown.may_count else 0,
            max_viewers=session.max_viewers if shown.may_count else 0,
            recording_enabled=settings.recording_enabled,
            hls_url=session.hls_url,
            layout=session.layout,
            chat_enabled_override=session.chat_override,
            stage_enabled_override=session.stage_override,
            max_join_limit_override=session.join_limit_override,
            effective_chat_enabled=settings.chat_enabled,
            effective_stage_enabled=settings.stage_enabled,
            effective_max_join_limit=settings.max_join_limit,
            question_moderation_override=session.moderation_override,
            effective_question_moderation=settings.question_moderation,
            stream_state=session.stream_state,
            metadata=session.metadata if shown.standing.is_staff else UNSET,
            revision=session.revision,
            created_at=moment(session.created_at),
            updated_at=moment(session.updated_at),
        )


class SessionListResponse(msgspec.Struct, kw_only=True):
    sessions: list[SessionResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, page: int, limit: int, now: datetime) -> Self:
        return cls(
            sessions=[SessionResponse.of(each, now) for each in found.sessions],
            pagination=Pagination.of(page, limit, found.total),
        )


class CreateSessionResponse(msgspec.Struct, kw_only=True):
    """Address and key are null unless the mode takes an encoder."""

    session: SessionResponse
    rtmp_url: str | None = None
    stream_key: str | None = None
    whip_url: str | None = None

    @classmethod
    def of(cls, planned: Planned, now: datetime) -> Self:
        return cls(session=SessionResponse.of(planned.shown, now), **encoder_fields(planned.address))


def encoder_fields(address: EncoderAddress | None) -> dict[str, str | None]:
    """The three fields that tell the host where an encoder pushes to."""
    if address is None:
        return {}
    return {f"{address.kind}_url": address.url, "stream_key": address.key}


class StartSessionResponse(msgspec.Struct, kw_only=True):
    """A session with the caller's own way into its media room."""

    session: SessionResponse
    livekit_url: str
    token: str
    expires_at: Moment
    room_name: str
    rtmp_url: str | None = None
    stream_key: str | None = None
    whip_url: str | None = None
    hls_url: str | None

    @classmethod
    def of(cls, opened: steps.Opened, livekit_url: str, now: datetime) -> Self:
        return cls(
            session=SessionResponse.of(opened.shown, now),
            livekit_url=livekit_url,
            token=opened.token.token,
            expires_at=moment(opened.token.expires_at),
            room_name=opened.grant.room,
            hls_url=opened.shown.session.hls_url,
            **encoder_fields(opened.encoder),
        )


class MonitorTokenResponse(msgspec.Struct, kw_only=True):
    livekit_url: str
    token: str
    room_name: str
    identity: str
    expires_at: Moment

    @classmethod
    def of(cls, opened: steps.Opened, livekit_url: str) -> Self:
        return cls(
            livekit_url=livekit_url,
            token=opened.token.token,
            room_name=opened.grant.room,
            identity=opened.grant.identity,
            expires_at=moment(opened.token.expires_at),
        )


class StudioURLResponse(msgspec.Struct, kw_only=True):
    url: str
    code: str
    expires_at: Moment

    @classmethod
    def of(cls, session: Session, code: Code, origin: str) -> Self:
        return cls(
            url=f"{origin}/studio/{session.id}#code={code.code}",
            code=code.code,
            expires_at=moment(code.credential.expires_at),
        )


class ShareURLResponse(msgspec.Struct, kw_only=True):
    viewer_url: str
    room_url: str
    embed_url: str
    embed_code: str
    registration_url: str | None = None
    calendar_url: str | None = None

    @classmethod
    def of(cls, session: Session, origin: str, room: Room | None = None) -> Self:
        room_url = f"{origin}/w/{session.room_id}"
        takes_registrations = room is not None and room.registration["mode"] != "none"
        embed_url = f"{room_url}?embed=1"
        return cls(
            viewer_url=f"{room_url}?session={session.id}",
            room_url=room_url,
            embed_url=embed_url,
            embed_code=(
                f'<iframe src="{embed_url}" width="960" height="540" style="border:0" '
                'allow="autoplay; camera; microphone; display-capture; fullscreen"></iframe>'
            ),
            registration_url=f"{origin}/r/{session.room_id}" if takes_registrations else None,
            calendar_url=(
                f"{origin}/api/v1/sessions/{session.id}/calendar.ics" if session.scheduled_start_at else None
            ),
        )


def _instant(instant: datetime | None, field: str) -> datetime | None:
    return None if instant is None else rules.clean_instant(instant, field)
