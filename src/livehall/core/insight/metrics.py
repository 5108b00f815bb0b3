"""Use cases of the figures of sessions."""

from collections.abc import Sequence

import msgspec

from livehall.core.audience import people as audience
from livehall.core.audience.people import Statistics
from livehall.core.insight import attending
from livehall.core.insight import metrics_store as store
from livehall.core.insight.metrics_store import Metrics, Said
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import rights_of
from livehall.core.sessions.showing import Shown
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

__all__ = ["Metrics", "Report", "Said", "kept", "metrics", "of_session", "of_shown", "report"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a session."""

    session: Session
    metrics: Metrics
    statistics: Statistics
    said: Said


async def metrics(work: Work, session_ids: list[Id]) -> dict[Id, Metrics]:
    """Exact, of many sessions, in a constant number of queries; whoever asks: the caller has decided."""
    return await store.metrics(work, session_ids)


async def of_shown(work: Work, shown: Shown) -> Metrics | None:
    """Exact, of a session that the actor sees; None where they may not run it."""
    if not _may_know(shown):
        return None
    return (await store.metrics(work, [shown.session.id]))[shown.session.id]


def kept(sessions: Sequence[Shown]) -> list[Metrics | None]:
    """Those that sessions keep for lists, in the same order; None where the actor may not run one."""
    return [_kept(each.session) if _may_know(each) else None for each in sessions]


def _kept(session: Session) -> Metrics:
    return Metrics(
        invited=session.invited,
        registrants=session.registrants,
        attendees=session.attendees,
        no_shows=session.no_shows,
        attendance_rate=session.attendance_rate,
        average_view_s=session.average_view_s,
        replay_views=session.replay_views,
    )


def _may_know(shown: Shown) -> bool:
    """An owner may run it whatever else holds; lists of administrators are long, and ask no further."""
    return shown.standing.is_owner or "session.run" in rights_of(shown.settings, shown.standing)


async def of_session(work: Work, session_id: Id) -> tuple[Session, Metrics]:
    """Raises: SessionNotFound, Forbidden, Banned."""
    session = await attending.check(work, session_id)
    return session, (await store.metrics(work, [session.id]))[session.id]


async def report(work: Work, session_id: Id) -> Report:
    """Raises: SessionNotFound, Forbidden, Banned."""
    session, found = await of_session(work, session_id)
    return Report(
        session=session,
        metrics=found,
        statistics=await audience.statistics(work, session.id),
        said=await store.said(work, session.id),
    )
