"""The chat: who may write and read, once each, at a bearable pace."""

from datetime import timedelta

import pytest

from livehall.core.audience import steps
from livehall.core.audience.scene import NotJoined
from livehall.core.audience.steps import Join
from livehall.core.chat import ops
from livehall.core.chat.faults import MessageNotFound
from livehall.core.chat.model import Message
from livehall.core.chat.ops import ReadMessages, SendMessage
from livehall.core.messages.faults import TooFast
from livehall.core.messages.pace import Pace
from livehall.core.sessions import ops as session_ops
from livehall.core.sessions.faults import FeatureDisabled, InvalidState, SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.ops import ChangeSettings
from livehall.engines.media import LiveKit
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.db import Database
from livehall.kernel.faults import Forbidden, Invalid
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from tests.support.asking import Asking
from tests.support.on_air import SEALING, a_session, end, in_backstage, on_air
from tests.support.people import Hands, a_person, actor_of

MEDIA = LiveKit("http://127.0.0.1:9", "key", "s" * 32).rooms


class Chat:
    """One session's chat, and people who are in it."""

    def __init__(self, desk: Desk, session: Session, clock: Hands) -> None:
        self.desk, self.session, self.clock, self.pace = desk, session, clock, Pace()

    async def join(self, actor: Actor, **more: object) -> None:
        cmd = Join(session_id=self.session.id, **more)  # type: ignore[arg-type]
        await steps.join(self.desk, MEDIA, SEALING, actor, cmd)

    async def send(self, actor: Actor, text: str, **more: object) -> Message:
        cmd = SendMessage(session_id=self.session.id, text=text, **more)  # type: ignore[arg-type]
        async with self.desk.work(actor, hot=True) as work:
            return await ops.send(work, self.pace, cmd)

    async def read(self, actor: Actor, **more: object) -> ops.Page:
        async with self.desk.read(actor) as read:
            return await ops.read(read, ReadMessages(session_id=self.session.id, **more))  # type: ignore[arg-type]

    async def texts(self, actor: Actor, **more: object) -> list[str]:
        return [message.text for message in (await self.read(actor, **more)).messages]

    async def delete(self, actor: Actor, message_id: str) -> None:
        async with self.desk.work(actor) as work:
            await ops.delete(work, self.session.id, message_id)

    async def settings(self, host: Actor, **more: object) -> None:
        async with self.desk.work(host) as work:
            await session_ops.change_settings(work, self.session.id, ChangeSettings(**more))  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def desk(database: Database, clock: Hands) -> Desk:
    return Desk(database, clock=clock)


@pytest.fixture
async def host(desk: Desk) -> Actor:
    return actor_of(await a_person(desk))


@pytest.fixture
async def ben(desk: Desk) -> Actor:
    return actor_of(await a_person(desk, "ben@example.org", "viewer"))


@pytest.fixture
async def chat(desk: Desk, clock: Hands, host: Actor, ben: Actor) -> Chat:
    """Live, with Ben let in."""
    chat = Chat(desk, await on_air(desk, host), clock)
    await chat.join(ben)
    return chat


async def test_what_is_written_is_read_in_order_and_told_with_all_of_it(
    chat: Chat, host: Actor, ben: Actor
) -> None:
    first = await chat.send(ben, "  hello  ")
    await chat.send(host, "welcome", parent_id=first.id)

    assert await chat.texts(ben) == ["hello", "welcome"]
    async with chat.desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.NEW, limit=100)
    told = [row.data for row in rows if row.type == "chat.message"]
    assert [(one["text"], one["role"], one["name"]) for one in told] == [
        ("hello", "viewer", "ben"), ("welcome", "host", "ada"),
    ]  # fmt: skip
    assert told[1]["parent_id"] == first.id


async def test_i9_c20_a_repeated_client_id_gives_the_first_message_and_stores_nothing(
    chat: Chat, host: Actor, ben: Actor
) -> None:
    first = await chat.send(ben, "once", client_id="a")
    for _ in range(5):  # a repeat costs no pace
        assert await chat.send(ben, "twice", client_id="a") == first
    await chat.send(host, "mine", client_id="a")

    assert await chat.texts(ben) == ["once", "mine"]


async def test_a_message_of_a_plain_viewer_waits_for_one_answer_of_the_database(
    chat: Chat, ben: Actor
) -> None:
    async with chat.desk.work(ben, hot=True) as work:
        work.db = asking = Asking(work.db)
        await ops.send(work, chat.pace, SendMessage(session_id=chat.session.id, text="hello"))
    assert asking.asked == ["one"]
    assert await chat.texts(ben) == ["hello"]


async def test_three_at_once_then_one_in_two_seconds(chat: Chat, ben: Actor, clock: Hands) -> None:
    for text in "abc":
        await chat.send(ben, text)
    with pytest.raises(TooFast) as fault:
        await chat.send(ben, "d")
    assert fault.value.retry_after_s == 2
    clock.forward(seconds=2)
    await chat.send(ben, "e")
    with pytest.raises(TooFast):
        await chat.send(ben, "f")
    assert await chat.texts(ben) == ["a", "b", "c", "e"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "x" * 2001])
