"""Voting, as a whole: the round of results learns of a vote after its commit, when it can be counted."""

from livehall.core.polls import ops
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.showing import Shown
from livehall.kernel.actor import Actor
from livehall.kernel.work import Desk


async def vote(desk: Desk, ballots: Ballots, actor: Actor, cmd: ops.Vote) -> Shown:
    """As `ops.vote`. Raises what that does, and DatabaseUnavailable."""
    async with desk.work(actor, hot=True, of=actor.account_id or actor.visitor_key) as work:
        shown = await ops.vote(work, ballots, cmd)
    ballots.note(cmd.poll_id)
    return shown
