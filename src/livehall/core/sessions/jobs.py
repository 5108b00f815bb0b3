"""What time alone does to sessions."""

import structlog

from livehall.core.sessions import machine, plans, store
from livehall.core.sessions.faults import SessionNotFound
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)


async def sweep_idle(desk: Desk) -> None:
    """End live sessions that have had no source for their room's limit; call it every few seconds.

    Raises: DatabaseUnavailable. Emits: SessionEnded with reason `idle`.
    """
    async with desk.read(SYSTEM) as read:
        found = await store.idle(read)
    for session_id in found:
        await _end_idle(desk, session_id)


async def _end_idle(desk: Desk, session_id: Id) -> None:
    async with desk.work(SYSTEM, origin="job") as work:
        try:
            session, _ = await store.hold(work, await store.get(work, session_id))
        except SessionNotFound:
            return
        if session_id in await store.idle(work):  # a source may have come back meanwhile
            await machine.end(work, session, "idle")
            log.info("a session without a source was ended", session_id=session_id)


async def sweep_overdue(desk: Desk) -> None:
    """End live sessions that have had the minutes of their plan; call it every few seconds.

    Raises: DatabaseUnavailable. Emits: SessionEnded with reason `quota`.
    """
    async with desk.read(SYSTEM) as read:
        found = await plans.overdue(read)
    for session_id in found:
        async with desk.work(SYSTEM, origin="job") as work:
            try:
                session, _ = await store.hold(work, await store.get(work, session_id))
            except SessionNotFound:
                continue
            if plans.is_overdue(session, work.now):  # the plan may have changed meanwhile
                await machine.end(work, session, "quota")
                log.info("a session was ended by its plan", session_id=session_id)
