"""What a channel begins with, so that one round trip is enough to draw the page.

Publications older than the snapshot's `revision` are to be dropped by the client.
"""

from typing import Any

import msgspec

from livehall.core.chat import ops as chat
from livehall.core.recordings import store as recordings
from livehall.core.rooms import ops as rooms
from livehall.core.rooms.model import Room
from livehall.core.rooms.store import by_ids
from livehall.core.sessions.model import Session
from livehall.core.sessions.showing import show
from livehall.dialects.live.chat.wire import ChatMessageResponse
from livehall.dialects.live.polls.wire import PollResponse
from livehall.dialects.live.rooms.wire import RoomResponse
from livehall.dialects.live.sessions.wire import SessionResponse
from livehall.kernel.work import Read

MESSAGES = 50

encode = msgspec.json.Encoder().encode


def snapshot(revision: int, content: dict[str, Any]) -> bytes:
    return encode({"revision": revision, "snapshot": content})


async def of_session(
    read: Read, session: Session, rights: frozenset[str], polls: list[PollResponse]
) -> bytes:
    """Status, settings, pictures, count, recording sign, open polls, and what the listener may do."""
    (shown,) = await show(read, [session])
    recording = await recordings.running(read, session.id)
    content = {
        "session": SessionResponse.of(shown, read.now),
        "host_media": session.host_media,
        "recording": {"active": recording is not None},
        "polls": polls,
        "permissions": sorted(rights),
        "server_time": int(read.now.timestamp()),
    }
    return snapshot(session.revision, content)


async def of_chat(read: Read, session: Session) -> bytes:
    """The last messages, the oldest first."""
    page = await chat.page(read, chat.ReadMessages(session_id=session.id, limit=MESSAGES))
    messages = [ChatMessageResponse.of(message) for message in page.messages]
    return snapshot(session.revision, {"messages": messages})


async def of_room(read: Read, room: Room) -> bytes:
    """The room, with what is on."""
    found = await by_ids(read, {room.id})
    (shown,) = await rooms.show(read, list(found.values()))
    return snapshot(room.revision, {"room": RoomResponse.of(shown)})


def of_staff(session: Session) -> bytes:
    """The queues of hands, requests and waiting people belong to operations that are not there yet."""
    return snapshot(session.revision, {})
