"""Which events a channel carries, and what is in each: the whole of what clients may rely on (C22).

From here come the AsyncAPI document and the check that holds every publication of the tests against it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from livehall.dialects.live.attendance.wire import ActiveViewerResponse
from livehall.dialects.live.chat.wire import ChatMessageFacts
from livehall.dialects.live.moderation.wire import BannedParticipantResponse
from livehall.dialects.live.realtime import payloads, people_payloads
from livehall.dialects.live.realtime.publishing import Envelope
from livehall.dialects.live.sessions.health import StreamHealthResponse
from livehall.dialects.live.stage.wire import (
    HandRaiseResponse,
    JoinRequestResponse,
    StageParticipantResponse,
)

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "room": {
        "room.updated": payloads.RoomFacts,
        "room.live": payloads.RoomLive,
        "session.created": payloads.SessionFacts,
        "session.deleted": payloads.Removed,
        "session.updated": payloads.SessionChanged,
        "session.rescheduled": payloads.SessionRescheduled,
        "session.state": payloads.SessionState,
        "session.countdown": payloads.SessionCountdown,
        "viewers.count": payloads.ViewersCount,
        "replay.published": payloads.ReplayPublished,
    },
    "library": {
        "room.created": payloads.RoomFacts,
        "room.updated": payloads.RoomFacts,
        "room.deleted": payloads.Removed,
        "room.live": payloads.RoomLive,
        "session.created": payloads.SessionFacts,
        "session.deleted": payloads.Removed,
        "session.updated": payloads.SessionChanged,
        "session.rescheduled": payloads.SessionRescheduled,
        "session.state": payloads.SessionState,
        "recording.state": payloads.RecordingFacts,
        "recording.updated": payloads.RecordingChanged,
        "recording.deleted": payloads.Removed,
        "replay.published": payloads.ReplayPublished,
        "participant.registered": people_payloads.Registrant,
        "participant.rsvp": people_payloads.Answered,
    },
    "org": {
        "job.state": payloads.JobState,
        "notice": payloads.Notice,
    },
    "session": {
        "session.updated": payloads.SessionChanged,
        "session.state": payloads.SessionState,
        "session.rescheduled": payloads.SessionRescheduled,
        "session.settings": payloads.SessionSettings,
        "session.countdown": payloads.SessionCountdown,
        "stream.state": payloads.StreamStateChanged,
        "host.media": payloads.HostMedia,
        "viewers.count": payloads.ViewersCount,
        "participant.role": people_payloads.RoleChanged,
        "hand.raised": payloads.HandsPending,
        "hand.lowered": payloads.HandsPending,
        "stage.joined": StageParticipantResponse,
        "stage.left": payloads.StageLeft,
        "stage.layout": payloads.StageLayout,
        "poll.opened": payloads.Poll,
        "poll.results": payloads.PollResults,
        "poll.closed": payloads.Poll,
        "question.asked": payloads.Question,
        "question.updated": payloads.Question,
        "question.published": payloads.Question,
        "question.answered": payloads.QuestionAnswered,
        "question.dismissed": payloads.Removed,
        "question.deleted": payloads.Removed,
        "question.votes": payloads.QuestionVotes,
        "recording.state": payloads.RecordingActive,
    },
    "chat": {
        "chat.message": ChatMessageFacts,
        "chat.deleted": payloads.ChatDeleted,
        "chat.pinned": payloads.ChatPinned,
        "chat.cleared": payloads.ChatCleared,
        "chat.reaction": payloads.ChatReaction,
    },
    "stage": {
        "stage.joined": StageParticipantResponse,
        "stage.left": payloads.StageLeft,
        "stage.layout": payloads.StageLayout,
        "stage.permissions": StageParticipantResponse,
    },
    "staff": {
        "stream.state": payloads.StreamStateChanged,
        "stream.health": StreamHealthResponse,
        "viewers.count": payloads.ViewersCount,
        "attendance.joined": ActiveViewerResponse,
        "attendance.left": people_payloads.AttendanceLeft,
        "waiting.entered": people_payloads.WaitingPerson,
        "waiting.left": people_payloads.WaitingPerson,
        "waiting.admitted": people_payloads.WaitingAdmitted,
        "waiting.denied": people_payloads.WaitingDenied,
        "participant.role": people_payloads.RoleChanged,
        "participant.banned": BannedParticipantResponse,
        "participant.unbanned": people_payloads.BanTold,
        "hand.raised": HandRaiseResponse,
        "hand.lowered": HandRaiseResponse,
        "hand.resolved": HandRaiseResponse,
        "join_request.created": JoinRequestResponse,
        "join_request.resolved": JoinRequestResponse,
        "stage.joined": StageParticipantResponse,
        "stage.left": payloads.StageLeft,
        "stage.permissions": StageParticipantResponse,
        "poll.opened": payloads.Poll,
        "poll.results": payloads.PollResults,
        "poll.closed": payloads.Poll,
        "question.asked": payloads.Question,
        "question.updated": payloads.Question,
        "question.published": payloads.Question,
        "question.answered": payloads.QuestionAnswered,
        "question.dismissed": payloads.Question,
        "question.deleted": payloads.Removed,
        "question.votes": payloads.QuestionVotes,
        "recording.state": payloads.RecordingFacts,
        "recording.updated": payloads.RecordingChanged,
        "recording.deleted": payloads.Removed,
        "egress.state": payloads.EgressState,
    },
    "user": {
        "waiting.admitted": people_payloads.Admitted,
        "waiting.denied": people_payloads.Denied,
        "participant.role": people_payloads.RoleChanged,
        "participant.banned": people_payloads.BanTold,
        "participant.unbanned": people_payloads.BanTold,
        "hand.resolved": HandRaiseResponse,
        "join_request.resolved": JoinRequestResponse,
        "question.dismissed": payloads.Question,
        "stage.invited": payloads.StageInvited,
        "stage.permissions": StageParticipantResponse,
        "stage.left": payloads.StageTaken,
        "job.state": payloads.JobState,
        "notice": payloads.Notice,
    },
}


class Undocumented(Exception):
    """A publication that clients were not told of: its channel and type, or what is in it."""


def check(channel: str, data: bytes) -> None:
    """Hold one publication against the catalogue. Raises: Undocumented."""
    kind = channel.partition(":")[0]
    envelope = msgspec.json.decode(data, type=Envelope)
    payload = EVENTS.get(kind, {}).get(envelope.type)
    if payload is None:
        raise Undocumented(f"{envelope.type} on {kind}:")
    unknown = sorted(set(envelope.data) - fields_of(payload)) if isinstance(payload, type) else ()
    if unknown:
        raise Undocumented(f"{envelope.type} on {kind}: has {', '.join(unknown)}")
    try:
        msgspec.convert(envelope.data, payload)
    except msgspec.ValidationError as error:
        raise Undocumented(f"{envelope.type} on {kind}: {error}") from error


@cache
def fields_of(payload: type[msgspec.Struct]) -> frozenset[str]:
    """The names of a payload's members on the wire."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(payload))


def kinds() -> list[Any]:
    """Every payload once, in the order of their names."""
    found = {payload for events in EVENTS.values() for payload in events.values()}
    return sorted(found, key=name_of)


def name_of(payload: Any) -> str:
    """Of a struct its own; of a mapping the title that it was given."""
    return payload.__name__ if isinstance(payload, type) else str(payload.__metadata__[0].title)