async def test_an_empty_or_over_long_text_is_refused(chat: Chat, ben: Actor, text: str) -> None:
    with pytest.raises(Invalid) as fault:
        await chat.send(ben, text)
    assert fault.value.details[0].field == "message"


async def test_2000_characters_are_not_too_many(chat: Chat, ben: Actor) -> None:
    assert len((await chat.send(ben, "ä" * 2000)).body) == 2000


@pytest.mark.parametrize("field", ["parent_id", "file_id"])
async def test_c5_an_id_that_does_not_exist_is_refused_with_its_name(
    chat: Chat, ben: Actor, field: str
) -> None:
    with pytest.raises(Invalid) as fault:
        await chat.send(ben, "hello", **{field: new_id()})
    assert fault.value.details[0].field == {"parent_id": "reply_to"}.get(field, field)


async def test_who_has_not_joined_neither_writes_nor_reads(chat: Chat, desk: Desk) -> None:
    eve = actor_of(await a_person(desk, "eve@example.org", "viewer"))
    with pytest.raises(NotJoined):
        await chat.send(eve, "hello")
    with pytest.raises(NotJoined):
        await chat.read(eve)


async def test_the_name_given_at_the_door_is_the_name_in_the_chat(chat: Chat, ben: Actor) -> None:
    await chat.join(ben, display_name="Benjamin")
    assert (await chat.send(ben, "hello")).display_name == "Benjamin"


async def test_c19_switched_off_staff_writes_and_everybody_reads(chat: Chat, host: Actor, ben: Actor) -> None:
    await chat.send(ben, "before")
    await chat.settings(host, chat_enabled=False)
    with pytest.raises(FeatureDisabled):
        await chat.send(ben, "after")
    await chat.send(host, "it is off now")
    assert await chat.texts(ben) == ["before", "it is off now"]


async def test_before_and_after_the_live_time_the_audience_is_silent(
    desk: Desk, clock: Hands, host: Actor, ben: Actor
) -> None:
    early = Chat(desk, await in_backstage(desk, host), clock)
    await early.send(host, "sound check")
    with pytest.raises(InvalidState):
        await Chat(desk, await a_session(desk, host), clock).send(host, "too early")

    chat = Chat(desk, await on_air(desk, host), clock)
    await chat.join(ben)
    await chat.send(ben, "hello")
    await end(desk, chat.session)
    for actor in (host, ben):
        with pytest.raises(InvalidState):
            await chat.send(actor, "too late")
    assert await chat.texts(host) == ["hello"]
    with pytest.raises(FeatureDisabled):
        await chat.read(ben)


async def test_a_session_that_one_may_not_see_has_no_chat(
    desk: Desk, clock: Hands, host: Actor, ben: Actor
) -> None:
    chat = Chat(desk, await on_air(desk, host, visibility="private"), clock)
    with pytest.raises(SessionNotFound):
        await chat.send(ben, "hello")
    with pytest.raises(SessionNotFound):
        await chat.read(ben)


async def test_a_writer_takes_a_message_back_within_five_minutes(
    chat: Chat, host: Actor, ben: Actor, clock: Hands
) -> None:
    first = await chat.send(ben, "oops")
    second = await chat.send(ben, "still here")
    clock.forward(minutes=5)
    await chat.delete(ben, first.id)
    await chat.delete(ben, first.id)
    clock.forward(milliseconds=1)
    with pytest.raises(Forbidden):
        await chat.delete(ben, second.id)
    await chat.delete(host, second.id)

    page = await chat.read(ben)
    assert [(one.text, one.deleted_by) for one in page.messages] == [("", ben.id), ("", host.id)]
    async with chat.desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.NEW, limit=100)
    assert [row.data["message_id"] for row in rows if row.type == "chat.deleted"] == [first.id, second.id]


async def test_only_ones_own_messages_are_taken_back(chat: Chat, host: Actor, ben: Actor) -> None:
    welcome = await chat.send(host, "welcome")
    with pytest.raises(Forbidden):
        await chat.delete(ben, welcome.id)
    with pytest.raises(MessageNotFound):
        await chat.delete(host, new_id())


async def test_pages_lead_back_to_the_beginning_and_on_from_a_message(
    chat: Chat, ben: Actor, clock: Hands
) -> None:
    sent = []
    for number in range(7):
        sent.append(await chat.send(ben, str(number)))
        clock.now += timedelta(seconds=2)
    newest = await chat.read(ben, limit=3)
    assert ([one.text for one in newest.messages], newest.has_more) == (["4", "5", "6"], True)
    older = await chat.read(ben, limit=4, before=newest.messages[0].id)
    assert ([one.text for one in older.messages], older.has_more) == (["0", "1", "2", "3"], False)
    caught_up = await chat.read(ben, limit=2, after=sent[2].id)
    assert ([one.text for one in caught_up.messages], caught_up.has_more) == (["3", "4"], True)
    with pytest.raises(Invalid):
        await chat.read(ben, before=sent[0].id, after=sent[1].id)
