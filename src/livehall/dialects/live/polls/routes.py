"""Operations of polls."""

from livehall.core.polls import ops, steps
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.faults import PollClosed, PollNotFound
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.polls import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Polls"
REFUSALS = (SessionNotFound, FeatureDisabled, Forbidden, Banned)


@api.route(
    "GET", "/sessions/{id}/polls", operation="listPolls", tag=TAG, access="viewer", raises=REFUSALS
)  # fmt: skip
async def list_polls(
    work: Read, ballots: Ballots, id: Id, query: wire.ListPollsQuery
) -> wire.PollListResponse:
    """List the polls.

    In order of making. Drafts are the staff's.
    """
    return wire.PollListResponse.of(await ops.page(work, ballots, id, query.status))


@api.route(
    "POST", "/sessions/{id}/polls", operation="createPoll", tag=TAG, access="viewer", status=201,
    machines=True, repeatable=True, raises=[*REFUSALS, InvalidState],
)  # fmt: skip
async def create_poll(
    work: Work, ballots: Ballots, id: Id, body: wire.CreatePollRequest
) -> wire.PollResponse:
    """Open a poll.

    Votes are accepted at once unless it is made as a draft. Open ones need `backstage` or `live`; drafts may
    be made earlier.
    """
    return wire.PollResponse.of(await ops.create(work, ballots, body.command(id)))


@api.route(
    "PATCH", "/sessions/{id}/polls/{poll_id}", operation="updatePoll", tag=TAG, access="moderator",
    raises=[*REFUSALS, PollNotFound, InvalidState],
)  # fmt: skip
async def update_poll(
    work: Work, ballots: Ballots, id: Id, poll_id: Id, body: wire.UpdatePollRequest
) -> wire.PollResponse:
    """Change a draft, or open it."""
    return wire.PollResponse.of(await ops.update(work, ballots, body.command(id, poll_id)))


@api.route(
    "POST", "/sessions/{id}/polls/{poll_id}/vote", operation="votePoll", tag=TAG, access="viewer",
    raises=[*REFUSALS, PollNotFound, PollClosed],
)  # fmt: skip
async def vote_poll(
    desk: Desk, actor: Actor, ballots: Ballots, id: Id, poll_id: Id, body: wire.VoteRequest
) -> wire.PollResponse:
    """Cast or change a vote.

    One ballot per person, whatever the number of devices.
    """
    return wire.PollResponse.of(await steps.vote(desk, ballots, actor, body.command(id, poll_id)))


@api.route(
    "GET", "/sessions/{id}/polls/{poll_id}/results", operation="getPollResults", tag=TAG, access="viewer",
    raises=[*REFUSALS, PollNotFound],
)  # fmt: skip
async def get_poll_results(work: Read, ballots: Ballots, id: Id, poll_id: Id) -> wire.PollResponse:
    """Counts of a poll.

    Refused with `feature_disabled` while `show_results` hides them from the caller; staff always see them.
    """
    return wire.PollResponse.of(await ops.results(work, ballots, id, poll_id))


@api.route(
    "POST", "/sessions/{id}/polls/{poll_id}/close", operation="closePoll", tag=TAG, access="viewer",
    machines=True,
    raises=[*REFUSALS, PollNotFound, InvalidState],
)  # fmt: skip
async def close_poll(work: Work, ballots: Ballots, id: Id, poll_id: Id) -> wire.PollResponse:
    """Stop the vote.

    By staff, or by the viewer who opened it. Idempotent.
    """
    return wire.PollResponse.of(await ops.close(work, ballots, id, poll_id))
