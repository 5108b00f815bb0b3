"""Use cases of the figures of sessions."""

import msgspec

from livehall.core.audience import people as audience
from livehall.core.audience.people import Statistics
from livehall.core.insight import attending
from livehall.core.insight import metrics_store as store
from livehall.core.insight.metrics_store import Metrics, Said
from livehall.core.sessions.model import Session
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

__all__ = ["Metrics", "Report", "Said", "metrics", "of_session", "report"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a session."""

    session: Session
    metrics: Metrics
    statistics: Statistics
    said: Said


async def metrics(work: Work, session_ids: list[Id]) -> dict[Id, Metrics]:
    """Exact, of many sessions, in a constant number of queries; whoever asks."""
    return await store.metrics(work, session_ids)


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
