"""Every operation of the Live API by the right that it asks, or by why it asks none.

Together they are the served document: an operation that is added has to say here what it asks.
"""

from typing import Any, NamedTuple

from tests.contracts.bad_input import LATER, UNKNOWN


class Asked(NamedTuple):
    """How an operation answers to one who has the right: by these statuses.

    What would end the evening is asked where it does nothing: with `is_over`, those who have the right call
    it in a session that is over; those who have not, in the live one. Where an unknown thing is named (404,
    and 422 in a body), the right was asked before.
    """

    statuses: tuple[int, ...]
    body: dict[str, Any] | None = None
    is_over: bool = False
    hides: bool = False  # who has not the right is told that there is nothing (I22)
    content: bytes | None = None
    query: dict[str, str] | None = None


OK, MADE, DONE = Asked((200,)), Asked((201,)), Asked((204,))
UNKNOWN_THING = Asked((404,))  # named by an id that nothing has
NOT_THERE = Asked((403,))  # `not_on_stage`, which is no refusal of a right
TOO_LATE = Asked((409,))  # only before it began
HIDDEN = Asked((200,), hides=True)

BY_RIGHT: dict[str, dict[str, Asked]] = {
    "chat.read": {
        "listChatMessages": OK,
        "react": DONE,
        "describeAsset": HIDDEN,
    },
    "chat.send": {"sendChatMessage": Asked((201,), {"message": "hello"})},
    "chat.file": {
        "uploadChatFile": Asked((201,), content=b"Words.", query={"name": "notes.txt"}),
        "sendChatMessage": Asked((201,), {"message": "", "file_id": "{spare_file}"}),
    },
    "chat.manage": {
        "deleteChatMessage": DONE,
        "pinChatMessage": DONE,
        "clearChat": Asked((204,), {"user_id": UNKNOWN}),
    },
    "ban": {
        "banParticipant": Asked((422,), {"user_id": UNKNOWN}),
        "listBans": OK,
        "unbanParticipant": UNKNOWN_THING,
    },
    "poll.read": {"listPolls": OK, "getPollResults": OK},
    "poll.vote": {"votePoll": Asked((200,), {"option_id": "{option}"})},
    "poll.create": {"createPoll": Asked((201,), {"question": "Why?", "options": ["a", "b"]})},
    "poll.manage": {"updatePoll": Asked((200,), {"question": "Soon?"}), "closePoll": OK},
    "question.read": {"listQuestions": OK, "getQuestion": OK},
    "question.ask": {
        "askQuestion": Asked((201,), {"text": "How?"}),
        "updateQuestion": Asked((404,), {"text": "What?"}),
        "deleteQuestion": UNKNOWN_THING,
    },
    "question.anonymous": {"askQuestion": Asked((201,), {"text": "Who?", "is_anonymous": True})},
    "question.vote": {"voteQuestion": OK, "unvoteQuestion": OK},
    "question.answer": {"answerQuestion": Asked((200, 409), {"text": "So."})},  # one has 20 answers
    "question.manage": {
        "pinQuestion": OK,
        "publishQuestion": OK,
        "dismissQuestion": UNKNOWN_THING,
    },
    "stage.request": {"raiseHand": MADE, "createJoinRequest": MADE},
    "stage.manage": {
        "listHands": OK,
        "approveHand": UNKNOWN_THING,
        "rejectHand": UNKNOWN_THING,
        "listJoinRequests": OK,
        "approveJoinRequest": UNKNOWN_THING,
        "rejectJoinRequest": UNKNOWN_THING,
        "addToStage": Asked((422,), {"user_id": UNKNOWN}),
        "updateStagePermissions": Asked((403,), {"can_publish_audio": True}),
        "removeFromStage": NOT_THERE,
    },
    "viewers.list": {"listViewers": OK},
    "staff.moderators": {
        "addModerator": Asked((201,), {"user_id": "{mia}"}),
        "removeModerator": UNKNOWN_THING,
    },
    "staff.co_hosts": {
        "addCoHost": Asked((201,), {"user_id": "{leo}"}),
        "removeCoHost": UNKNOWN_THING,
    },
    "session.run": {
        "startSession": OK,
        "startWebcam": OK,
        "goLive": OK,
        "endSession": Asked((409,), is_over=True),
        "updateSession": Asked((200,), {}),
        "cancelSession": TOO_LATE,
        "rescheduleSession": Asked((409,), {"scheduled_start_time": LATER}),
        "updateSessionSettings": Asked((200,), {}),
        "updateSessionLayout": Asked((200,), {"layout": "grid"}),
        "setHostVideo": Asked((204,), {"enabled": True}),
        "setHostAudio": Asked((204,), {"enabled": True}),
        "createStudioUrl": MADE,
        "createMediaToken": OK,
        "ensureHls": Asked((409,), is_over=True),
        "startRecording": Asked((409,), is_over=True),
        "stopRecording": Asked((404,), is_over=True),
        "startOutput": UNKNOWN_THING,
        "stopOutput": UNKNOWN_THING,
        "listAttendance": OK,
        "getAttendanceStats": OK,
        "exportAttendance": OK,
        "listAttendees": OK,
        "getSessionMetrics": OK,
        "getSessionReport": OK,
        "exportChat": OK,
        "exportQuestions": OK,
        "createExport": Asked((202, 409), {"kind": "chat", "session_id": "{session}"}),  # ten at a time
        "listPeople": OK,
        "invitePerson": Asked((201, 200), {"email": "kim@example.org"}),
        "invitePeople": Asked((200,), {"people": [{"email": "kim@example.org"}]}),
        "updatePerson": Asked((404,), {}),
        "withdrawPerson": UNKNOWN_THING,
        "inviteSpeaker": Asked((201, 200), {"email": "lou@example.org"}),
        "inviteSpeakers": Asked((200,), {"people": [{"email": "lou@example.org"}]}),
        "linkSessionGroup": UNKNOWN_THING,
        "unlinkSessionGroup": UNKNOWN_THING,
        "linkSessionGroups": Asked((404,), {"group_ids": [UNKNOWN]}),
        "unlinkSessionGroups": Asked((404,), {"group_ids": [UNKNOWN]}),
    },
    "session.delete": {"deleteSession": Asked((409,))},  # while it runs (C7)
    "room.edit": {
        "updateRoom": Asked((200,), {"description": "about light"}),
        "deleteRoom": Asked((409,)),  # while it is live (C7)
        "createSession": Asked((201,), {"title": "Another"}),
        "duplicateSession": Asked((201,), {}),
        "setRegistrationForm": Asked((200,), {"mode": "optional"}),
        "listRoomRegistrations": OK,
        "listSessionRegistrations": OK,
        "createExport": Asked((202, 409), {"kind": "registrations", "room_id": "{room}"}),
        "importRegistrations": Asked((200,), {"csv": "email\nkim@example.org\n"}),
        "getRegistration": HIDDEN,
        "updateRegistration": Asked((200,), {}, hides=True),
        "resendRegistration": HIDDEN,
        "approveRegistration": HIDDEN,
        "denyRegistration": Asked((409,), hides=True),  # it is approved
        "cancelRegistration": Asked((204,), hides=True),
        "listStreamingTargets": OK,
        "createStreamingTarget": Asked(
            (201,), {"name": "Elsewhere", "endpoint": "rtmp://example.org/app", "stream_key": "key"}
        ),
        "getStreamingTarget": UNKNOWN_THING,
        "updateStreamingTarget": Asked((404,), {}),
        "deleteStreamingTarget": UNKNOWN_THING,
    },
}
"""The rights `publish.*` are in what a token grants and `viewers.count` in what is shown: see `SEEN_IN`."""

