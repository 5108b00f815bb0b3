"""Operations of speakers and invited people."""

from livehall.core.invitees import inviting, ops
from livehall.core.invitees.faults import PersonNotInvited
from livehall.core.ports.sealing import Sealing
from livehall.core.sessions.faults import (
    AlreadyHigher,
    Banned,
    FeatureDisabled,
    InvalidState,
    SessionNotFound,
)
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.invitees import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "People"
INVITING = (SessionNotFound, Forbidden, FeatureDisabled, InvalidState)


@api.route(
    "GET", "/sessions/{id}/people", operation="listPeople", tag=TAG, access="co-host",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_people(work: Read, id: Id, query: wire.ListPeopleQuery) -> wire.PeopleListResponse:
    """Everybody with a standing towards a session.

    Invited, registered, speaking or helping; whoever registered for the whole room is among them.
    """
    return wire.PeopleListResponse.of(await ops.page(work, id, query.query()), query)


@api.route(
    "POST", "/sessions/{id}/people", operation="invitePerson", tag=TAG, access="co-host", status=201,
    repeatable=True, raises=[*INVITING, AlreadyHigher], answer=wire.PersonResponse,
    extra_answers={200: "Asked before; nothing has changed."},
)  # fmt: skip
async def invite_person(work: Work, sealing: Sealing, id: Id, body: wire.InvitePersonRequest) -> Answer:
    """Ask somebody to a session, by account or address.

    A member comes by signing in; anybody else by the personal link of the letter. Publishes:
    `participant.role`, for roles that help to run the session.
    """
    return _one(await inviting.invite_one(work, sealing, body.command(id)))


@api.route(
    "POST", "/sessions/{id}/people/bulk", operation="invitePeople", tag=TAG, access="co-host",
    repeatable=True, raises=INVITING,
)  # fmt: skip
async def invite_people(
    work: Work, sealing: Sealing, id: Id, body: wire.InvitePeopleRequest
) -> wire.InvitedPeopleResponse:
    """Ask many, with a result for each.

    A repeat counts once. When one is unknown by id, nobody is asked.
    """
    return wire.InvitedPeopleResponse.of(await inviting.invite(work, sealing, body.command(id)))


@api.route(
    "PATCH", "/sessions/{id}/people/{participant_id}", operation="updatePerson", tag=TAG, access="viewer",
    machines=True,
    raises=[
        SessionNotFound, PersonNotInvited, Forbidden, Banned, FeatureDisabled, AlreadyHigher, InvalidState,
        Conflict,
    ],
    answer=wire.PersonResponse,
)  # fmt: skip
async def update_person(
    work: Work, id: Id, participant_id: Id, if_match: IfMatch, body: wire.UpdatePersonRequest
) -> Answer:
    """Change what somebody is asked as, and how they are shown.

    Who was asked says by `rsvp` whether they come; the rest is for those who run the session. Publishes:
    `participant.role`, `participant.rsvp`.
    """
    return _answer(await ops.update(work, id, participant_id, body.command(), if_match))


@api.route(
    "DELETE", "/sessions/{id}/people/{participant_id}", operation="withdrawPerson", tag=TAG,
    access="co-host", status=204,
    raises=[SessionNotFound, PersonNotInvited, Forbidden, Banned, FeatureDisabled, InvalidState],
)  # fmt: skip
async def withdraw_person(work: Work, id: Id, participant_id: Id) -> None:
    """Take an invitation back.

    Who registered by themselves stays registered. Publishes: `participant.role`.
    """
    await ops.withdraw(work, id, participant_id)


@api.route(
    "GET", "/sessions/{id}/speakers", operation="listSpeakers", tag=TAG, access="public",
    raises=[SessionNotFound],
)  # fmt: skip
async def list_speakers(work: Read, id: Id, query: PageQuery) -> wire.SpeakersResponse:
    """Who speaks, with names, titles and some lines about them."""
    found = await ops.speakers(work, id, query.limit, query.offset)
    return wire.SpeakersResponse.of(found, query)


@api.route(
    "POST", "/sessions/{id}/speakers", operation="inviteSpeaker", tag=TAG, access="co-host", status=201,
    repeatable=True, raises=[*INVITING, AlreadyHigher], answer=wire.PersonResponse,
    extra_answers={200: "Asked before; nothing has changed."},
)  # fmt: skip
async def invite_speaker(work: Work, sealing: Sealing, id: Id, body: wire.InviteSpeakerRequest) -> Answer:
    """Ask somebody to speak, highlighted or with host rights.

    One who was asked to come becomes a speaker. Publishes: `participant.role`.
    """
    return _one(await inviting.invite_one(work, sealing, body.command(id)))


@api.route(
    "POST", "/sessions/{id}/speakers/bulk", operation="inviteSpeakers", tag=TAG, access="co-host",
    repeatable=True, raises=INVITING,
)  # fmt: skip
async def invite_speakers(
    work: Work, sealing: Sealing, id: Id, body: wire.InviteSpeakersRequest
) -> wire.InvitedPeopleResponse:
    """Ask several to speak, with a result for each."""
    return wire.InvitedPeopleResponse.of(await inviting.invite(work, sealing, body.command(id)))


def _one(invited: inviting.Invited) -> Answer:
    assert invited.shown is not None, "the host was refused"
    answer = _answer(invited.shown)
    return answer if invited.is_new else Answer(answer.data, revision=answer.revision, status=200)


def _answer(shown: ops.Shown) -> Answer:
    return Answer(wire.PersonResponse.of(shown), revision=shown.participant.revision)
