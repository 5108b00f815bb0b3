"""Operations of streaming targets and of what is made of a session."""

from livehall.core.ports.media import MediaUnavailable
from livehall.core.ports.sealing import Sealing
from livehall.core.recordings import arranging, streaming
from livehall.core.recordings.faults import (
    AlreadyStreaming,
    NotStreaming,
    StreamingTargetNotFound,
    TargetInUse,
)
from livehall.core.recordings.steps import Recorder
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.outputs import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Outputs"
TARGETS = "/rooms/{id}/streaming-targets"
ONE = f"{TARGETS}/{{target_id}}"


@api.route(
    "GET", TARGETS, operation="listStreamingTargets", tag=TAG, access="host",
    raises=[RoomNotFound, Forbidden],
)  # fmt: skip
async def list_streaming_targets(work: Read, id: Id) -> wire.StreamingTargetListResponse:
    """Other platforms that get the room's broadcasts.

    Keys are masked.
    """
    found = await streaming.all_of(work, id)
    return wire.StreamingTargetListResponse(targets=[wire.StreamingTargetResponse.of(row) for row in found])


@api.route(
    "POST", TARGETS, operation="createStreamingTarget", tag=TAG, access="host", status=201, repeatable=True,
    raises=[RoomNotFound, Forbidden],
)  # fmt: skip
async def create_streaming_target(
    work: Work, sealing: Sealing, id: Id, body: wire.CreateStreamingTargetRequest
) -> wire.StreamingTargetResponse:
    """Add a platform that takes RTMP or RTMPS, such as YouTube or Twitch.

    One that is enabled gets every broadcast of the room from its beginning; others are started by hand.
    """
    return wire.StreamingTargetResponse.of(await streaming.create(work, sealing, id, body.command()))


@api.route(
    "GET", ONE, operation="getStreamingTarget", tag=TAG, access="host",
    raises=[RoomNotFound, StreamingTargetNotFound, Forbidden], answer=wire.StreamingTargetResponse,
)  # fmt: skip
async def get_streaming_target(work: Read, id: Id, target_id: Id) -> Answer:
    """Show one."""
    row = await streaming.get(work, id, target_id)
    return Answer(wire.StreamingTargetResponse.of(row), revision=row.revision)


@api.route(
    "PATCH", ONE, operation="updateStreamingTarget", tag=TAG, access="host",
    raises=[RoomNotFound, StreamingTargetNotFound, Forbidden, Conflict], answer=wire.StreamingTargetResponse,
)  # fmt: skip
async def update_streaming_target(
    work: Work,
    sealing: Sealing,
    id: Id,
    target_id: Id,
    body: wire.UpdateStreamingTargetRequest,
    revision: IfMatch,
) -> Answer:
    """Change or switch it on and off.

    A stream that runs keeps what it began with.
    """
    row = await streaming.update(work, sealing, id, target_id, body.command(revision))
    return Answer(wire.StreamingTargetResponse.of(row), revision=row.revision)


@api.route(
    "DELETE", ONE, operation="deleteStreamingTarget", tag=TAG, access="host", status=204,
    raises=[RoomNotFound, StreamingTargetNotFound, Forbidden, TargetInUse],
)  # fmt: skip
async def delete_streaming_target(work: Work, id: Id, target_id: Id) -> None:
    """Remove it; not while it is streamed to."""
    await streaming.remove(work, id, target_id)


@api.route(
    "GET", "/sessions/{id}/outputs", operation="listOutputs", tag=TAG, access="moderator",
    raises=[SessionNotFound, Forbidden, Banned],
)  # fmt: skip
async def list_outputs(work: Read, id: Id) -> wire.OutputListResponse:
    """Recording, HLS and streams of the session with their state, the newest of each."""
    return wire.OutputListResponse(
        outputs=[wire.OutputResponse.of(found) for found in await streaming.outputs(work, id)]
    )


@api.route(
    "POST", "/sessions/{id}/outputs/{target_id}/start", operation="startOutput", tag=TAG, access="co-host",
    status=202,
    raises=[
        SessionNotFound, StreamingTargetNotFound, Forbidden, Banned, FeatureDisabled, InvalidState,
        AlreadyStreaming, MediaUnavailable,
    ],
)  # fmt: skip
async def start_output(
    actor: Actor, desk: Desk, recorder: Recorder, id: Id, target_id: Id
) -> wire.OutputResponse:
    """Stream the broadcast to one of the room's targets.

    While the session is live. `egress.state` tells the staff when the platform has taken it.
    """
    row = await recorder.start_stream(actor, id, target_id)
    return await _show(desk, actor, id, row.id)


@api.route(
    "POST", "/sessions/{id}/outputs/{target_id}/stop", operation="stopOutput", tag=TAG, access="co-host",
    status=202,
    raises=[
        SessionNotFound, StreamingTargetNotFound, Forbidden, Banned, FeatureDisabled, NotStreaming,
        MediaUnavailable,
    ],
)  # fmt: skip
async def stop_output(
    actor: Actor, desk: Desk, recorder: Recorder, id: Id, target_id: Id
) -> wire.OutputResponse:
    """End the stream to one target; the others go on."""
    row = await recorder.stop_stream(actor, id, target_id)
    return await _show(desk, actor, id, row.id)


@api.route(
    "PATCH", "/sessions/{id}/layout", operation="updateSessionLayout", tag=TAG, access="co-host",
    raises=[SessionNotFound, Forbidden, Banned, FeatureDisabled, Conflict, InvalidState],
    answer=wire.LayoutResponse,
)  # fmt: skip
async def update_session_layout(work: Work, id: Id, body: wire.LayoutRequest, revision: IfMatch) -> Answer:
    """How the pictures are put together where they become one: recording, HLS, streams.

    At any time; what runs follows at once, and `stage.layout` tells everybody. Between `single` and the
    others it is chosen before something runs: one picture is passed on as it was sent, several are drawn
    anew, which takes most of a processor core. Who is `pinned` is on stage, and pinned no more when they
    leave it.
    """
    session = await arranging.arrange(work, id, body.command(revision))
    return Answer(wire.LayoutResponse.of(session), revision=session.revision)


async def _show(desk: Desk, actor: Actor, session_id: Id, egress_id: Id) -> wire.OutputResponse:
    async with desk.read(actor) as read:
        found = await streaming.outputs(read, session_id)
    return wire.OutputResponse.of(next(each for each in found if each.egress.id == egress_id))
