"""Operations of sessions. Joining and leaving are the audience's; HLS the recordings'."""

from livehall.core.people import ops as people
from livehall.core.people.faults import PersonNotFound, QuotaExceeded
from livehall.core.ports.media import MediaRooms, MediaUnavailable
from livehall.core.recordings import ops as recordings
from livehall.core.recordings.health import measured
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions import ops, steps
from livehall.core.sessions.encoders import Encoders
from livehall.core.sessions.faults import InvalidState, RoomBusy, SessionNotFound
from livehall.dialects.kit import Answer, Call, IfMatch, Read
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.sessions import health, wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

NO_STORE = {"Cache-Control": "no-store"}


@api.route(
    "GET", "/rooms/{id}/sessions", operation="listRoomSessions", tag="Sessions", access="public",
    raises=[RoomNotFound],
)  # fmt: skip
async def list_room_sessions(
    work: Read, id: Id, query: wire.ListRoomSessionsQuery
) -> wire.SessionListResponse:
    """List the sessions of one room.

    Strangers see the room's announced, live and ended sessions; the host also sees cancelled and backstage
    ones.
    """
    found = await ops.page(work, query.query(id))
    return wire.SessionListResponse.of(found, query.page, query.limit, work.now)


@api.route(
    "POST", "/rooms/{id}/sessions", operation="createSession", tag="Sessions", access="host", status=201,
    repeatable=True, raises=[QuotaExceeded, RoomNotFound, Forbidden, MediaUnavailable],
    answer=wire.CreateSessionResponse,
)  # fmt: skip
async def create_session(
    desk: Desk, encoders: Encoders, actor: Actor, id: Id, body: wire.CreateSessionRequest
) -> Answer:
    """Plan or prepare a broadcast in a room.

    The session begins as `scheduled`, with or without a start time. For encoder modes the address and the
    key are made at once and returned here; the host can read them again from start. A room may have any
    number of scheduled sessions but only one in backstage or live.
    """
    planned = await encoders.create(desk, actor, body.command(id))
    answer = wire.CreateSessionResponse.of(planned, desk.clock())
    return Answer(answer, revision=planned.shown.session.revision, headers=NO_STORE)


@api.route("GET", "/sessions", operation="listSessions", tag="Sessions", access="public")
async def list_sessions(work: Read, query: wire.ListSessionsQuery) -> wire.SessionListResponse:
    """Browse sessions of all visible rooms."""
    found = await ops.page(work, query.query())
    return wire.SessionListResponse.of(found, query.page, query.limit, work.now)


@api.route("GET", "/sessions/live", operation="listLiveSessions", tag="Sessions", access="public")
async def list_live_sessions(work: Read, query: wire.ListLiveQuery) -> wire.SessionListResponse:
    """Browse what is on air.

    Ordered by viewer count, where it may be shown, then by start.
    """
    found = await ops.page(work, query.query())
    return wire.SessionListResponse.of(found, query.page, query.limit, work.now)


@api.route(
    "GET", "/sessions/{id}", operation="getSession", tag="Sessions", access="public",
    raises=[SessionNotFound], answer=wire.SessionResponse,
)  # fmt: skip
async def get_session(work: Read, id: Id) -> Answer:
    """Show one session."""
    shown = await ops.get(work, id)
    return Answer(wire.SessionResponse.of(shown, work.now), revision=shown.session.revision)


@api.route(
    "DELETE", "/sessions/{id}", operation="deleteSession", tag="Sessions", access="host", status=204,
    raises=[SessionNotFound, Forbidden, InvalidState],
)  # fmt: skip
async def delete_session(work: Work, id: Id) -> None:
    """Remove a session.

    Allowed when scheduled, ended or cancelled.
    """
    await ops.delete(work, id)


