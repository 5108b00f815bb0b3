"""What follows from people leaving, after the commit."""

from collections.abc import Mapping, Sequence

import structlog

from livehall.core.audience import people, store
from livehall.core.ports.media import MediaRooms
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)


def reactions(desk: Desk, media: MediaRooms) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off. Each is harmless when repeated."""

    async def close_connections(entry: Entry) -> None:
        """Who said goodbye is put out of the media room; one who has come back by the same name stays."""
        if entry.data["media_room"] is None or entry.session_id is None:
            return
        for identity in entry.data["identities"]:
            async with desk.read(SYSTEM) as read:
                newest = await store.by_identity(read, entry.session_id, identity)
            if newest is None or newest.state == "left":
                await media.remove(entry.data["media_room"], identity)

    async def refuse_connection(entry: Entry) -> None:
        log.info("a connection was refused", session_id=entry.session_id)
        await media.remove(entry.data["media_room"], entry.data["identity"])

    async def settle_peak(entry: Entry) -> None:
        """Short peaks between two counts show in the intervals."""
        if entry.session_id is None:
            return
        async with desk.read(SYSTEM) as read:
            peak = await people.peak_of(read, entry.session_id)
        async with desk.work(SYSTEM, origin="job") as work:
            try:
                session = await sessions.ever(work, entry.session_id)
            except SessionNotFound:
                return
            if peak.viewers != session.max_viewers:
                await sessions.note(work, session.id, {"max_viewers": peak.viewers})

    return {
        "visitor.left": [close_connections],
        "visitor.removed": [close_connections],
        "connection.refused": [refuse_connection],
        "session.ended": [settle_peak],
    }
