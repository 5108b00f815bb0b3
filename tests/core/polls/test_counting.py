"""Counting: from the rows, gathered for listeners, once in a while for great polls; and secrecy."""

import pytest
from sqlalchemy import select

from livehall.core.polls import jobs
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.jobs import PollResult, PollResults
from livehall.core.polls.model import Tally, poll_vote
from livehall.core.polls.secrecy import Secrecy
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.db import DatabaseUnavailable, Statement
from livehall.kernel.work import Desk
from tests.core.polls.evening import Polls
from tests.support.on_air import on_air
from tests.support.people import Hands
from tests.support.statements import Noted

ROWS = Statement(select(poll_vote), lambda *row: row)


async def rows(polls: Polls) -> list[tuple[str, ...]]:
    async with polls.desk.read(SYSTEM) as read:
        return await read.db.all(ROWS)


async def test_an_anonymous_vote_leads_back_to_nobody(polls: Polls, host: Actor, ben: Actor) -> None:
    first, second = await polls.create(host), await polls.create(host)
    for put in (first, second):
        await polls.vote(ben, put, 1)
    stored = await rows(polls)
    assert len({key for _, key, *_ in stored}) == 2
    assert [account for _, _, _, account, _ in stored] == [None, None]
    assert ben.id not in repr(stored)
    assert not [row for row in await polls.told("poll.opened") if ben.id in repr(row)]
    (listed, _) = await polls.page(ben)
    assert listed.mine == [first.poll.options[1]["id"]]


async def test_a_vote_with_a_name_has_one(polls: Polls, host: Actor, ben: Actor) -> None:
    await polls.vote(ben, await polls.create(host, anonymous=False), 0)
    ((_, key, _, account, _),) = await rows(polls)
    assert (key, account) == (ben.id, ben.id)


async def test_the_key_of_an_anonymous_voter_is_made_with_a_secret(polls: Polls, host: Actor) -> None:
    put = (await polls.create(host)).poll
    mine, other = Secrecy(b"k" * 32), Secrecy(b"o" * 32)
    assert mine.voter_key(put, "ben") == mine.voter_key(put, "ben") != other.voter_key(put, "ben")
    assert mine.voter_key(put, "ben") != mine.voter_key(put, "eve")


async def test_no_vote_is_in_the_journal(polls: Polls, host: Actor, ben: Actor) -> None:
    await polls.vote(ben, await polls.create(host), 0)
    async with polls.desk.read(SYSTEM) as read:
        assert [row for row in await read.db.all(journal.NEW, limit=1000) if row.actor_id == ben.id] == []


class Round:
    """Rounds of results, and what they told."""

    def __init__(self, polls: Polls) -> None:
        self.told: list[PollResult] = []
        self.results = PollResults(polls.desk, polls.ballots, self.told.append)

    async def gather(self) -> list[PollResult]:
        self.told.clear()
        await self.results.gather()
        return list(self.told)


async def test_results_are_gathered_for_polls_that_were_voted_on_since(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    shown = await polls.create(host, show_results="always")
    hidden = await polls.create(host, show_results="after_vote")
    rounds = Round(polls)
    assert {each.poll.id for each in await rounds.gather()} == {shown.poll.id, hidden.poll.id}
    assert await rounds.gather() == []

    for at in (0, 1, 0):
        await polls.vote(ben, shown, at)
    await polls.vote(host, hidden, 1)
    told = {each.poll.id: each for each in await rounds.gather()}
    assert (told[shown.poll.id].tally, told[shown.poll.id].is_public) == (Tally(1, (1, 0)), True)
    assert (told[hidden.poll.id].tally, told[hidden.poll.id].is_public) == (Tally(1, (0, 1)), False)
    assert await rounds.gather() == []

    await polls.vote(ben, shown, 1)
    await polls.close(host, shown)
    assert await rounds.gather() == []


async def test_a_round_of_results_costs_the_same_number_of_queries_however_many_sessions(
    polls: Polls, host: Actor
) -> None:
    async def queries() -> tuple[int, int]:
        noted = Noted(polls.desk.database)
        told: list[PollResult] = []
        await PollResults(Desk(noted), polls.ballots, told.append).gather()  # type: ignore[arg-type]
        return len(told), len(noted.read_statements)

    await polls.create(host)
    told, one = await queries()
    assert told == 1
    for _ in range(3):
        await Polls(polls.desk, await on_air(polls.desk, host)).create(host)
    assert await queries() == (4, one)


async def test_c23_results_carry_the_present_revision_without_raising_it(polls: Polls, host: Actor) -> None:
    put = await polls.create(host)
    (opened,) = await polls.told("poll.opened")
    await polls.vote(host, put, 0)
    (told,) = await Round(polls).gather()
    assert told.revision == opened.data["revision"]


async def test_what_a_round_could_not_count_the_next_one_does(
    polls: Polls, host: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = await polls.create(host)
    rounds = Round(polls)
    await rounds.gather()
    await polls.vote(host, put, 0)

    async def away(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(jobs.store, "open_among", away)
        with pytest.raises(DatabaseUnavailable):
            await rounds.gather()
    assert [each.poll.id for each in await rounds.gather()] == [put.poll.id]


async def test_a_great_poll_is_counted_once_in_two_seconds(polls: Polls, host: Actor, hands: Hands) -> None:
    people = [await polls.viewer(f"person{number}") for number in range(5)]
    polls.ballots = Ballots(Secrecy(b"k" * 32), exact_up_to=2)
    put = await polls.create(host, show_results="always")
    for person in people[:3]:
        assert (await polls.vote(person, put, 0)).tally.voters == people.index(person) + 1
    await polls.vote(people[3], put, 0)
    assert (await polls.results(host, put)).voters == 3
    hands.forward(seconds=2)
    assert (await polls.results(host, put)).voters == 4
    await polls.vote(people[4], put, 1)
    assert (await polls.close(host, put)).tally == Tally(5, (4, 1))


async def test_a_repeated_vote_is_counted_once(polls: Polls, host: Actor, ben: Actor) -> None:
    put = await polls.create(host)
    for _ in range(3):
        await polls.vote(ben, put, 1)
    assert await polls.results(host, put) == Tally(1, (0, 1))


def test_percentages_are_of_all_voters() -> None:
    assert Tally(3, (2, 1, 3)).percentages == (66.7, 33.3, 100.0)
    assert Tally(0, (0, 0)).percentages == (0.0, 0.0)
