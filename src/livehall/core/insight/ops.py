"""Use cases of figures."""

from datetime import datetime, timedelta

import msgspec

from livehall.core.insight import store
from livehall.core.insight.store import Recorded, SessionFigures, Watched
from livehall.core.rooms.rules import check_may_host
from livehall.core.sessions.showing import Shown, show
from livehall.kernel.faults import invalid
from livehall.kernel.work import Work

USUAL_PERIOD = timedelta(days=30)


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over the actor's rooms, or an administrator's organization.

    As of now: `rooms`, what is live, scheduled and upcoming, present viewers, bytes. Of the period: sessions
    that begin in it (as planned, until they have begun), that ended in it, viewers, their time, recordings.
    """

    since: datetime
    until: datetime
    rooms: int
    sessions: SessionFigures
    watched: Watched
    recorded: Recorded
    upcoming: list[Shown]

    @property
    def average_watch_s(self) -> int:
        """For each person; 0 without any."""
        return round(self.watched.seconds / self.watched.people) if self.watched.people else 0


async def dashboard(work: Work, since: datetime | None = None, until: datetime | None = None) -> Dashboard:
    """The period ends now and has 30 days, unless said otherwise. Raises: Forbidden, Invalid."""
    check_may_host(work.actor)
    until = until or work.now
    since = since or until - USUAL_PERIOD
    if since >= until:
        raise invalid("from", "The period begins before it ends.")
    return Dashboard(
        since=since,
        until=until,
        rooms=await store.count_rooms(work),
        sessions=await store.sessions(work, since, until),
        watched=await store.watched(work, since, until),
        recorded=await store.recorded(work, since, until),
        upcoming=await show(work, await store.upcoming(work)),
    )
