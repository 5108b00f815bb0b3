"""What figures look like on the wire."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.insight.ops import Dashboard
from livehall.core.sessions.rules import clean_instant
from livehall.dialects.kit import Moment, moment
from livehall.dialects.live.sessions.wire import SessionResponse

Start = Annotated[datetime, Meta(tz=True, description="Start of the period; default 30 days ago.")]
End = Annotated[datetime, Meta(tz=True, description="End of the period; default now.")]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[int, Meta(ge=0, description="Seconds.")]


class PeriodQuery(msgspec.Struct, kw_only=True):
    since: Start | None = msgspec.field(default=None, name="from")
    until: End | None = msgspec.field(default=None, name="to")

    @property
    def start(self) -> datetime | None:
        return clean_instant(self.since, "from") if self.since else None

    @property
    def end(self) -> datetime | None:
        return clean_instant(self.until, "to") if self.until else None


class DashboardStatsResponse(msgspec.Struct, kw_only=True):
    """Figures for the caller's dashboard."""

    total_rooms: Count
    total_sessions: Count
    live_sessions: Count
    scheduled_sessions: Count
    ended_sessions: Count
    current_viewers: Count
    total_viewers: Annotated[int, Meta(ge=0, description="Distinct people over the period.")]
    peak_viewers: Count
    total_watch_time: Seconds
    average_watch_time: Annotated[int, Meta(ge=0, description="Seconds per distinct person.")]
    total_recordings: Count
    storage_used: Annotated[int, Meta(ge=0, description="Bytes.")]
    upcoming_sessions: Annotated[list[SessionResponse], Meta(description="The next five.")]
    period_start: Moment
    period_end: Moment

    @classmethod
    def of(cls, found: Dashboard, now: datetime) -> Self:
        sessions = found.sessions
        return cls(
            total_rooms=found.rooms,
            total_sessions=sessions.total,
            live_sessions=sessions.live,
            scheduled_sessions=sessions.scheduled,
            ended_sessions=sessions.ended,
            current_viewers=sessions.current_viewers,
            total_viewers=found.watched.people,
            peak_viewers=sessions.peak_viewers,
            total_watch_time=round(found.watched.seconds),
            average_watch_time=found.average_watch_s,
            total_recordings=found.recorded.recordings,
            storage_used=found.recorded.bytes,
            upcoming_sessions=[SessionResponse.of(each, now) for each in found.upcoming],
            period_start=moment(found.since),
            period_end=moment(found.until),
        )
