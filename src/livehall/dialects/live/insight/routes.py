"""Operations of figures."""

from livehall.core.insight import ops
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.insight import wire
from livehall.kernel.faults import Forbidden


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
