"""What time alone does to the stage, and what lost reports would have done."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import structlog

from livehall.core.audience.figures import GRACE
from livehall.core.ports.media import MediaRooms, MediaUnavailable
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.stage import seating, steps, store
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)

COUNT_S = 3.0  # seconds between two counts of hands
SETTLE_S = 15.0  # seconds between two looks at everybody's rights


async def sweep(desk: Desk) -> None:
    """Close the seats of people who vanished, and let their hands expire; not their requests (C15).

    Call it every few seconds. Raises: DatabaseUnavailable. Emits: StageLeft, HandLowered.
    """
    async with desk.read(SYSTEM) as read:
        before = read.now - GRACE
        found = {row.session_id for row in await store.vanished_members(read, before)}
        found |= {row.session_id for row in await store.vanished_hands(read, before)}
    for session_id in sorted(found):
        await _sweep(desk, session_id, GRACE)


async def _sweep(desk: Desk, session_id: Id, grace: timedelta) -> None:
    async with desk.work(SYSTEM, origin="job") as work:
        try:
            session = (await seating.held(work, await sessions.get(work, session_id))).session
        except SessionNotFound:
            return
        before = work.now - grace
        for seat in await store.vanished_members_of(work, session_id, before):  # some may be back by now
            await seating.unseat(work, session, seat, "disconnected")
        for hand in await store.vanished_hands_of(work, session_id, before):
            await seating.resolve(work, session, hand, "expired")


async def reconcile_rights(desk: Desk, media: MediaRooms) -> None:
    """Give everybody's connections their rights, whatever reports and reactions were lost.

    What cannot be done now is left to the next round; nothing is raised.
    """
    try:
        async with desk.read(MEDIA) as read:
            opened = await sessions.open_sessions(read)
    except DatabaseUnavailable:
        return
    for session in opened:
        try:
            await steps.settle(desk, media, session.id)
        except (MediaUnavailable, DatabaseUnavailable) as fault:
            log.warning("rights on stage could not be compared", session_id=session.id, fault=fault.code)


class HandCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many hands are up, for the audience; never stored in the journal. `rises`: more than before."""

    session_id: Id
    revision: int
    pending: int
    rises: bool


class HandCounts:
    """Counts when asked, every `COUNT_S`, and tells only what changed."""

    def __init__(self, desk: Desk, publish: Callable[[HandCount], None]) -> None:
        self._desk, self._publish = desk, publish
        self._told: dict[Id, int] | None = {}

    def begin_anew(self) -> None:
        """Another process counted until now: what it told last is not known, so that all is told again."""
        self._told = None

    async def count(self) -> None:
        """One round over all open sessions, in one query. Raises: DatabaseUnavailable."""
        async with self._desk.read(SYSTEM) as read:
            counted = await store.hands_up(read)
        told, self._told = self._told, {session_id: pending for session_id, _, pending in counted}
        for session_id, revision, pending in counted:
            before = 0 if told is None else told.get(session_id, 0)
            if pending != before or told is None:
                self._publish(
                    HandCount(
                        session_id=session_id, revision=revision, pending=pending, rises=pending > before
                    )
                )
