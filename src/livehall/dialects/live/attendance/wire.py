"""What coming, going and attendance look like on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.core.audience import people, steps
from livehall.core.audience.fields import AccessToken, DisplayName, InviteCode, RoomPassword
from livehall.core.audience.figures import Point
from livehall.core.audience.model import Attendance, Delivery, Source
from livehall.core.audience.people import Attendee
from livehall.core.audience.replays import Stretch
from livehall.core.insight.metrics import Metrics
from livehall.core.ports.tokens import Claims, Tokens
from livehall.core.sessions.rights import STAFF, Role
from livehall.core.sessions.rules import Admission
from livehall.core.sessions.showing import Shown
from livehall.core.stage.ops import Marks
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.realtime.revocations import hears_stage
from livehall.dialects.live.rooms.wire import PageNumber, PageQuery, PageSize, Pagination
from livehall.dialects.live.sessions.wire import SessionResponse
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id

BEAT_S = 30  # between two beats of a player
REALTIME_LIFETIME = timedelta(minutes=10)  # C24: to connect with; a connection is prolonged by refresh


class JoinSessionRequest(Request, kw_only=True):
    display_name: DisplayName | None = None
    password: RoomPassword | None = None
    invite_code: InviteCode | None = None
    access_token: AccessToken | None = None
    prefer: Annotated[Literal["webrtc", "hls"], Meta(description="Preferred delivery.")] | None = None

    def command(self, session_id: Id) -> steps.Join:
        """Invites are not there yet; their codes open nothing."""
        return steps.Join(
            session_id=session_id,
            display_name=self.display_name,
            password=self.password,
            access_token=self.access_token,
            prefer=self.prefer,
        )


class RealtimeAccess(msgspec.Struct, kw_only=True):
    url: str
    token: str
    channels: list[str]


class JoinSessionResponse(msgspec.Struct, kw_only=True):
    session: SessionResponse
    role: Role
    admission: Admission
    delivery: Literal["webrtc", "hls", "external"]
    livekit_url: str | None
    token: str | None
    hls_url: str | None
    external_url: str | None
    expires_at: Moment | None
    identity: str
    attendance_id: Uuid | None
    permissions: dict[str, bool]
    on_stage: bool
    realtime: RealtimeAccess

    @classmethod
    def of(
        cls,
        joined: steps.Joined,
        shown: Shown,
        *,
        media_url: str,
        hls_url: str | None,
        realtime: RealtimeAccess,
        now: datetime,
    ) -> Self:
        is_in = joined.admission == "admitted"
        return cls(
            session=SessionResponse.of(shown, now),
            role=joined.scene.standing.role,
            admission=joined.admission,
            delivery="webrtc" if joined.delivery == "sip" else joined.delivery,
            livekit_url=media_url if joined.media else None,
            token=joined.media.token if joined.media else None,
            hls_url=hls_url if is_in else None,
            external_url=joined.scene.session.external_url if is_in else None,
            expires_at=moment(joined.media.expires_at) if joined.media else None,
            identity=joined.identity,
            attendance_id=joined.attendance.id if joined.attendance else None,
            permissions=joined.permissions,
            on_stage=joined.scene.standing.is_on_stage,
            realtime=realtime,
        )


def realtime_access(
    joined: steps.Joined, actor: Actor, tokens: Tokens, url: str, now: datetime
) -> RealtimeAccess:
    """A token bound to the attendance, and the channels that it opens. Who waits hears their own only."""
    assert actor.account_id is not None
    assert actor.organization_id is not None
    assert actor.role is not None
    session = joined.scene.session
    channels = [f"user:{actor.account_id}", f"room:{session.room_id}"]
    if joined.admission == "admitted":
        channels.append(f"session:{session.id}")
        if joined.permissions.get("chat.read"):
            channels.append(f"chat:{session.id}")
        if hears_stage(joined.scene.standing.role):
            channels.append(f"stage:{session.id}")
        if joined.scene.standing.role in STAFF:
            channels.append(f"staff:{session.id}")
    claims = Claims(
        audience="realtime",
        expires_at=now + REALTIME_LIFETIME,
        account_id=actor.account_id,
        organization_id=actor.organization_id,
        role=actor.role,
        name=joined.name,
        family_id=actor.family_id,
        session_id=session.id,
        attendance_id=joined.attendance.id if joined.attendance else None,
        visitor_key=actor.visitor_key,
    )
    return RealtimeAccess(url=url, token=tokens.issue(claims), channels=channels)


class ActiveViewerResponse(msgspec.Struct, kw_only=True):
    user_id: Uuid | None
    identity: str
    username: str
    role: Role
    on_stage: bool
    hand_raised: bool
    joined_at: Moment

    @classmethod
    def of(cls, row: Attendance, marks: Marks) -> Self:
        return cls(
            user_id=row.account_id,
            identity=row.identity,
            username=row.display_name,
            role=row.role,
            on_stage=row.account_id in marks.seated,
            hand_raised=row.account_id in marks.hands_up,
            joined_at=moment(row.joined_at or row.created_at),
        )


class ActiveViewersResponse(msgspec.Struct, kw_only=True):
    viewers: list[ActiveViewerResponse]
    count: int
    pagination: Pagination

    @classmethod
    def of(cls, found: people.Present, marks: Marks, query: PageQuery) -> Self:
        return cls(
            viewers=[ActiveViewerResponse.of(row, marks) for row in found.rows],
            count=found.total,
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class AttendanceResponse(msgspec.Struct, kw_only=True):
    """One person in one session, all their connections added up."""

    id: Uuid
    session_id: Uuid
    user_id: Uuid | None
    username: str
    email: str | None
    role: Role
    source: Source
    joined_at: Moment
    left_at: Moment | None
    duration: int
    join_count: int
    is_active: bool
    delivery: Delivery
    country: str | None = None
    device: str | None = None

    @classmethod
    def of(cls, attendee: Attendee) -> Self:
        return cls(
            id=attendee.id,
            session_id=attendee.session_id,
            user_id=attendee.account_id,
            username=attendee.name,
            email=attendee.email,
            role=attendee.role,
            source=attendee.source,
            joined_at=moment(attendee.joined_at),
            left_at=moment(attendee.left_at),
            duration=attendee.duration_s,
            join_count=attendee.join_count,
            is_active=attendee.is_active,
            delivery=attendee.delivery,
        )


class AttendanceQuery(msgspec.Struct, kw_only=True):
    active: Annotated[bool, Meta(description="Only present, or only departed.")] | None = None
    source: Annotated[Source, Meta(description="Default both.")] | None = None
    search: Annotated[str, Meta(max_length=200, description="Name or address.")] = ""
    sort: Annotated[people.Sort, Meta(description="Default `joined_at`.")] = "joined_at"
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> people.Query:
        return people.Query(
            active=self.active,
            source=self.source,
            search=self.search,
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class AttendanceListResponse(msgspec.Struct, kw_only=True):
    attendance: list[AttendanceResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: people.Page, query: AttendanceQuery) -> Self:
        return cls(
            attendance=[AttendanceResponse.of(each) for each in found.attendees],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class AttendancePoint(msgspec.Struct, kw_only=True):
    at: Moment
    viewers: int

    @classmethod
    def of(cls, point: Point) -> Self:
        return cls(at=moment(point.at), viewers=point.viewers)


class AttendanceStatsResponse(msgspec.Struct, kw_only=True):
    session_id: Uuid
    current_viewers: int
    peak_viewers: int
    peak_at: Moment | None
    unique_viewers: int
    total_joins: int
    average_duration: int
    total_watch_time: int
    registered: int
    no_shows: int
    attendance_rate: float | None
    replay_viewers: int
    timeline: list[AttendancePoint]

    @classmethod
    def of(cls, figures: people.Statistics, expected: Metrics) -> Self:
        """The rate has no meaning where nobody is registered."""
        return cls(
            session_id=figures.session_id,
            current_viewers=figures.current_viewers,
            peak_viewers=figures.peak.viewers,
            peak_at=moment(figures.peak.at),
            unique_viewers=figures.unique_viewers,
            total_joins=figures.total_joins,
            average_duration=figures.average_duration_s,
            total_watch_time=figures.total_watch_s,
            registered=expected.registrants,
            no_shows=expected.no_shows,
            attendance_rate=expected.attendance_rate / 100 if expected.registrants else None,
            replay_viewers=figures.replay_viewers,
            timeline=[AttendancePoint.of(point) for point in figures.timeline],
        )


class ExportQuery(msgspec.Struct, kw_only=True):
    format: Annotated[Literal["csv", "xlsx", "json"], Meta(description="Default `csv`.")] = "csv"


class WatchedStretch(Request, kw_only=True):
    """A part of a recording that was played, in seconds of media."""

    start: Annotated[float, Meta(ge=0, le=1e9)]
    end: Annotated[float, Meta(ge=0, le=1e9)]


class BeatRequest(Request, kw_only=True):
    """A player's sign of life. What it says of itself is for diagnosis, save what was watched of a replay."""

    watched: Annotated[
        tuple[WatchedStretch, ...],
        Meta(max_length=100, description="Of a replay: what was played since the last beat."),
    ] = ()

    position: Annotated[float, Meta(ge=0, le=1e9, description="Seconds of media.")] | None = None
    rebuffering: Annotated[float, Meta(ge=0, le=1e9, description="Seconds since the last beat.")] | None = (
        None
    )
    quality: Annotated[str, Meta(max_length=40)] | None = None

    def stretches(self) -> list[Stretch]:
        return [Stretch(each.start, each.end) for each in self.watched]


class BeatResponse(msgspec.Struct, kw_only=True):
    attendance_id: Uuid
    next_beat_in: int  # seconds
