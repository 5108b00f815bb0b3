"""Operations of figures."""

from livehall.core.insight import attending, metrics, ops
from livehall.core.sessions.faults import Banned, FeatureDisabled, SessionNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.insight import figures, wire
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id

OF_SESSION = (SessionNotFound, Forbidden, Banned, FeatureDisabled)


@api.route(
    "GET", "/sessions/stats", operation="getDashboardStats", tag="Sessions", access="host",
    raises=[Forbidden],
)  # fmt: skip
async def get_dashboard_stats(work: Read, query: wire.PeriodQuery) -> wire.DashboardStatsResponse:
    """Figures for the caller's dashboard.

    Covers the caller's rooms; an administrator gets the whole organization. Rooms, live and scheduled
    sessions, present viewers and storage are as of now; all else is of the period.
    """
    return wire.DashboardStatsResponse.of(await ops.dashboard(work, query.start, query.end), work.now)


@api.route(
    "GET", "/sessions/{id}/attendees", operation="listAttendees", tag="Statistics", access="host",
    raises=OF_SESSION,
)  # fmt: skip
async def list_attendees(work: Read, id: Id, query: figures.AttendeesQuery) -> figures.AttendeesResponse:
    """Everybody who watched, live or the replay, with both times.

    With `active`, those who are there now. The host and the staff are among them; monitors are not.
    """
    found = await attending.page(work, id, query.active, limit=query.limit, offset=query.offset)
    return figures.AttendeesResponse.of(found, query)


@api.route(
    "GET", "/sessions/{id}/metrics", operation="getSessionMetrics", tag="Statistics", access="host",
    raises=OF_SESSION,
)  # fmt: skip
async def get_session_metrics(work: Read, id: Id) -> figures.MetricsResponse:
    """Invited, registered, present, rate, no-shows, mean view time, replay views."""
    _, found = await metrics.of_session(work, id)
    return figures.MetricsResponse.of(found)


@api.route(
    "GET", "/sessions/{id}/report", operation="getSessionReport", tag="Statistics", access="host",
    raises=OF_SESSION,
)  # fmt: skip
async def get_session_report(work: Read, id: Id) -> figures.ReportResponse:
    """All figures of a session in one document."""
    return figures.ReportResponse.of(await metrics.report(work, id), work.now)
