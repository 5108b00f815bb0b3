"""Polls: who may put, answer, see and close them."""

import asyncio
from typing import Any

import msgspec
import pytest

from livehall.core.audience.scene import NotJoined
from livehall.core.polls import fields, jobs, ops, rules
from livehall.core.polls.faults import PollClosed, PollNotFound
from livehall.core.polls.model import Tally
from livehall.core.polls.showing import Shown
from livehall.core.sessions import ops as session_ops
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import FeatureDisabled, InvalidState, SessionNotFound
from livehall.core.sessions.rights import settings_of
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Forbidden, Invalid
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk, Read
from tests.core.polls.evening import Polls
from tests.support.asking import Asking
from tests.support.on_air import a_session, end, in_backstage, on_air
from tests.support.people import Hands, a_person, actor_of


async def switch(polls: Polls, **flags: bool) -> None:
    """Turn switches of the session's preset."""
    async with polls.desk.work(SYSTEM) as work:
        session = await sessions.get(work, polls.session.id)
        preset = msgspec.structs.replace(settings_of(session).preset, **flags)
        await sessions.change(work, session.id, {"preset_snapshot": msgspec.to_builtins(preset)})


def counts(shown: Shown) -> tuple[int, ...] | None:
    return shown.tally.votes if shown.may_see_counts else None


async def test_a_poll_is_put_answered_and_counted(polls: Polls, host: Actor, ben: Actor) -> None:
    put = await polls.create(host, "  Tea or coffee?  ", ("tea", " coffee "))
    assert put.poll.question == "Tea or coffee?"
    assert [option["text"] for option in put.poll.options] == ["tea", "coffee"]
    assert (put.poll.status, put.poll.anonymous, put.poll.show_results) == ("open", True, "after_vote")

    answered = await polls.vote(ben, put, 1)
    assert answered.mine == [put.poll.options[1]["id"]]
    assert answered.tally == Tally(1, (0, 1))
    await polls.vote(host, put, 0)
    (listed,) = await polls.page(ben)
    assert (listed.mine, listed.tally) == (answered.mine, Tally(2, (1, 1)))
    assert listed.tally.percentages == (50.0, 50.0)


