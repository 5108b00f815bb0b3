"""Questions: who asks, sees, votes, answers, and in which order of states."""

from datetime import timedelta

import pytest

from livehall.core.messages.faults import TooFast
from livehall.core.questions import ops, rules, steps
from livehall.core.questions.faults import QuestionNotFound
from livehall.core.questions.jobs import VoteCounts
from livehall.core.sessions import bans
from livehall.core.sessions.bans import Ban
from livehall.core.sessions.faults import Banned, InvalidState
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, Invalid
from livehall.kernel.ids import new_id
from tests.core.questions.evening import Questions
from tests.support.on_air import end
from tests.support.people import a_person, actor_of

STATES = ("pending", "published", "answered", "dismissed")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", ["publish", "answer", "dismiss"])
def test_a_question_goes_only_where_its_machine_leads(state, command):
    allowed = {
        "publish": {"pending": "published", "published": "published", "answered": "answered"},
        "answer": {"published": "answered", "answered": "answered"},
        "dismiss": {"pending": "dismissed", "published": "dismissed", "dismissed": "dismissed"},
    }[command]
    if state in allowed:
        assert rules.after(state, command) == allowed[state]
    else:
        with pytest.raises(InvalidState):
            rules.after(state, command)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001, "a\x00b", "a\x1bb"])
def test_a_question_has_1_to_1000_readable_characters(text):
    with pytest.raises(Invalid) as fault:
        rules.clean_question(text)
    assert fault.value.details[0].field == "text"
    assert rules.clean_question(" two\nlines ") == "two\nlines"


