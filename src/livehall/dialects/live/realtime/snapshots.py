"""What a channel begins with, so that one round trip is enough to draw the page.

Publications older than the snapshot's `revision` are to be dropped by the client.
"""

from typing import Any

import msgspec

from livehall.core.audience import store as audience
from livehall.core.chat import ops as chat
from livehall.core.moderation import ops as moderation
from livehall.core.recordings import store as recordings
from livehall.core.rooms import ops as rooms
from livehall.core.rooms.model import Room
from livehall.core.rooms.store import by_ids
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import settings_of
from livehall.core.sessions.showing import show
from livehall.core.stage import management, seating
from livehall.core.stage.seating import Member
from livehall.dialects.live.chat.wire import ChatMessageResponse
from livehall.dialects.live.moderation.wire import BannedParticipantResponse, WaitingPersonResponse
from livehall.dialects.live.polls.wire import PollResponse
from livehall.dialects.live.rooms.wire import RoomResponse
from livehall.dialects.live.sessions.wire import SessionResponse
from livehall.dialects.live.stage.wire import HandRaiseResponse, JoinRequestResponse, StageRights, StageSeat
from livehall.kernel.work import Read

MESSAGES = 50
ROSTER = 50  # people on stage
QUEUED = 100  # entries of a queue; the rest is read page by page

encode = msgspec.json.Encoder().encode


def snapshot(revision: int, content: dict[str, Any]) -> bytes:
    return encode({"revision": revision, "snapshot": content})


async def of_session(
    read: Read, session: Session, rights: frozenset[str], polls: list[PollResponse]
) -> bytes:
    """Status, settings, pictures, count, recording sign, stage, open polls, what the listener may do."""
    (shown,) = await show(read, [session])
    members = await _members(read, session)
    hands = await management.waiting(read, session, "hand")
    recording = await recordings.running(read, session.id)
    content = {
        "session": SessionResponse.of(shown, read.now),
        "host_media": session.host_media,
        "recording": {"active": recording is not None},
        "stage": {
            "participants": [StageSeat.of(member) for member in members[:ROSTER]],
            "count": len(members),
            "limit": settings_of(session).max_join_limit,
        },
        "hands": {"pending": len(hands)},
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


async def of_stage(read: Read, session: Session) -> bytes:
    """Who is on stage, with what they may publish."""
    members = await _members(read, session)
    return snapshot(session.revision, {"stage": [StageRights.of(each) for each in members[:ROSTER]]})


async def of_staff(read: Read, session: Session) -> bytes:
    """The queues: hands, requests, people who wait at the door; the stage, and who is banned."""
    members = await _members(read, session)
    hands = await management.waiting(read, session, "hand")
    requests = await management.waiting(read, session, "join")
    waiting, _ = await audience.waiting_in(read, session.id, offset=0, limit=QUEUED)
    banned = await moderation.listed(read, session.id)
    content = {
        "stage": [StageRights.of(each) for each in members[:ROSTER]],
        "hands": [HandRaiseResponse.of_waiting(each) for each in hands[:QUEUED]],
        "join_requests": [JoinRequestResponse.of_waiting(each) for each in requests[:QUEUED]],
        "waiting": [WaitingPersonResponse.of(row) for row in waiting],
        "banned": [BannedParticipantResponse.of(each) for each in banned[:QUEUED]],
    }
    return snapshot(session.revision, content)


async def _members(read: Read, session: Session) -> list[Member]:
    room = (await by_ids(read, {session.room_id}))[session.room_id]
    return await seating.members(read, session, room)