@api.route(
    "POST", "/sessions/{id}/start", operation="startSession", tag="Sessions", access="co-host",
    raises=[QuotaExceeded, SessionNotFound, Forbidden, InvalidState, RoomBusy, MediaUnavailable],
    answer=wire.StartSessionResponse,
)  # fmt: skip
async def start_session(
    desk: Desk, media: MediaRooms, encoders: Encoders, addresses: Addresses, actor: Actor, call: Call, id: Id,
    body: wire.StartSessionRequest | None,
) -> Answer:  # fmt: skip
    """Open the backstage of a session.

    Creates the media room and, for encoder modes, the ingest. With `go_live` the session continues to `live`
    as soon as a source is active.
    Idempotent from `backstage` on: returns a fresh token.
    """
    go_live = body.go_live if body is not None else False
    opened = await steps.start(desk, media, actor, steps.Start(session_id=id, go_live=go_live), encoders)
    return _opened(opened, addresses, call, desk)


@api.route(
    "POST", "/sessions/{id}/start-webcam", operation="startWebcam", tag="Sessions", access="co-host",
    raises=[QuotaExceeded, SessionNotFound, Forbidden, InvalidState, RoomBusy, MediaUnavailable],
    answer=wire.StartSessionResponse,
)  # fmt: skip
async def start_webcam(
    desk: Desk, media: MediaRooms, addresses: Addresses, actor: Actor, call: Call, id: Id
) -> Answer:
    """Start, go live and stream the webcam to HLS in one call.

    Only for mode `webcam`. The session becomes live, and HLS begins, when the first picture arrives; it stays
    in `backstage` if none does within 60 seconds.
    """
    opened = await steps.start_webcam(desk, media, actor, id)
    return _opened(opened, addresses, call, desk)


@api.route(
    "POST", "/sessions/{id}/go-live", operation="goLive", tag="Sessions", access="co-host",
    raises=[QuotaExceeded, SessionNotFound, Forbidden, InvalidState, RoomBusy, MediaUnavailable],
    answer=wire.StartSessionResponse,
)  # fmt: skip
async def go_live(
    desk: Desk, media: MediaRooms, encoders: Encoders, addresses: Addresses, actor: Actor, call: Call, id: Id
) -> Answer:
    """Put a session on air.

    From `backstage`, or from `scheduled` for mode `external`. Requires an active source unless the mode is
    `external`. HLS begins with it, and the recording if `recording_enabled`; `hls_url` follows by
    `session.updated` with the first segment. Idempotent while live.
    """
    opened = await steps.go_live(desk, media, actor, id, encoders)
    return _opened(opened, addresses, call, desk)


@api.route(
    "POST", "/sessions/{id}/end", operation="endSession", tag="Sessions", access="co-host",
    raises=[SessionNotFound, Forbidden, InvalidState], answer=wire.SessionResponse,
)  # fmt: skip
async def end_session(work: Work, id: Id) -> Answer:
    """End a session for everybody.

    Closes the media room, attendance and recordings. Idempotent once ended. Works from `backstage` and
    `live`.
    """
    shown = await ops.end(work, id)
    return Answer(wire.SessionResponse.of(shown, work.now), revision=shown.session.revision)


@api.route(
    "PATCH", "/sessions/{id}/reschedule", operation="rescheduleSession", tag="Sessions", access="co-host",
    raises=[QuotaExceeded, SessionNotFound, Forbidden, Conflict, InvalidState], answer=wire.SessionResponse,
)  # fmt: skip
async def reschedule_session(
    work: Work, id: Id, if_match: IfMatch, body: wire.RescheduleSessionRequest
) -> Answer:
    """Move a session to another time."""
    shown = await ops.reschedule(work, id, body.command(), if_match)
    return Answer(wire.SessionResponse.of(shown, work.now), revision=shown.session.revision)


@api.route(
    "PATCH", "/sessions/{id}/settings", operation="updateSessionSettings", tag="Sessions", access="co-host",
    raises=[SessionNotFound, Forbidden, Conflict, InvalidState], answer=wire.SessionResponse,
)  # fmt: skip
async def update_session_settings(
    work: Work, id: Id, if_match: IfMatch, body: wire.UpdateSessionSettingsRequest
) -> Answer:
    """Switch features for one session.

    Takes effect at once, also while live. Lowering the stage limit removes nobody.
    """
    shown = await ops.change_settings(work, id, body.command(), if_match)
    return Answer(wire.SessionResponse.of(shown, work.now), revision=shown.session.revision)


