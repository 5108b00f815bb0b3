"""Operations of the stage: from the audience's side, and from the staff's."""

from livehall.core.audience.scene import NotJoined
from livehall.core.people import reading as people
from livehall.core.ports.media import MediaRooms, MediaUnavailable
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.core.stage import management, ops, steps
from livehall.core.stage.faults import AlreadyOnStage, AskedTooSoon, NotOnStage, RequestNotFound, StageFull
from livehall.dialects.kit import Answer, Call, Read
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.auth.wire import UserResponse
from livehall.dialects.live.stage import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

ASKING = (SessionNotFound, Banned, FeatureDisabled, Forbidden, NotJoined, InvalidState, AskedTooSoon)
MANAGING = (SessionNotFound, Banned, FeatureDisabled, Forbidden)


@api.route(
    "POST", "/sessions/{id}/stage/hand", operation="raiseHand", tag="Stage", access="viewer", status=201,
    repeatable=True, raises=ASKING,
)  # fmt: skip
async def raise_hand(work: Work, id: Id, body: wire.RaiseHandRequest | None) -> wire.HandRaiseResponse:
    """Raise a hand.

    For people connected to the session. Raising a raised hand returns it and may change its message without
    losing the place in the queue.
    """
    return wire.HandRaiseResponse.of(await ops.raise_hand(work, id, body.message if body else None))


@api.route(
    "DELETE", "/sessions/{id}/stage/hand", operation="lowerHand", tag="Stage", access="viewer", status=204,
    raises=[SessionNotFound],
)  # fmt: skip
async def lower_hand(work: Work, id: Id) -> None:
    """Take the hand down.

    Idempotent.
    """
    await ops.lower_hand(work, id)


