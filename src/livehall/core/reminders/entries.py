"""A session as an entry of somebody's calendar."""

from datetime import datetime

from livehall.core.ports.mail import CalendarEntry
from livehall.core.rooms.model import Room
from livehall.core.sessions.model import Session


def entry_of(
    session: Session,
    room: Room,
    origin: str,
    now: datetime,
    attendee: str | None = None,
    *,
    link: str | None = None,
) -> CalendarEntry:
    """Of a session with a planned start. `origin`: of the page's address, without a slash at the end.

    `link`: where this person comes in, instead of the room's page.

    The uid is the session's id (RFC 7986 §5.3 asks for a UUID). The sequence is its revision, which rises
    with every change, and so with every move.
    """
    assert session.scheduled_start_at is not None, "nothing to write into a calendar"
    url = link or f"{origin}/w/{room.id}"
    words = [part for part in (session.description, room.title, url) if part]
    return CalendarEntry(
        uid=session.id,
        sequence=session.revision,
        title=session.title,
        description="\n\n".join(words),
        url=url,
        starts_at=session.scheduled_start_at,
        ends_at=session.scheduled_end_at,
        written_at=now,
        attendee=attendee,
    )
