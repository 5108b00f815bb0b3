"""What followers are told follows from the events of rooms and sessions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from livehall.core.reminders import planning, store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction, only_if
from livehall.kernel.work import Desk

MOST_CANCELLED = 100  # sessions of a room that is deleted; further ones are far away


class Reactions:
    """Each is harmless when repeated."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {
            "session.created": [self.planned],
            "session.updated": [self.updated],
            "session.rescheduled": [self.moved],
            "session.live": [self.live],
            "session.ended": [self.over],
            "session.cancelled": [self.cancelled],
            "session.deleted": [self.cancelled],
            "room.deleted": [self.closed],
            "participant.registered": [self.registered],
            "participant.registration": [self.registered],
        }

    @only_if(lambda created: not created.get("in_new_room"))
    async def planned(self, entry: Entry) -> None:
        assert entry.session_id is not None
        await planning.plan_new(self._desk, entry.session_id)

    async def updated(self, entry: Entry) -> None:
        assert entry.session_id is not None
        if "scheduled_start_at" in entry.data["changed"]:
            await planning.plan_session(self._desk, entry.session_id, at_once=True)

    async def moved(self, entry: Entry) -> None:
        """Reminders move along, whether people are told of the move or not."""
        assert entry.session_id is not None
        start, before = _instant(entry, "scheduled_start_at"), _instant(entry, "previous_start_at")
        is_move = entry.data["notify"] and before is not None and before != start
        await planning.plan_session(self._desk, entry.session_id, at_once=not is_move)
        if is_move:
            await planning.tell(self._desk, entry.session_id, "moved", str(entry.data["revision"]), before)

    async def live(self, entry: Entry) -> None:
        assert entry.session_id is not None
        await planning.forget(self._desk, entry.session_id, "reminder", "moved")
        await planning.tell(self._desk, entry.session_id, "live", "")

    async def over(self, entry: Entry) -> None:
        assert entry.session_id is not None
        await planning.forget(self._desk, entry.session_id, "reminder", "moved", "live")

    async def cancelled(self, entry: Entry) -> None:
        """Only of one that people could still have come to."""
        assert entry.session_id is not None
        await self._call_off(entry.session_id, entry.occurred_at)

    async def closed(self, entry: Entry) -> None:
        assert entry.room_id is not None
        async with self._desk.read(SYSTEM) as read:
            sessions = await store.gone_with_room(read, entry.room_id, MOST_CANCELLED)
        for session in sessions:
            await self._call_off(session.id, entry.occurred_at)

    async def registered(self, entry: Entry) -> None:
        """Somebody's registration may hold now; if not, nothing is planned."""
        await planning.plan_registrant(self._desk, entry.data["participant_id"])

    async def _call_off(self, session_id: str, at: datetime) -> None:
        async with self._desk.read(SYSTEM) as read:
            session = await store.session_of(read, session_id)
        await planning.forget(self._desk, session_id, "reminder", "moved", "live")
        if session is None or session.started_at is not None or session.status == "ended":
            return
        if session.scheduled_start_at is not None and session.scheduled_start_at > at:
            await planning.tell(self._desk, session_id, "cancellation", "")


def reactions(desk: Desk) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off."""
    return Reactions(desk).by_event()


def _instant(entry: Entry, name: str) -> datetime | None:
    return msgspec.convert(entry.data[name], datetime | None)
