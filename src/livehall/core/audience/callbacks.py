"""What a customer's own media vendor tells of the guests of a meeting, and who has been there.

Anybody may send such a callback, as no secret of ours comes with it. So it makes and ends nothing but
presence of its own: a row that our media server, or `join`, has made is never touched, no right and no
admission follows, and only a meeting that is on hears it, under an id that is told with its tokens alone.
"""

from typing import Any

import msgspec

from livehall.core.audience import callbacks_store, store
from livehall.core.audience.callbacks_store import Seen as Seen
from livehall.core.audience.rows import close, guest_key, new_row, tell_joined
from livehall.core.sessions import meetings_store as meetings
from livehall.core.sessions.meetings import LONGEST_GUEST_NAME
from livehall.core.sessions.model import Session
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

MOST = 10_000  # rows of one meeting
KEPT = ("forceUnpublished", "mediaStopped")  # a stream that ends so leaves its sender in the meeting


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One callback. `guest`: what the customer's server put into the token."""

    session_id: Id
    guest: str
    event: str
    reason: str
    payload: dict[str, Any]


async def seen(work: Work, link: str) -> tuple[Id, list[Seen]]:
    """The meeting behind a link, for its maker and for administrators, and every interval of those who were
    there live, in the order of coming; in one statement. Raises: SessionNotFound.
    """
    return await callbacks_store.seen(work, link)


async def take(work: Work, told: Told) -> None:
    """Hear a callback. What is about no meeting that is on, or means nothing, changes nothing.

    Emits: AttendanceJoined, AttendanceLeft.
    """
    session = await meetings.meeting(work, told.session_id)
    if session is None or not session.is_open or len(told.guest) > LONGEST_GUEST_NAME:
        return
    row = await callbacks_store.last_of(work, session.id, guest_key(told.guest))
    if told.event == "connectionCreated":
        if row is None or row.state != "present":
            await _come(work, session, told)
            return
    elif row is None:
        return
    elif told.event == "connectionDestroyed" or _ends(told):
        await close(work, session, row, work.now, "disconnected")
    elif told.event not in ("streamCreated", "streamDestroyed"):
        return
    await callbacks_store.note(work, row.id, told.payload)


def _ends(told: Told) -> bool:
    return told.event == "streamDestroyed" and told.reason not in KEPT


async def _come(work: Work, session: Session, told: Told) -> None:
    if await callbacks_store.count(work, session.id) >= MOST:
        return
    key = guest_key(told.guest)
    row = new_row(
        work,
        session,
        account_id=None,
        visitor_key=key,
        device_key=None,
        name=told.guest,
        role="viewer",
        state="present",
        delivery="external",
        identity=key,
        joined_at=work.now,
    )
    await store.add(work, msgspec.structs.replace(row, callback=told.payload))
    tell_joined(work, session, row, work.now)
