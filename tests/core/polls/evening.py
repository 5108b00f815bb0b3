"""A session with polls, and people who are in it."""

from livehall.core.audience import steps as audience
from livehall.core.audience.steps import Join
from livehall.core.polls import ops, steps
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.model import Tally
from livehall.core.polls.secrecy import Secrecy
from livehall.core.polls.showing import Shown
from livehall.core.sessions.model import Session
from livehall.engines.media import LiveKit
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk
from tests.support.on_air import SEALING
from tests.support.people import a_person, actor_of

MEDIA = LiveKit("http://127.0.0.1:9", "key", "s" * 32).rooms


class Polls:
    def __init__(self, desk: Desk, session: Session) -> None:
        self.desk, self.session = desk, session
        self.ballots = Ballots(Secrecy(b"k" * 32))

    async def join(self, actor: Actor) -> None:
        await audience.join(self.desk, MEDIA, SEALING, actor, Join(session_id=self.session.id))

    async def viewer(self, name: str) -> Actor:
        actor = actor_of(await a_person(self.desk, f"{name}@example.org", "viewer"))
        await self.join(actor)
        return actor

    async def create(
        self, actor: Actor, question: str = "Tea or coffee?", options: tuple[str, ...] = ("tea", "coffee"),
        **more: object,
    ) -> Shown:  # fmt: skip
        cmd = ops.CreatePoll(session_id=self.session.id, question=question, options=options, **more)  # type: ignore[arg-type]
        async with self.desk.work(actor) as work:
            return await ops.create(work, self.ballots, cmd)

    async def update(self, actor: Actor, poll_id: str, **more: object) -> Shown:
        cmd = ops.UpdatePoll(session_id=self.session.id, poll_id=poll_id, **more)  # type: ignore[arg-type]
        async with self.desk.work(actor) as work:
            return await ops.update(work, self.ballots, cmd)

    async def vote(self, actor: Actor, shown: Shown, *positions: int) -> Shown:
        chosen = [shown.poll.options[at]["id"] for at in positions]
        cmd = ops.Vote(session_id=self.session.id, poll_id=shown.poll.id, option_ids=chosen)
        return await steps.vote(self.desk, self.ballots, actor, cmd)

    async def close(self, actor: Actor, shown: Shown) -> Shown:
        async with self.desk.work(actor) as work:
            return await ops.close(work, self.ballots, self.session.id, shown.poll.id)

    async def page(self, actor: Actor, status: ops.Status | None = None) -> list[Shown]:
        async with self.desk.read(actor) as read:
            return await ops.page(read, self.ballots, self.session.id, status)

    async def results(self, actor: Actor, shown: Shown) -> Tally:
        async with self.desk.read(actor) as read:
            return (await ops.results(read, self.ballots, self.session.id, shown.poll.id)).tally

    async def told(self, *types: str) -> list[Entry]:
        """The journal's rows of these types, in order."""
        async with self.desk.read(SYSTEM) as read:
            rows = await read.db.all(journal.NEW, limit=1000)
        return [row for row in rows if row.type in types]