async def test_without_moderation_everybody_sees_a_question_at_once(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    asked = await questions.ask(ben, "  Why is the sky blue? ")
    assert (asked.question.state, asked.is_own, asked.question.display_name) == ("published", True, "ben")
    assert await questions.texts(cleo) == ["Why is the sky blue?"]
    (told,) = await questions.told()
    assert (told.type, told.data["is_public"], told.data["question"]["body"]) == (
        "question.asked", True, "Why is the sky blue?",
    )  # fmt: skip


async def test_with_moderation_the_audience_sees_what_the_staff_has_published(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    await questions.moderated(host)
    asked = await questions.ask(ben, "Why?")
    question_id = asked.question.id
    assert asked.question.state == "pending"
    assert (await questions.texts(cleo), await questions.texts(ben)) == ([], ["Why?"])
    with pytest.raises(QuestionNotFound):  # I22
        await questions.get(cleo, question_id)
    with pytest.raises(Forbidden):
        await questions.publish(ben, question_id)
    for _ in range(2):  # C6
        assert (await questions.publish(host, question_id)).question.state == "published"
    assert await questions.texts(cleo) == ["Why?"]
    assert (await questions.ask(host, "From the house")).question.state == "published"
    told = [(row.type, row.data["is_public"]) for row in await questions.told()]
    assert told == [("question.asked", False), ("question.published", True), ("question.asked", True)]


async def test_what_is_dismissed_vanishes_for_all_but_the_staff_and_who_asked(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    asked = await questions.ask(ben)
    await questions.pin(host, asked.question.id)
    dismissed = await questions.dismiss(host, asked.question.id)
    assert (dismissed.question.state, dismissed.question.pinned_at) == ("dismissed", None)
    assert await questions.texts(cleo) == []
    assert [each.question.state for each in await questions.page(ben)] == ["dismissed"]
    assert await questions.texts(host, state="dismissed") == ["Why?"]
    with pytest.raises(InvalidState):
        await questions.answer(host, asked.question.id)


async def test_one_corrects_and_takes_back_only_ones_own_and_corrects_only_while_pending(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    await questions.moderated(host)
    question_id = (await questions.ask(ben, "Wy?")).question.id
    with pytest.raises(QuestionNotFound):
        await questions.correct(cleo, question_id, text="mine")
    corrected = await questions.correct(ben, question_id, text="Why?", is_anonymous=True)
    assert (corrected.question.body, corrected.question.is_anonymous) == ("Why?", True)
    await questions.publish(host, question_id)
    with pytest.raises(InvalidState):
        await questions.correct(ben, question_id, text="Again?")
    for other in (cleo, host):
        with pytest.raises(Forbidden):
            await questions.take_back(other, question_id)
    await questions.take_back(ben, question_id)
    assert await questions.texts(host) == []
    assert [row.type for row in await questions.told()][-1] == "question.deleted"


async def test_i7_i12_one_vote_a_person_and_the_number_is_counted_from_the_rows(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    first = (await questions.ask(ben, "first")).question.id
    second = (await questions.ask(ben, "second")).question.id
    for _ in range(2):
        voted = await questions.vote(cleo, second)
    assert (voted.question.vote_count, voted.has_voted) == (1, True)
    assert (await questions.vote(ben, second)).question.vote_count == 2
    told: list[object] = []
    counts = VoteCounts(questions.desk, questions.votes, told.append)
    await counts.gather()
    assert [(one.votes, one.is_public) for one in told] == [({second: 2}, True)]  # type: ignore[attr-defined]
    assert await questions.texts(cleo) == ["second", "first"]
    assert await questions.texts(cleo, sort="time") == ["first", "second"]
    assert (await questions.vote(ben, second, is_for=False)).question.vote_count == 1
    await questions.vote(ben, second, is_for=False)
    await counts.gather()
    await counts.gather()
    assert [one.votes for one in told] == [{second: 2}, {second: 1}]  # type: ignore[attr-defined]
    mine = {each.question.body: each.has_voted for each in await questions.page(cleo)}
    assert mine == {"second": True, "first": False}
    await questions.pin(host, first)
    assert await questions.texts(cleo) == ["first", "second"]


async def test_only_what_everybody_sees_takes_votes_and_pins(
    questions: Questions, host: Actor, ben: Actor
) -> None:
    await questions.moderated(host)
    question_id = (await questions.ask(ben)).question.id
    for refused in (questions.vote(ben, question_id), questions.pin(host, question_id)):
        with pytest.raises(InvalidState):
            await refused


async def test_the_staff_answers_in_writing_and_notes_what_was_answered_on_air(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    question_id = (await questions.ask(ben)).question.id
    with pytest.raises(Forbidden):
        await questions.answer(cleo, question_id)
    with pytest.raises(Invalid):
        await questions.answer(host, question_id, "  ")
    written = await questions.answer(host, question_id, "Because.")
    assert (written.question.state, [one.body for one in written.answers]) == ("answered", ["Because."])
    async with questions.desk.read(host) as read:
        now = read.now
    started = questions.session.started_at or now
    for wrong in (started - timedelta(seconds=1), now + timedelta(days=1)):
        with pytest.raises(Invalid):
            await questions.answer(host, question_id, "", is_on_air=True, on_air_at=wrong)
    await questions.answer(host, question_id, "", is_on_air=True)
    shown = await questions.get(cleo, question_id)
    assert [one.on_air_at is not None for one in shown.answers] == [False, True]


async def test_a_name_is_hidden_from_the_audience_and_known_to_the_staff_and_to_oneself(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    question_id = (await questions.ask(ben, is_anonymous=True)).question.id
    knows = {who.id: (await questions.get(who, question_id)).knows_name for who in (host, ben, cleo)}
    assert knows == {host.id: True, ben.id: True, cleo.id: False}


async def test_three_at_once_then_one_in_ten_seconds(questions: Questions, ben: Actor) -> None:
    for text in "abc":
        await questions.ask(ben, text)
    with pytest.raises(TooFast) as fault:
        await questions.ask(ben, "d")
    assert 1 <= (fault.value.retry_after_s or 0) <= 10


async def test_who_is_banned_neither_asks_nor_votes_nor_reads(
    questions: Questions, host: Actor, ben: Actor
) -> None:
    question_id = (await questions.ask(ben)).question.id
    async with questions.desk.work(host) as work:
        assert ben.id and host.id  # noqa: PT018
        row = Ban(
            id=new_id(), organization_id=questions.session.organization_id, session_id=questions.session.id,
            account_id=ben.id, reason=None, banned_by=host.id, banned_at=work.now, expires_at=None,
            lifted_at=None, lifted_by=None,
        )  # fmt: skip
        await bans.add(work, row, [])
    for refused in (
        questions.ask(ben), questions.vote(ben, question_id), questions.page(ben),
        questions.take_back(ben, question_id),
    ):  # fmt: skip
        with pytest.raises(Banned):
            await refused
    async with questions.desk.work(host) as work:
        await ops.take_back_all_of(work, questions.session, ben.id)
    assert await questions.texts(host) == []


async def test_once_the_session_is_over_all_is_read_and_nothing_changes(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    question_id = (await questions.ask(ben)).question.id
    await end(questions.desk, questions.session)
    for refused in (
        questions.ask(ben), questions.vote(cleo, question_id), questions.take_back(ben, question_id),
        questions.dismiss(host, question_id), questions.pin(host, question_id),
        questions.answer(host, question_id),
    ):  # fmt: skip
        with pytest.raises(InvalidState):
            await refused
    assert await questions.texts(cleo) == ["Why?"]


async def test_all_is_taken_out_attendee_by_attendee_with_addresses_for_the_host_alone(
    questions: Questions, host: Actor, ben: Actor, cleo: Actor
) -> None:
    for who, text in ((ben, "b1"), (cleo, "c1"), (ben, "b2")):
        last = (await questions.ask(who, text, is_anonymous=who is cleo)).question.id
    await questions.vote(cleo, last)
    taken = await questions.ask(cleo, "never mind")
    await questions.take_back(cleo, taken.question.id)
    rows = [row async for row in await steps.asked_by_attendee(questions.desk, host, questions.session.id)]
    assert [(row.email, row.text, row.votes, row.is_anonymous) for row in rows] == sorted(
        [
            ("ben@example.org", "b1", 0, False), ("ben@example.org", "b2", 1, False),
            ("cleo@example.org", "c1", 0, True),
        ],
        key=lambda row: (ben.id if row[0].startswith("ben") else cleo.id) or "",
    )  # fmt: skip
    assert {row.attendee_id for row in rows} == {ben.id, cleo.id}
    exported = [
        (row.text, [answer.text for answer in answers])
        async for row, answers in await steps.export(
            questions.desk, host, questions.session.id, "csv", "time"
        )
    ]
    assert exported == [("b1", []), ("c1", []), ("b2", [])]
    for who in (ben, actor_of(await a_person(questions.desk, "eve@example.org"))):
        with pytest.raises(Forbidden):
            await steps.asked_by_attendee(questions.desk, who, questions.session.id)
    assert [row.type for row in await questions.told()][-1] == "question.exported"
