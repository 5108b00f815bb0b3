"""What time alone does to sessions."""

from collections.abc import Awaitable, Callable, Iterable

import structlog

from livehall.core.sessions import machine, plans, store
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import EndReason, Session
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)


async def sweep_idle(desk: Desk) -> None:
    """End live sessions that have had no source for their room's limit; call it every few seconds.

    Raises: DatabaseUnavailable. Emits: SessionEnded with reason `idle`.
    """

    async def is_idle(work: Work, session: Session) -> bool:
        return session.id in await store.idle(work)  # a source may have come back meanwhile

    async with desk.read(SYSTEM) as read:
        found = await store.idle(read)
    await end_each(desk, found, is_idle, "idle", "a session without a source was ended")


async def sweep_overdue(desk: Desk) -> None:
    """End live sessions that have had the minutes of their plan; call it every few seconds.

    Raises: DatabaseUnavailable. Emits: SessionEnded with reason `quota`.
    """

    async def is_overdue(work: Work, session: Session) -> bool:
        return plans.is_overdue(session, work.now)  # the plan may have changed meanwhile

    async with desk.read(SYSTEM) as read:
        found = await plans.overdue(read)
    await end_each(desk, found, is_overdue, "quota", "a session was ended by its plan")


async def end_each(
    desk: Desk,
    found: Iterable[Id],
    is_still: Callable[[Work, Session], Awaitable[bool]],
    reason: EndReason,
    words: str,
) -> None:
    """End those of which it still holds, once each is held; `words` go into the log.

    Raises: DatabaseUnavailable. Emits: SessionEnded.
    """
    for session_id in found:
        async with desk.work(SYSTEM, origin="job") as work:
            try:
                session, _ = await store.hold(work, await store.get(work, session_id))
            except SessionNotFound:
                continue
            if await is_still(work, session):
                await machine.end(work, session, reason)
                log.info(words, session_id=session_id)