@api.route(
    "POST", "/sessions/{id}/host-video", operation="setHostVideo", tag="Sessions", access="co-host",
    status=204, raises=[SessionNotFound, Forbidden, InvalidState],
)  # fmt: skip
async def set_host_video(work: Work, id: Id, body: wire.HostMediaStateRequest) -> None:
    """Tell the audience the host's camera went on or off.

    Information for players; the media itself is not touched. The last value is part of the state a late
    joiner gets.
    """
    await ops.set_host_media(work, id, video=body.enabled)


@api.route(
    "POST", "/sessions/{id}/host-audio", operation="setHostAudio", tag="Sessions", access="co-host",
    status=204, raises=[SessionNotFound, Forbidden, InvalidState],
)  # fmt: skip
async def set_host_audio(work: Work, id: Id, body: wire.HostMediaStateRequest) -> None:
    """Tell the audience the host's microphone went on or off.

    Information for players; the media itself is not touched. The last value is part of the state a late
    joiner gets.
    """
    await ops.set_host_media(work, id, audio=body.enabled)


@api.route(
    "GET", "/sessions/{id}/monitor-token", operation="getMonitorToken", tag="Sessions", access="moderator",
    raises=[SessionNotFound, Forbidden, InvalidState, MediaUnavailable], answer=wire.MonitorTokenResponse,
)  # fmt: skip
async def get_monitor_token(
    desk: Desk, media: MediaRooms, addresses: Addresses, actor: Actor, call: Call, id: Id
) -> Answer:
    """Watch a session unseen.

    The token subscribes to everything and publishes nothing; the observer is not counted as a viewer.
    """
    opened = await steps.monitor(desk, media, actor, id)
    url = addresses.media_url(call.origin)
    return Answer(wire.MonitorTokenResponse.of(opened, url), headers=NO_STORE)


@api.route(
    "GET", "/sessions/{id}/health", operation="getStreamHealth", tag="Sessions", access="moderator",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def get_stream_health(
    desk: Desk, encoders: Encoders, actor: Actor, id: Id
) -> health.StreamHealthResponse:
    """How well the programme arrives."""
    async with desk.read(actor) as read:
        session = (await ops.check_may_watch_over(read, id)).session
        (outputs,) = await recordings.outputs(read, [session])
    comes = await measured(encoders, session)
    return health.StreamHealthResponse.of(session, outputs, desk.clock(), comes)


@api.route(
    "POST", "/sessions/{id}/studio-url", operation="createStudioUrl", tag="Sessions", access="co-host",
    status=201, scope="codes", repeatable=True, raises=[SessionNotFound, Forbidden, PersonNotFound],
    answer=wire.StudioURLResponse,
)  # fmt: skip
async def create_studio_url(work: Work, addresses: Addresses, call: Call, id: Id) -> Answer:
    """Make a one-time address of the studio."""
    shown = await ops.check_may_run(work, id)
    code = await people.make_code(work, people.MakeCode(session_id=id))
    answer = wire.StudioURLResponse.of(shown.session, code, addresses.origin(call.origin))
    return Answer(answer, headers=NO_STORE)


@api.route(
    "GET", "/sessions/{id}/share-urls", operation="getShareUrls", tag="Sessions", access="moderator",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def get_share_urls(work: Read, addresses: Addresses, call: Call, id: Id) -> wire.ShareURLResponse:
    """Addresses to hand out."""
    shown = await ops.check_may_watch_over(work, id)
    return wire.ShareURLResponse.of(shown.session, addresses.origin(call.origin), shown.room.room)


def _opened(opened: steps.Opened, addresses: Addresses, call: Call, desk: Desk) -> Answer:
    answer = wire.StartSessionResponse.of(opened, addresses.media_url(call.origin), desk.clock())
    return Answer(answer, revision=opened.shown.session.revision, headers=NO_STORE)
