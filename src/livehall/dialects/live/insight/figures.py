"""What the figures of one session look like on the wire."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.insight.attending import Attendee, Page
from livehall.core.insight.metrics import Metrics, Report, Said
from livehall.core.sessions.model import Status
from livehall.core.sessions.rights import Role
from livehall.core.sessions.rules import duration_s
from livehall.dialects.kit import Moment, moment
from livehall.dialects.live.attendance.wire import AttendanceStatsResponse
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageSize, Pagination

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[int, Meta(ge=0, description="Whole seconds.")]


class AttendeesQuery(msgspec.Struct, kw_only=True):
    active: Annotated[bool, Meta(description="Only who is there now, or is not.")] | None = None
    page: PageNumber = 1
    limit: PageSize = 20

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


class AttendeeResponse(msgspec.Struct, kw_only=True):
    """One person who watched. `id` is the participant's; a walk-in's is that of the account."""

    id: str
    participant_id: Uuid | None
    user_id: Uuid | None
    email: str | None
    first_name: str | None
    last_name: str | None
    name: str
    external_id: str | None
    role: Role
    live_watch_time: Seconds
    replay_watch_time: Annotated[int, Meta(ge=0, description="Whole seconds of media.")]
    joined_at: Moment
    left_at: Moment | None
    is_active: bool
    has_participated: bool
    has_replayed: bool

    @classmethod
    def of(cls, one: Attendee) -> Self:
        return cls(
            id=one.id,
            participant_id=one.participant_id,
            user_id=one.account_id,
            email=one.email,
            first_name=one.first_name,
            last_name=one.last_name,
            name=one.name,
            external_id=one.external_id,
            role=one.role,
            live_watch_time=one.live_s,
            replay_watch_time=one.replay_s,
            joined_at=moment(one.joined_at),
            left_at=moment(one.left_at),
            is_active=one.is_present,
            has_participated=one.has_attended,
            has_replayed=one.has_replayed,
        )


class AttendeesResponse(msgspec.Struct, kw_only=True):
    attendees: list[AttendeeResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: Page, query: AttendeesQuery) -> Self:
        return cls(
            attendees=[AttendeeResponse.of(each) for each in found.attendees],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class MetricsResponse(msgspec.Struct, kw_only=True):
    """Figures of a session, exact at the time of the question."""

    invited: Annotated[int, Meta(ge=0, description="Who was asked to come; without staff.")]
    registrant: Annotated[int, Meta(ge=0, description="Who registered, or accepted.")]
    attendee: Annotated[int, Meta(ge=0, description="Who was there while it was live.")]
    no_show: Annotated[int, Meta(ge=0, description="Registrants who did not come, once it is over.")]
    attendance_rate: Annotated[int, Meta(ge=0, le=100, description="Registrants who came, in percent.")]
    average_view_time: Annotated[int, Meta(ge=0, description="Seconds on air, of those who were there.")]
    total_replay_view: Annotated[int, Meta(ge=0, description="Who watched five seconds of a replay.")]

    @classmethod
    def of(cls, found: Metrics) -> Self:
        return cls(
            invited=found.invited,
            registrant=found.registrants,
            attendee=found.attendees,
            no_show=found.no_shows,
            attendance_rate=found.attendance_rate,
            average_view_time=found.average_view_s,
            total_replay_view=found.replay_views,
        )


class Interaction(msgspec.Struct, kw_only=True):
    """How much was said and done."""

    chat_messages: Count
    questions: Count
    answered_questions: Count
    polls: Count
    votes: Count
    recordings: Count

    @classmethod
    def of(cls, said: Said) -> Self:
        return cls(**msgspec.structs.asdict(said))


class ReportResponse(msgspec.Struct, kw_only=True):
    """All figures of a session."""

    session_id: Uuid
    title: str
    status: Status
    started_at: Moment | None
    ended_at: Moment | None
    duration: Seconds
    metrics: MetricsResponse
    attendance: AttendanceStatsResponse
    interaction: Interaction

    @classmethod
    def of(cls, report: Report, now: datetime) -> Self:
        session = report.session
        return cls(
            session_id=session.id,
            title=session.title,
            status=session.status,
            started_at=moment(session.started_at),
            ended_at=moment(session.ended_at),
            duration=duration_s(session, now),
            metrics=MetricsResponse.of(report.metrics),
            attendance=AttendanceStatsResponse.of(report.statistics, report.metrics),
            interaction=Interaction.of(report.said),
        )
