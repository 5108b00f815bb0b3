"""What a channel begins with, so that one round trip is enough to draw the page.

Publications older than the snapshot's `revision` are to be dropped by the client.
"""

from typing import Any

import msgspec

from livehall.core.audience import waiting
from livehall.core.audience.listening import Seat
from livehall.core.chat import ops as chat
from livehall.core.moderation import ops as moderation
from livehall.core.people import reading as people
from livehall.core.recordings import cleaning
from livehall.core.recordings import ops as recordings
from livehall.core.rooms import libraries
from livehall.core.rooms import ops as rooms
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import settings_of
from livehall.core.sessions.showing import show
from livehall.core.stage import management, seating
from livehall.dialects.kit import moment
from livehall.dialects.live.chat.wire import ChatMessageFacts
from livehall.dialects.live.libraries.wire import LibraryResponse
from livehall.dialects.live.moderation.wire import BannedParticipantResponse, WaitingPersonResponse
from livehall.dialects.live.polls.wire import PollResponse
from livehall.dialects.live.questions.snapshot import pending_questions
from livehall.dialects.live.questions.wire import QuestionResponse
from livehall.dialects.live.rooms.wire import RoomResponse
from livehall.dialects.live.sessions.wire import SessionResponse
from livehall.dialects.live.stage.wire import HandRaiseResponse, JoinRequestResponse, StageRights, StageSeat
from livehall.kernel.ids import Id
from livehall.kernel.work import Read

MESSAGES = 50
ROSTER = 50  # people on stage
ROOMS = 20  # of a library, the newest; the rest is read page by page
LONGEST_TEXT = 500  # characters of a description
NONE_OLDER = 0  # events of many sessions come here, each with its own session's revision
TALK_LIMIT = 48 * 1024  # bytes of polls and questions; a snapshot has at most 64 KiB
QUEUED = 100  # entries of a queue; the rest is read page by page

encode = msgspec.json.Encoder().encode


def snapshot(revision: int, content: dict[str, Any]) -> bytes:
    return encode({"revision": revision, "snapshot": content})


def room_beside(polls: list[PollResponse]) -> int:
    """How many bytes are left for questions."""
    return TALK_LIMIT - len(encode(polls))


async def of_session(
    read: Read, seat: Seat, polls: list[PollResponse], questions: list[QuestionResponse]
) -> bytes:
    """Status, settings, pictures, count, recording, stage, polls, questions, what the listener may do."""
    session = seat.session
    (shown,) = await show(read, [session])
    members = await seating.members(read, session, seat.room)
    hands = await management.waiting(read, session, "hand")
    content = {
        "session": SessionResponse.of(shown, read.now),
        "host_media": session.host_media,
        "recording": {"active": await recordings.is_running(read, session.id)},
        "stage": {
            "participants": [StageSeat.of(member) for member in members[:ROSTER]],
            "count": len(members),
            "limit": settings_of(session).max_join_limit,
            "pinned": session.pinned_id,
        },
        "hands": {"pending": len(hands)},
        "polls": polls,
        "questions": questions,
        "permissions": sorted(seat.rights),
        "server_time": int(read.now.timestamp()),
    }
    return snapshot(session.revision, content)


async def of_chat(read: Read, session: Session) -> bytes:
    """The last messages, the oldest first."""
    page = await chat.page(read, chat.ReadMessages(session_id=session.id, limit=MESSAGES))
    files = await chat.files_of(read, page.messages)
    messages = [ChatMessageFacts.known(each, files.get(each.id)) for each in page.messages]
    return snapshot(session.revision, {"messages": messages})


def of_room(shown: rooms.Shown) -> bytes:
    """The room, with what is on."""
    return snapshot(shown.room.revision, {"room": RoomResponse.of(shown)})


async def of_library(read: Read, library_id: Id, organization_id: Id) -> bytes:
    """The library, its newest rooms that its hosts may find, and what is on air there.

    Raises: LibraryNotFound.
    """
    shelf = await libraries.within(read, library_id, organization_id)
    read.actor = msgspec.structs.replace(read.actor, library_id=library_id)  # lists hold nothing else
    found = await rooms.page(read, rooms.Query(limit=ROOMS))
    on_air = await sessions.page(read, sessions.Query(statuses=("live",), sort="on_air", limit=ROOMS))
    content = {
        "library": LibraryResponse.of(shelf),
        "rooms": [_cut(RoomResponse.of(each)) for each in found.rooms],
        "live": [
            {
                "session_id": each.session.id,
                "room_id": each.session.room_id,
                "title": each.session.title,
                "viewer_count": each.session.viewer_count,
                "started_at": moment(each.session.started_at),
            }
            for each in on_air.sessions
        ],
    }
    return snapshot(NONE_OLDER, content)


async def of_organization(read: Read, organization_id: Id) -> bytes:
    """The organization, its plan, and the cleanup that runs."""
    house = await people.house(read, organization_id)
    organization, plan = house.organization, house.plan
    cleanup = await cleaning.running(read, organization_id)
    content = {
        "organization": {"id": organization.id, "name": organization.name},
        "plan": {"code": plan.code, "name": plan.name, "quotas": plan.limits} if plan else None,
        "jobs": [{"job_id": cleanup.id, "kind": "cleanup", "state": cleanup.state}] if cleanup else [],
    }
    return snapshot(NONE_OLDER, content)


def _cut(room: RoomResponse) -> RoomResponse:
    """A long description is read from the API, so that the whole snapshot stays below 64 KiB."""
    text = room.description
    return room if text is None else msgspec.structs.replace(room, description=text[:LONGEST_TEXT])


async def of_stage(read: Read, seat: Seat) -> bytes:
    """Who is on stage, with what they may publish, and how the pictures become one."""
    session = seat.session
    members = await seating.members(read, session, seat.room)
    content = {
        "stage": [StageRights.of(each) for each in members[:ROSTER]],
        "layout": session.layout,
        "pinned": session.pinned_id,
    }
    return snapshot(session.revision, content)


async def of_staff(read: Read, seat: Seat) -> bytes:
    """The queues: hands, requests, people at the door, questions; the stage, and who is banned."""
    session = seat.session
    members = await seating.members(read, session, seat.room)
    hands = await management.waiting(read, session, "hand")
    requests = await management.waiting(read, session, "join")
    queue = await waiting.queue(read, session.id, QUEUED)
    banned = await moderation.listed(read, session.id)
    content = {
        "stage": [StageRights.of(each) for each in members[:ROSTER]],
        "hands": [HandRaiseResponse.of_waiting(each) for each in hands[:QUEUED]],
        "join_requests": [JoinRequestResponse.of_waiting(each) for each in requests[:QUEUED]],
        "waiting": [WaitingPersonResponse.of(row) for row in queue],
        "questions": await pending_questions(read, session.id),
        "banned": [BannedParticipantResponse.of(each) for each in banned[:QUEUED]],
    }
    return snapshot(session.revision, content)
