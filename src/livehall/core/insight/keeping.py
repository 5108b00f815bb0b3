"""Kept figures: what lists filter by, recomputed from the rows and never added to (I12).

An event that may change them marks the session (or all of a room) as due, in the database, so that a crash
loses nothing; a loop recomputes what is due, the longest waiting first. What no event tells (time that goes
by while it is live, players of a replay) is marked every `RUNNING`. The cost is bounded: after a round that
took long, the next one waits a multiple of that.
"""

import time
from collections.abc import Mapping, Sequence

from livehall.core.insight import metrics_store as store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk

EVERY_S = 0.5
RUNNING_S = 15.0
BATCH = 20  # sessions recomputed at once
SHARE = 20  # a round may take a twentieth of the time
EVENTS = (
    "participant.corrected",
    "participant.registered",
    "participant.registration",
    "participant.role",
    "participant.rsvp",
    "person.changed",
    "person.invited",
    "person.withdrawn",
    "recording.deleted",
    "recording.state",
    "recording.updated",
    "registrations.imported",
    "session.cancelled",
    "session.ended",
    "session.updated",
)


class KeptFigures:
    """One for the hall."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running_at = 0.0  # when those that run are marked next, by the monotonic clock
        self._rest_until = 0.0

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {kind: [self.changed] for kind in EVENTS}

    async def changed(self, entry: Entry) -> None:
        """Harmless when repeated."""
        async with self._desk.work(SYSTEM, origin="job") as work:
            await store.mark(work, entry.session_id, entry.room_id)

    async def gather(self) -> None:
        """One round of the loop. Raises: DatabaseUnavailable."""
        now = time.monotonic()
        if now < self._rest_until:
            return
        if now >= self._running_at:
            async with self._desk.work(SYSTEM, origin="job") as work:
                await store.mark_running(work)
            self._running_at = now + RUNNING_S
        await self._recompute()
        self._rest_until = time.monotonic() + SHARE * (time.monotonic() - now)

    async def _recompute(self) -> None:
        async with self._desk.read(SYSTEM) as read:
            due = await store.due(read, BATCH)
            if not due:
                return
            found = await store.metrics(read, [session_id for session_id, _ in due])
        for session_id, since in due:  # one by one: others hold sessions in an order of their own
            async with self._desk.work(SYSTEM, origin="job") as work:
                await store.keep(work, session_id, found[session_id], since)