async def test_a_vote_of_a_plain_viewer_waits_for_four_answers_of_the_database(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    poll = (await polls.create(host)).poll
    cmd = ops.Vote(session_id=polls.session.id, poll_id=poll.id, option_ids=[poll.options[1]["id"]])
    async with polls.desk.work(ben, hot=True) as work:
        work.db = asking = Asking(work.db)
        shown = await ops.vote(work, polls.ballots, cmd)
    assert asking.asked == ["one", "one", "run", "all"]  # the session, the poll; the vote, the counts
    assert (shown.mine, shown.tally.votes) == ([poll.options[1]["id"]], (0, 1))


async def test_i7_c21_a_later_vote_takes_the_place_of_the_earlier_one(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    put = await polls.create(host, options=("a", "b", "c"), allow_multiple=True, show_results="always")
    await polls.vote(ben, put, 0, 2, 2)
    assert (await polls.page(host))[0].tally == Tally(1, (1, 0, 1))
    changed = await polls.vote(ben, put, 1)
    assert (changed.mine, changed.tally) == ([put.poll.options[1]["id"]], Tally(1, (0, 1, 0)))


@pytest.mark.parametrize("anonymous", [True, False])
async def test_i7_two_votes_of_one_person_at_once_leave_one_ballot(
    polls: Polls, host: Actor, ben: Actor, *, anonymous: bool
) -> None:
    put = await polls.create(host, anonymous=anonymous)
    await asyncio.gather(*(polls.vote(ben, put, at % 2) for at in range(10)))
    tally = await polls.results(host, put)
    assert (tally.voters, sum(tally.votes)) == (1, 1)


async def test_two_closings_at_once_close_once_and_no_vote_is_counted_after_it(
    polls: Polls, host: Actor
) -> None:
    people = [await polls.viewer(f"person{number}") for number in range(8)]
    put = await polls.create(host, show_results="always")
    done = await asyncio.gather(
        *(polls.vote(person, put, 0) for person in people[:4]),
        polls.close(host, put),
        polls.close(host, put),
        *(polls.vote(person, put, 1) for person in people[4:]),
        return_exceptions=True,
    )
    accepted = sum(isinstance(each, Shown) for each in done[:4] + done[6:])
    assert {type(each) for each in done} <= {Shown, PollClosed}
    (told,) = await polls.told("poll.closed")
    assert told.data["tally"]["voters"] == accepted
    assert (await polls.results(host, put)).voters == accepted


@pytest.mark.parametrize(
    ("question", "options", "where"),
    [
        (" ", ("a", "b"), "question"), ("x" * 501, ("a", "b"), "question"), ("a\0b", ("a", "b"), "question"),
        ("Which?", ("a",), "options"), ("Which?", tuple("abcdefghijk"), "options"),
        ("Which?", ("a", " a "), "options"), ("Which?", ("a", " "), "options.1"),
        ("Which?", ("a" * 201, "b"), "options.0"),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_poll_is_refused_by_name(
    polls: Polls, host: Actor, question: str, options: tuple[str, ...], where: str
) -> None:
    with pytest.raises(Invalid) as fault:
        await polls.create(host, question, options)
    assert fault.value.details[0].field == where


async def test_a_vote_names_options_of_the_poll_and_one_unless_it_allows_more(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    put, other = await polls.create(host), await polls.create(host, "Which?", ("x", "y"))
    mixed = msgspec.structs.replace(put, poll=msgspec.structs.replace(put.poll, options=other.poll.options))
    for shown, positions in ((put, (0, 1)), (put, ()), (mixed, (0,))):
        with pytest.raises(Invalid):
            await polls.vote(ben, shown, *positions)
    assert (await polls.results(host, put)).voters == 0


async def test_a_draft_is_the_staffs_until_it_is_opened(polls: Polls, host: Actor, ben: Actor) -> None:
    draft = await polls.create(host, draft=True, duration_s=60)
    assert (draft.poll.status, draft.poll.closes_at) == ("draft", None)
    assert await polls.page(ben) == []
    assert await polls.page(ben, "draft") == []
    with pytest.raises(PollNotFound):
        await polls.vote(ben, draft, 0)
    with pytest.raises(PollNotFound):
        await polls.results(ben, draft)
    with pytest.raises(PollClosed):
        await polls.vote(host, draft, 0)
    with pytest.raises(InvalidState):
        await polls.close(host, draft)
    with pytest.raises(Forbidden):
        await polls.update(ben, draft.poll.id, opens=True)
    with pytest.raises(Forbidden):
        await polls.create(ben, draft=True)

    changed = await polls.update(host, draft.poll.id, question="Which?", options=("x", "y", "z"))
    assert [option["text"] for option in changed.poll.options] == ["x", "y", "z"]
    opened = await polls.update(host, draft.poll.id, opens=True)
    assert opened.poll.closes_at is not None
    assert (await polls.update(host, draft.poll.id, opens=True)).poll == opened.poll  # C6
    with pytest.raises(InvalidState):
        await polls.update(host, draft.poll.id, question="Another?")
    await polls.vote(ben, opened, 2)
    assert [row.type for row in await polls.told("poll.drafted", "poll.opened")] == [
        "poll.drafted", "poll.drafted", "poll.opened",
    ]  # fmt: skip


async def test_drafts_are_made_before_the_start_and_polls_are_open_while_the_session_is(
    desk: Desk, host: Actor
) -> None:
    planned = Polls(desk, await a_session(desk, host))
    await planned.create(host, draft=True)
    with pytest.raises(InvalidState):
        await planned.create(host)
    backstage = Polls(desk, await in_backstage(desk, host))
    await backstage.create(host)
    await end(desk, backstage.session)
    for draft in (True, False):
        with pytest.raises(InvalidState):
            await backstage.create(host, draft=draft)


@pytest.mark.parametrize(
    ("show_results", "before_and_after_the_vote"),
    [("always", (True, True)), ("after_vote", (False, True)), ("after_close", (False, False))],
)
async def test_counts_are_shown_as_the_poll_says_and_to_staff_always(
    polls: Polls,
    host: Actor,
    ben: Actor,
    show_results: str,
    before_and_after_the_vote: tuple[bool, bool],
) -> None:
    put = await polls.create(host, show_results=show_results)
    for may_see in before_and_after_the_vote:
        (listed,) = await polls.page(ben)
        assert listed.may_see_counts is may_see
        if may_see:
            await polls.results(ben, put)
        else:
            with pytest.raises(FeatureDisabled):
                await polls.results(ben, put)
        await polls.vote(ben, put, 0)
    assert (await polls.results(host, put)).voters == 1
    await polls.close(host, put)
    assert (await polls.results(await polls.viewer("eve"), put)).votes == (1, 0)


async def test_a_closed_poll_is_final(polls: Polls, host: Actor, ben: Actor) -> None:
    put = await polls.create(host)
    await polls.vote(ben, put, 0)
    closed = await polls.close(host, put)
    assert (closed.poll.status, closed.poll.final) == ("closed", Tally(1, (1, 0)))
    assert (await polls.close(host, put)).poll == closed.poll
    with pytest.raises(PollClosed):
        await polls.vote(ben, put, 1)
    (listed,) = await polls.page(ben, "closed")
    assert (listed.mine, counts(listed)) == ([put.poll.options[0]["id"]], (1, 0))
    assert len(await polls.told("poll.closed")) == 1


async def test_a_poll_closes_by_itself_at_its_time(
    polls: Polls, host: Actor, ben: Actor, hands: Hands
) -> None:
    put = await polls.create(host, duration_s=60)
    await polls.vote(ben, put, 0)
    hands.forward(seconds=59)
    await jobs.close_due(polls.desk, polls.ballots)
    assert [each.poll.id for each in await polls.page(ben, "open")] == [put.poll.id]
    hands.forward(seconds=3)
    with pytest.raises(PollClosed):
        await polls.vote(ben, put, 1)
    await jobs.close_due(polls.desk, polls.ballots)
    await jobs.close_due(polls.desk, polls.ballots)
    (closed,) = await polls.page(ben, "closed")
    assert (closed.poll.closed_at, closed.tally) == (put.poll.closes_at, Tally(1, (1, 0)))
    (told,) = await polls.told("poll.closed")
    assert told.actor_kind == "system"


async def test_i17_the_end_of_a_session_closes_its_open_polls_and_tells_them_before_it(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    first, second = await polls.create(host), await polls.create(host, "Which?", ("x", "y"))
    draft = await polls.create(host, draft=True)
    await polls.vote(ben, second, 1)
    await end(polls.desk, polls.session)

    told = await polls.told("poll.closed", "session.ended")
    assert [row.type for row in told] == ["poll.closed", "poll.closed", "session.ended"]
    revisions = [row.data["revision"] for row in told]
    assert revisions == list(range(revisions[0], revisions[0] + 3))
    listed = {each.poll.id: each for each in await polls.page(host)}
    assert listed[first.poll.id].poll.final == Tally(0, (0, 0))
    assert listed[second.poll.id].poll.final == Tally(1, (0, 1))
    assert listed[draft.poll.id].poll.status == "draft"


async def test_the_audience_puts_polls_where_it_may_and_closes_its_own(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    with pytest.raises(FeatureDisabled):
        await polls.create(ben)
    await switch(polls, audience_poll_create=True)
    own, hosts = await polls.create(ben), await polls.create(host)
    eve = await polls.viewer("eve")
    with pytest.raises(Forbidden):
        await polls.close(eve, own)
    with pytest.raises(Forbidden):
        await polls.close(ben, hosts)
    assert (await polls.close(ben, own)).poll.status == "closed"


@pytest.mark.parametrize("flag", ["poll_enabled", "audience_poll_view", "audience_poll_vote"])
async def test_switches_take_polls_away_from_the_audience(
    polls: Polls, host: Actor, ben: Actor, flag: str
) -> None:
    put = await polls.create(host)
    await switch(polls, **{flag: False})
    if flag == "audience_poll_vote":
        assert len(await polls.page(ben)) == 1
    else:
        with pytest.raises(FeatureDisabled):
            await polls.page(ben)
    if flag != "audience_poll_view":
        with pytest.raises(FeatureDisabled):
            await polls.vote(ben, put, 0)


async def test_c23_polls_hidden_from_the_audience_do_not_raise_the_revision(
    polls: Polls, host: Actor
) -> None:
    await switch(polls, audience_poll_view=False)
    async with polls.desk.read(SYSTEM) as read:
        before = (await sessions.get(read, polls.session.id)).revision
    await polls.close(host, await polls.create(host))
    told = await polls.told("poll.opened", "poll.closed")
    assert [(row.data["is_public"], row.data["revision"]) for row in told] == [(False, before)] * 2


async def test_who_has_not_joined_has_no_polls(polls: Polls, desk: Desk, host: Actor) -> None:
    put = await polls.create(host, show_results="always")
    eve = actor_of(await a_person(desk, "eve@example.org", "viewer"))
    for call in (polls.page(eve), polls.vote(eve, put, 0), polls.results(eve, put)):
        with pytest.raises(NotJoined):
            await call


async def test_polls_of_another_session_do_not_exist(desk: Desk, polls: Polls, host: Actor) -> None:
    put = await polls.create(host)
    other = Polls(desk, await on_air(desk, host))
    for call in (other.vote(host, put, 0), other.results(host, put), other.close(host, put)):
        with pytest.raises(PollNotFound):
            await call
    stranger = actor_of(await a_person(desk, "eve@example.org", "admin", "Elsewhere"))
    hidden = Polls(desk, await on_air(desk, host, visibility="private"))
    with pytest.raises(SessionNotFound):
        await hidden.page(stranger)


async def test_a_session_has_20_open_polls_at_most(polls: Polls, host: Actor) -> None:
    for _ in range(fields.MOST_OPEN):
        last = await polls.create(host)
    with pytest.raises(InvalidState):
        await polls.create(host)
    draft = await polls.create(host, draft=True)
    with pytest.raises(InvalidState):
        await polls.update(host, draft.poll.id, opens=True)
    await polls.close(host, last)
    await polls.update(host, draft.poll.id, opens=True)


def test_a_session_has_200_polls_at_most() -> None:
    rules.check_room_for(polls=199, open_polls=0, opens=True)
    with pytest.raises(InvalidState):
        rules.check_room_for(polls=200, open_polls=0, opens=False)


async def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    polls: Polls, host: Actor, ben: Actor
) -> None:
    async def queries() -> int:
        async with polls.desk.read(ben) as read:
            counted = Counted(read)
            assert await ops.page(counted.read, polls.ballots, polls.session.id, None)
            return counted.number

    await polls.vote(ben, await polls.create(host), 0)
    one = await queries()
    for number in range(9):
        put = await polls.create(host, allow_multiple=True)
        await polls.vote(ben, put, 0, 1)
        if number % 2:
            await polls.close(host, put)
    assert await queries() == one <= 10


class Counted:
    """A read whose statements are counted."""

    def __init__(self, read: Read) -> None:
        self.number = 0
        self.read = Read(self, read.actor, read.now)  # type: ignore[arg-type]
        self._db = read.db

    async def all(self, statement: Any, /, **values: object) -> Any:
        self.number += 1
        return await self._db.all(statement, **values)

    async def one(self, statement: Any, /, **values: object) -> Any:
        self.number += 1
        return await self._db.one(statement, **values)


async def test_settings_of_the_session_do_not_touch_polls(polls: Polls, host: Actor, ben: Actor) -> None:
    put = await polls.create(host)
    async with polls.desk.work(host) as work:
        await session_ops.change_settings(
            work, polls.session.id, session_ops.ChangeSettings(chat_enabled=False)
        )
    await polls.vote(ben, put, 0)


async def test_a_poll_that_does_not_exist_is_not_found(polls: Polls, host: Actor) -> None:
    with pytest.raises(PollNotFound):
        await polls.update(host, new_id(), opens=True)
