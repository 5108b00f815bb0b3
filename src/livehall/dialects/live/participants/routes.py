"""Operations of those who run a session beside its host."""

from livehall.core.sessions import staff
from livehall.core.sessions.faults import (
    AlreadyHigher,
    FeatureDisabled,
    InvalidState,
    ParticipantNotFound,
    SessionNotFound,
)
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.participants import wire
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


@api.route(
    "GET", "/sessions/{id}/participants", operation="listParticipants", tag="Participants", access="viewer",
    raises=[SessionNotFound],
)  # fmt: skip
async def list_participants(work: Read, id: Id) -> wire.SessionParticipantsListResponse:
    """Show who runs the session.

    Addresses are shown to the staff only.
    """
    return wire.SessionParticipantsListResponse.of(await staff.of_session(work, id))


@api.route(
    "POST", "/sessions/{id}/co-hosts", operation="addCoHost", tag="Participants", access="host", status=201,
    repeatable=True, raises=[SessionNotFound, Forbidden, FeatureDisabled, InvalidState, AlreadyHigher],
)  # fmt: skip
async def add_co_host(
    work: Work, id: Id, body: wire.AddParticipantRoleRequest
) -> wire.SessionParticipantResponse:
    """Appoint a co-host.

    A person has one role per session; appointing replaces a lower one. Takes effect at once for a person
    already present. Subject to: `host_add_co_host`. Publishes: `participant.role`.
    """
    member = await staff.appoint(work, body.command(id, "co_host"))
    return wire.SessionParticipantResponse.of(member, id, private=True)


@api.route(
    "DELETE", "/sessions/{id}/co-hosts/{user_id}", operation="removeCoHost", tag="Participants",
    access="host", status=204, raises=[SessionNotFound, Forbidden, FeatureDisabled, ParticipantNotFound],
)  # fmt: skip
async def remove_co_host(work: Work, id: Id, user_id: Id) -> None:
    """Dismiss a co-host.

    The person stays in the session as a viewer and leaves the stage. Publishes: `participant.role`,
    `stage.left`.
    """
    await staff.dismiss(work, id, "co_host", user_id)


@api.route(
    "POST", "/sessions/{id}/moderators", operation="addModerator", tag="Participants", access="co-host",
    status=201, repeatable=True, raises=[SessionNotFound, Forbidden, InvalidState, AlreadyHigher],
)  # fmt: skip
async def add_moderator(
    work: Work, id: Id, body: wire.AddParticipantRoleRequest
) -> wire.SessionParticipantResponse:
    """Appoint a moderator.

    A person has one role per session; appointing replaces a lower one. Takes effect at once for a person
    already present. Publishes: `participant.role`.
    """
    member = await staff.appoint(work, body.command(id, "moderator"))
    return wire.SessionParticipantResponse.of(member, id, private=True)


@api.route(
    "DELETE", "/sessions/{id}/moderators/{user_id}", operation="removeModerator", tag="Participants",
    access="co-host", status=204, raises=[SessionNotFound, Forbidden, ParticipantNotFound],
)  # fmt: skip
async def remove_moderator(work: Work, id: Id, user_id: Id) -> None:
    """Dismiss a moderator.

    The person stays in the session as a viewer and leaves the stage. Publishes: `participant.role`,
    `stage.left`.
    """
    await staff.dismiss(work, id, "moderator", user_id)
