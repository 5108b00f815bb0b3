"""Polls as one person may see them."""

from collections.abc import Mapping, Sequence

import msgspec

from livehall.core.polls import rules, store
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.fields import MOST_OPEN
from livehall.core.polls.model import Poll, Tally
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """`mine`: what the person chose. The counts of `tally` are theirs to know only with `may_see_counts`."""

    poll: Poll
    tally: Tally
    mine: list[Id]
    may_see_counts: bool


async def show(
    work: Work,
    ballots: Ballots,
    polls: Sequence[Poll],
    *,
    is_staff: bool,
    choices: Mapping[Id, int] | None = None,
) -> list[Shown]:
    """For the actor, in two queries at most; in one, where their `choices` are known."""
    if choices is None:
        person = _person(work.actor)
        keys = {each.id: ballots.secrecy.voter_key(each, person) for each in polls} if person else {}
        choices = await store.ballots(work, keys)
    tallies = await ballots.tallies(work, polls)
    shown = []
    for each in polls:
        mine = rules.chosen_in(each, choices.get(each.id, 0))
        may_see = rules.may_see_counts(each, is_staff=is_staff, has_voted=bool(mine))
        shown.append(Shown(poll=each, tally=tallies[each.id], mine=mine, may_see_counts=may_see))
    return shown


async def open_ones(work: Work, ballots: Ballots, session_id: Id, *, is_staff: bool) -> list[Shown]:
    """The open polls of a session, the newest first; that the actor may read them was checked."""
    polls = await store.newest_open(work, session_id, MOST_OPEN)
    return await show(work, ballots, polls, is_staff=is_staff)


def _person(actor: Actor) -> Id | None:
    return actor.account_id or actor.visitor_key
