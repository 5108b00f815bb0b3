"""Operations of speakers and participants."""

from livehall.core.invitees import inviting
from livehall.core.ports.sealing import Sealing
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Answer, Conditions, Read, Window
from livehall.dialects.meltingspot.api import meltingspot
from livehall.dialects.meltingspot.people import bridge, wire
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

INVITING = (SessionNotFound, Forbidden, Banned, FeatureDisabled, InvalidState)
SKIPPED = {200: "Invited already, or skipped since the status does not allow it; no body."}


@meltingspot.route(
    "GET", "/v1/lives/{liveId}/speakers", operation="listLiveSpeakers", tag="speakers", access="service",
    filters=bridge.SPEAKERS, raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_live_speakers(
    work: Read, live_id: Id, window: Window, filters: Conditions
) -> wire.ParticipantList:
    """List speakers: rows of type Speaker and Host."""
    return await bridge.page(work, live_id, bridge.query(window, filters, bridge.SPEAKING))


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/speakers", operation="inviteLiveSpeaker", tag="speakers", access="service",
    status=201, raises=INVITING, answer=wire.Participant, extra_answers=SKIPPED,
)  # fmt: skip
async def invite_live_speaker(work: Work, sealing: Sealing, live_id: Id, body: wire.SpeakerInvite) -> Answer:
    """Invite one speaker, by address, by member id, or described."""
    member = body.member
    whom = wire.invitee(member) if isinstance(member, str) else member.invitee()
    return await _one(
        work, live_id, await inviting.invite(work, sealing, _invite(live_id, [whom], body, body))
    )


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/speakers~bulkInvite", operation="inviteLiveSpeakers", tag="speakers",
    access="service", raises=INVITING,
)  # fmt: skip
async def invite_live_speakers(
    work: Work, sealing: Sealing, live_id: Id, body: wire.SpeakerBulkInvite
) -> list[wire.Participant]:
    """Invite several speakers; a participant becomes a speaker."""
    whom = [wire.by_id(each) for each in body.spot_member_ids]
    return await bridge.invited(
        work, live_id, await inviting.invite(work, sealing, _invite(live_id, whom, body, body))
    )


@meltingspot.route(
    "GET", "/v1/lives/{liveId}/participants", operation="listLiveParticipants", tag="participants",
    access="service", filters=bridge.PARTICIPANTS, raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_live_participants(
    work: Read, live_id: Id, window: Window, filters: Conditions
) -> wire.ParticipantList:
    """List participants, of all roles."""
    return await bridge.page(work, live_id, bridge.query(window, filters))


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/participants", operation="inviteLiveParticipant", tag="participants",
    access="service", status=201, raises=INVITING, answer=wire.Participant, extra_answers=SKIPPED,
)  # fmt: skip
async def invite_live_participant(
    work: Work, sealing: Sealing, live_id: Id, body: wire.ParticipantInvite
) -> Answer:
    """Invite one participant, by address or member id."""
    whom = [wire.invitee(body.member)]
    return await _one(work, live_id, await inviting.invite(work, sealing, _invite(live_id, whom, body)))


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/participants~bulkInvite", operation="inviteLiveParticipants",
    tag="participants", access="service", raises=INVITING,
)  # fmt: skip
async def invite_live_participants(
    work: Work, sealing: Sealing, live_id: Id, body: wire.ParticipantBulkInvite
) -> list[wire.Participant]:
    """Invite several participants, by member id, by address, or both."""
    cmd = _invite(live_id, body.members.invitees(), body)
    return await bridge.invited(work, live_id, await inviting.invite(work, sealing, cmd))


def _invite(
    live_id: Id, whom: list[inviting.Invitee], body: wire.Inviting, speaking: wire.Highlighting | None = None
) -> inviting.Invite:
    return inviting.Invite(
        session_id=live_id,
        people=whom,
        role=speaking.role if speaking is not None else "viewer",
        is_highlighted=speaking.highlighted if speaking is not None else False,
        invited_by=body.inviter,
        notify=body.with_email_notification,
    )


async def _one(work: Work, live_id: Id, found: list[inviting.Invited]) -> Answer:
    (invited,) = found
    if not invited.is_new:
        return Answer(None, status=200)
    return Answer((await bridge.invited(work, live_id, found))[0])
