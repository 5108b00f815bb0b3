"""A live session with questions, and people who are in it."""

from typing import Any

from livehall.core.audience import ops as audience_ops
from livehall.core.audience import steps as audience
from livehall.core.audience.steps import Join
from livehall.core.questions import ops, steps
from livehall.core.questions.showing import Shown
from livehall.core.questions.votes import AskingPace, Votes
from livehall.core.sessions import ops as session_ops
from livehall.core.sessions.model import Session
from livehall.core.sessions.ops import ChangeSettings
from livehall.engines.media import LiveKit
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk
from tests.support.on_air import SEALING
from tests.support.people import a_person, actor_of

MEDIA = LiveKit("http://127.0.0.1:9", "key", "s" * 32).rooms


class Questions:
    def __init__(self, desk: Desk, session: Session) -> None:
        self.desk, self.session = desk, session
        self.pace, self.votes = AskingPace(), Votes()

    async def viewer(self, name: str) -> Actor:
        actor = actor_of(await a_person(self.desk, f"{name}@example.org", "viewer"))
        cmd = Join(session_id=self.session.id, prefer="hls")
        joined = await audience.join(self.desk, MEDIA, SEALING, actor, cmd)
        assert joined.attendance is not None
        async with self.desk.work(SYSTEM) as work:
            await audience_ops.seen(work, joined.attendance.id)
        return actor

    async def moderated(self, host: Actor, is_on: bool = True) -> None:
        async with self.desk.work(host) as work:
            await session_ops.change_settings(
                work, self.session.id, ChangeSettings(question_moderation=is_on)
            )

    async def ask(self, actor: Actor, text: str = "Why?", *, is_anonymous: bool = False) -> Shown:
        cmd = ops.AskQuestion(session_id=self.session.id, text=text, is_anonymous=is_anonymous)
        async with self.desk.work(actor) as work:
            return await ops.ask(work, self.pace, cmd)

    async def correct(self, actor: Actor, question_id: str, **more: Any) -> Shown:
        cmd = ops.CorrectQuestion(session_id=self.session.id, question_id=question_id, **more)
        async with self.desk.work(actor) as work:
            return await ops.correct(work, cmd)

    async def take_back(self, actor: Actor, question_id: str) -> None:
        async with self.desk.work(actor) as work:
            await ops.take_back(work, self.session.id, question_id)

    async def publish(self, actor: Actor, question_id: str) -> Shown:
        async with self.desk.work(actor) as work:
            return await ops.publish(work, self.session.id, question_id)

    async def dismiss(self, actor: Actor, question_id: str) -> Shown:
        async with self.desk.work(actor) as work:
            return await ops.dismiss(work, self.session.id, question_id)

    async def pin(self, actor: Actor, question_id: str, is_pinned: bool = True) -> Shown:
        async with self.desk.work(actor) as work:
            return await ops.pin(work, self.session.id, question_id, is_pinned=is_pinned)

    async def answer(self, actor: Actor, question_id: str, text: str = "So.", **more: Any) -> Shown:
        cmd = ops.AnswerQuestion(session_id=self.session.id, question_id=question_id, text=text, **more)
        async with self.desk.work(actor) as work:
            return await ops.answer(work, cmd)

    async def vote(self, actor: Actor, question_id: str, *, is_for: bool = True) -> Shown:
        return await steps.vote(self.desk, self.votes, actor, self.session.id, question_id, is_for=is_for)

    async def page(self, actor: Actor, **more: Any) -> list[Shown]:
        async with self.desk.read(actor) as read:
            found = await ops.page(read, ops.ListQuestions(session_id=self.session.id, **more))
        return found.questions

    async def texts(self, actor: Actor, **more: Any) -> list[str]:
        return [each.question.body for each in await self.page(actor, **more)]

    async def get(self, actor: Actor, question_id: str) -> Shown:
        async with self.desk.read(actor) as read:
            return await ops.get(read, self.session.id, question_id)

    async def told(self) -> list[Entry]:
        """The journal's rows of questions, in order."""
        async with self.desk.read(SYSTEM) as read:
            rows = await read.db.all(journal.NEW, limit=1000)
        return [row for row in rows if row.type.startswith("question.")]