SEEN_IN: dict[str, tuple[str, ...]] = {
    "publish.audio": ("joinSession", "getStageToken"),
    "publish.camera": ("joinSession", "getStageToken"),
    "publish.screen": ("joinSession", "getStageToken"),
    "viewers.count": ("getSession", "listSessions", "listLiveSessions", "listRoomSessions"),
}

OF_THE_TEAM: dict[str, Asked] = {
    "getMonitorToken": OK,
    "getStreamHealth": OK,
    "getShareUrls": OK,
    "getActiveRecording": OK,
    "listOutputs": OK,
    "listWaiting": OK,
    "admitWaiting": UNKNOWN_THING,
    "denyWaiting": UNKNOWN_THING,
    "admitAllWaiting": OK,
}
"""In no row of the table: for host, co-hosts and moderators, as `x-auth` of `live.yaml` and `staff` of
`extensions.md` say.
"""

BY_NONE: dict[str, tuple[str, ...]] = {
    "whoever may see the session or room, and nothing else": (
        "getRoom", "listRooms", "listParticipants", "listSpeakers", "listSessionGroups", "getSessionCalendar",
        "getRegistrationForm", "registerForRoom", "registerForSession",
    ),
    "whoever is in the session": ("listStage",),
    "the door decides, by rules of its own (`domain.md` §6, May a person enter?)": ("joinRoom",),
    "one's own presence, seat, hand, ban or reminder": (
        "leaveSession", "attendanceBeat", "leaveStage", "lowerHand", "getMyHand", "getMyJoinRequest",
        "getMyBan", "subscribeReminders", "unsubscribeReminders", "getReminderStatus", "unsubscribeByLink",
        "getOwnRegistration", "cancelOwnRegistration", "getOwnCalendar",
        "getOwnConsent", "setOwnConsent",
        "listExports", "getExport", "getExportFile",
    ),
    "recordings have rules of their own: visibility, and the host's for changing them": (
        "getRecording", "getRecordingPlayback", "getRecordingDownload", "updateRecording", "deleteRecording",
        "listSessionRecordings", "listMyRecordings", "publishRecording", "unpublishRecording", "listReplays",
        "uploadRecording",
    ),
    "a signed address or a secret is the credential": (
        "serveAsset", "serveRecordingFile", "receiveLivekitWebhook", "centrifugoConnect",
        "centrifugoSubscribe", "centrifugoRefresh", "centrifugoSubRefresh",
    ),
    "signing in, and who one is": (
        "login", "refreshToken", "registerViewer", "loginDevice", "exchangeAuthCode", "tradeAccessLink",
        "getMe", "logout", "createAuthCode", "issueClientToken", "revokeClientToken", "whoAmI",
        "createRealtimeToken",
    ),
    "about no session yet: who hosts in the organization": (
        "createRoom", "listMyRooms", "getDashboardStats", "createPreset", "listPresets", "getPreset",
        "updatePreset", "deletePreset", "setDefaultPreset", "linkLibraryGroup", "listLibraryGroups",
        "unlinkLibraryGroup", "listLibraries", "createLibrary", "getLibrary", "updateLibrary",
        "deleteLibrary", "listGroups", "createGroup", "getGroup",
        "updateGroup", "deleteGroup", "listGroupMembers", "addGroupMember", "addGroupMemberByAddress",
        "removeGroupMember",
    ),
    "about the organization: its administrators": (
        "getStorageStatus", "cleanStorage", "retryRecording", "listApiClients", "createApiClient",
        "getApiClient", "updateApiClient", "rotateApiClient", "revokeApiClient", "listOrganizations",
        "getOrganization", "listOrganizationMembers", "getStorageTarget", "setStorageTarget",
        "removeStorageTarget", "listWebhookEventTypes", "listWebhookEndpoints", "createWebhookEndpoint",
        "getWebhookEndpoint", "updateWebhookEndpoint", "deleteWebhookEndpoint", "rotateWebhookSecret",
        "testWebhookEndpoint", "replayWebhookEndpoint", "listWebhookDeliveries", "getWebhookDelivery",
        "retryWebhookDelivery", "setPrivacyPolicy",
    ),
    "the same for everybody": ("getPrivacyPolicy", "healthCheck", "getJsonWebKeys", "listIceServers"),
}  # fmt: skip


def rights_of_operation(operation: str) -> set[str]:
    return {right for right, asked in BY_RIGHT.items() if operation in asked} | {
        right for right, shown in SEEN_IN.items() if operation in shown
    }


def classified() -> set[str]:
    found = {name for asked in BY_RIGHT.values() for name in asked}
    found |= {name for shown in SEEN_IN.values() for name in shown}
    return found | set(OF_THE_TEAM) | {name for names in BY_NONE.values() for name in names}


def named_twice() -> set[str]:
    """Operations that are said to ask a right, or the team, and none."""
    none = [name for names in BY_NONE.values() for name in names]
    asks = {name for asked in BY_RIGHT.values() for name in asked} | set(OF_THE_TEAM)
    return {name for name in none if none.count(name) > 1 or name in asks}
