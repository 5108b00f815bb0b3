"""Operations of meetings."""

from typing import Annotated, Any

import msgspec

from livehall.core.audience import callbacks
from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.media import MediaRooms
from livehall.core.sessions import meetings
from livehall.core.sessions.faults import InvalidState, SessionNotFound
from livehall.core.sessions.meetings import LinkTaken
from livehall.dialects.kit import Answer, Call, Read
from livehall.dialects.sourceloop.api import sourceloop
from livehall.dialects.sourceloop.errors import BadRequest, bad_requests
from livehall.dialects.sourceloop.meetings import bridge, wire
from livehall.dialects.sourceloop.texts import JSON, TEXT, accepts
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict
from livehall.kernel.work import Desk, Work

TAG = "session"
Link = Annotated[str, "the link code of a meeting"]
Json = dict[str, Any]


@sourceloop.route(
    "POST", "/session", operation="createSession", tag=TAG, access="host", scope="CreateMeetingSession",
    raises=[BadRequest, QuotaExceeded, LinkTaken], takes=wire.MeetingOptions, media=TEXT,
    answer=wire.LinkCode, also={JSON: wire.MeetingLink}, hot=True, statuses={QuotaExceeded: 400},
)  # fmt: skip
async def create_session(call: Call, work: Work, body: Json | None) -> Any:
    """Create a meeting.

    Answers with its link code as text, or as `{code}` where JSON is asked for.
    """
    with bad_requests():
        code = await bridge.create(work, body or {})
    return wire.MeetingLink(code=code) if accepts(call, JSON) else code


@sourceloop.route(
    "POST", "/session/{meetingLinkId}/token", operation="createToken", tag=TAG, access="host",
    scope="GenerateMeetingToken", raises=[BadRequest, QuotaExceeded, SessionNotFound, InvalidState],
    takes=wire.SessionOptions, statuses={SessionNotFound: 400, Conflict: 400, QuotaExceeded: 400},
)  # fmt: skip
async def create_token(
    desk: Desk,
    media: MediaRooms,
    actor: Actor,
    meetingLinkId: Link,
    body: Json | None,
) -> wire.SessionResponse:
    """Issue a join token.

    The first one begins the meeting.
    """
    with bad_requests():
        wanted = bridge.wanted_token(meetingLinkId, body or {}, desk.clock())
        issued = await meetings.issue_by_link(desk, media, actor, meetingLinkId, wanted)
    return wire.SessionResponse(session_id=issued.session.id, token=issued.token.token)


@sourceloop.route(
    "PATCH", "/session/{meetingLinkId}", operation="editMeeting", tag=TAG, access="host", scope="EditMeeting",
    status=204, raises=[BadRequest, SessionNotFound],
)  # fmt: skip
async def edit_meeting(
    work: Work,
    meetingLinkId: Link,
    body: wire.VideoChatSessionPartial | None,
) -> None:
    """Edit a meeting.

    Its time becomes `scheduleTime` when `isScheduled` is true, and now otherwise; all else is ignored.
    """
    given = body or wire.VideoChatSessionPartial()
    time = None if given.schedule_time is msgspec.UNSET else given.schedule_time
    with bad_requests():
        await bridge.edit(work, meetingLinkId, is_scheduled=given.is_scheduled is True, schedule_time=time)


@sourceloop.route(
    "PATCH", "/session/{meetingLinkId}/end", operation="endMeeting", tag=TAG, access="host",
    scope="StopMeeting", status=204, raises=[BadRequest, SessionNotFound],
)  # fmt: skip
async def end_meeting(work: Work, meetingLinkId: Link) -> None:
    """End a meeting.

    Once; everybody is put out.
    """
    bridge.check_link(meetingLinkId)
    if not await meetings.end(work, meetingLinkId):
        raise BadRequest("meeting already over")


@sourceloop.route(
    "GET", "/session/{meetingLinkId}/attendees", operation="listAttendees", tag=TAG, access="host",
    scope="GetMeetingAttendees", raises=[SessionNotFound], answer=list[wire.SessionAttendee],
)  # fmt: skip
async def list_attendees(work: Read, meetingLinkId: Link, query: wire.AttendeesQuery) -> Answer:
    """List attendees.

    All who have been there, or with `active=true` those who are.
    """
    session_id, rows = await callbacks.seen(work, meetingLinkId)
    return Answer(wire.attendees(session_id, rows, active=query.active == "true"))