@api.route(
    "GET", "/sessions/{id}/stage/hand", operation="getMyHand", tag="Stage", access="viewer",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def get_my_hand(work: Read, id: Id) -> wire.HandRaiseResponse:
    """State of the caller's hand.

    The latest one; all null when never raised.
    """
    return wire.HandRaiseResponse.of(await ops.mine(work, id, "hand"))


@api.route(
    "POST", "/sessions/{id}/stage/join-request", operation="createJoinRequest", tag="Stage",
    access="viewer", status=201, repeatable=True, raises=ASKING,
)  # fmt: skip
async def create_join_request(work: Work, id: Id) -> wire.JoinRequestResponse:
    """Ask for a seat on stage.

    Unlike a hand, it needs no running media connection and stays until decided, so it suits HLS viewers.
    Repeating it returns the pending one.
    """
    return await _mine(work, await ops.ask_to_join(work, id))


@api.route(
    "GET", "/sessions/{id}/stage/join-request", operation="getMyJoinRequest", tag="Stage",
    access="viewer", raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def get_my_join_request(work: Read, id: Id) -> wire.JoinRequestResponse:
    """State of the caller's request."""
    return await _mine(work, await ops.mine(work, id, "join"))


@api.route(
    "GET", "/sessions/{id}/stage/participants", operation="listStage", tag="Stage", access="viewer",
    raises=(SessionNotFound, Banned, NotJoined),
)  # fmt: skip
async def list_stage(work: Read, id: Id) -> wire.StageParticipantsResponse:
    """Who is on stage."""
    return wire.StageParticipantsResponse.of(await ops.stage(work, id))


@api.route(
    "POST", "/sessions/{id}/stage/leave", operation="leaveStage", tag="Stage", access="viewer", status=204,
    raises=[SessionNotFound, NotOnStage, Forbidden],
)  # fmt: skip
async def leave_stage(work: Work, id: Id) -> None:
    """Step down.

    The person remains in the session as a viewer. The host cannot step down.
    """
    await ops.leave(work, id)


@api.route(
    "GET", "/sessions/{id}/stage/token", operation="getStageToken", tag="Stage", access="viewer",
    raises=[SessionNotFound, NotOnStage, Banned, Forbidden, InvalidState, MediaUnavailable],
    answer=wire.StageTokenResponse,
)  # fmt: skip
async def get_stage_token(
    call: Call, desk: Desk, media: MediaRooms, addresses: Addresses, actor: Actor, id: Id
) -> Answer:
    """Media token for a person on stage.

    Carries exactly the publishing rights of the stage list. Using it ends the connection that the person
    has watched by (C17).
    """
    made = await steps.token(desk, media, actor, id)
    answer = wire.StageTokenResponse.of(made, addresses.media_url(call.origin))
    return Answer(answer, headers={"Cache-Control": "no-store"})


@api.route(
    "POST", "/sessions/{id}/stage/participants", operation="addToStage", tag="Stage Management",
    access="moderator", status=201, repeatable=True,
    raises=[*MANAGING, StageFull, InvalidState, AlreadyOnStage, MediaUnavailable],
)  # fmt: skip
async def add_to_stage(
    desk: Desk, media: MediaRooms, actor: Actor, id: Id, body: wire.AddToStageRequest
) -> wire.StageParticipantResponse:
    """Bring a person on stage.

    Without being asked. A pending hand or request of the person counts as approved.
    """
    return wire.StageParticipantResponse.of(await steps.add(desk, media, actor, body.command(id)))


@api.route(
    "PATCH", "/sessions/{id}/stage/participants/{user_id}", operation="updateStagePermissions",
    tag="Stage Management", access="moderator",
    raises=[*MANAGING, InvalidState, NotOnStage, MediaUnavailable],
)  # fmt: skip
async def update_stage_permissions(
    desk: Desk, media: MediaRooms, actor: Actor, id: Id, user_id: Id,
    body: wire.UpdateStagePermissionsRequest,
) -> wire.StageParticipantResponse:  # fmt: skip
    """Give or take microphone, camera, screen.

    Taking a right away unpublishes the running track.
    """
    return wire.StageParticipantResponse.of(await steps.permit(desk, media, actor, body.command(id, user_id)))


@api.route(
    "POST", "/sessions/{id}/stage/participants/{user_id}/remove", operation="removeFromStage",
    tag="Stage Management", access="moderator", status=204,
    raises=[*MANAGING, InvalidState, NotOnStage, MediaUnavailable],
)  # fmt: skip
async def remove_from_stage(
    work: Work, id: Id, user_id: Id, body: wire.RemoveFromStageRequest | None
) -> None:
    """Send a person off the stage.

    A co-host may remove moderators, speakers and viewers, a moderator only speakers and viewers; nobody
    removes the host.
    """
    await management.remove(work, (body or wire.RemoveFromStageRequest()).command(id, user_id))


@api.route(
    "GET", "/sessions/{id}/stage/join-requests", operation="listJoinRequests", tag="Stage Management",
    access="moderator", raises=MANAGING,
)  # fmt: skip
async def list_join_requests(work: Read, id: Id) -> wire.JoinRequestsResponse:
    """Who asks for a seat.

    Oldest first.
    """
    return wire.JoinRequestsResponse.of(await management.queue(work, id, "join"))


@api.route(
    "POST", "/sessions/{id}/stage/join-requests/{request_id}/approve", operation="approveJoinRequest",
    tag="Stage Management", access="moderator",
    raises=[*MANAGING, RequestNotFound, InvalidState, StageFull],
)  # fmt: skip
async def approve_join_request(work: Work, id: Id, request_id: Id) -> wire.JoinRequestResponse:
    """Grant a seat.

    Puts the person on stage; they learn it on their personal channel.
    """
    return wire.JoinRequestResponse.of_waiting(await management.approve(work, id, "join", request_id))


@api.route(
    "POST", "/sessions/{id}/stage/join-requests/{request_id}/reject", operation="rejectJoinRequest",
    tag="Stage Management", access="moderator", raises=[*MANAGING, RequestNotFound, InvalidState],
)  # fmt: skip
async def reject_join_request(
    work: Work, id: Id, request_id: Id, body: wire.RejectRequest | None
) -> wire.JoinRequestResponse:
    """Refuse a seat."""
    reason = body.reason if body else None
    return wire.JoinRequestResponse.of_waiting(await management.reject(work, id, "join", request_id, reason))


@api.route(
    "GET", "/sessions/{id}/stage/hands", operation="listHands", tag="Stage Management",
    access="moderator", raises=MANAGING,
)  # fmt: skip
async def list_hands(work: Read, id: Id) -> wire.HandsResponse:
    """Whose hands are up.

    In order of raising.
    """
    return wire.HandsResponse.of(await management.queue(work, id, "hand"))


@api.route(
    "POST", "/sessions/{id}/stage/hands/{hand_id}/approve", operation="approveHand",
    tag="Stage Management", access="moderator",
    raises=[*MANAGING, RequestNotFound, InvalidState, StageFull],
)  # fmt: skip
async def approve_hand(work: Work, id: Id, hand_id: Id) -> wire.HandRaiseResponse:
    """Give the floor.

    Puts the person on stage, or, if already there, gives back the microphone.
    """
    return wire.HandRaiseResponse.of_waiting(await management.approve(work, id, "hand", hand_id))


@api.route(
    "POST", "/sessions/{id}/stage/hands/{hand_id}/reject", operation="rejectHand",
    tag="Stage Management", access="moderator", raises=[*MANAGING, RequestNotFound, InvalidState],
)  # fmt: skip
async def reject_hand(
    work: Work, id: Id, hand_id: Id, body: wire.RejectRequest | None
) -> wire.HandRaiseResponse:
    """Not now."""
    reason = body.reason if body else None
    return wire.HandRaiseResponse.of_waiting(await management.reject(work, id, "hand", hand_id, reason))


async def _mine(work: Work, asked: ops.Asked) -> wire.JoinRequestResponse:
    organization_id = work.actor.organization_id
    person = await people.person(work, asked.account_id, organization_id) if organization_id else None
    return wire.JoinRequestResponse.of(asked, UserResponse.of(person, private=True) if person else None)
