"""A live session with a stage, its host, and people in it."""

import pytest

from livehall.core.audience import steps as audience
from livehall.core.audience.steps import Join, Joined
from livehall.core.ports.media import MediaRooms
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import store as session_store
from livehall.core.sessions.model import Session
from livehall.core.sessions.ops import ChangeSettings
from livehall.core.stage import management, ops
from livehall.core.stage.management import Remove
from livehall.core.stage.model import Kind
from livehall.core.stage.ops import Asked
from livehall.engines.media import LiveKit
from livehall.kernel.actor import Actor
from livehall.kernel.db import Database
from livehall.kernel.work import Desk
from tests.support.on_air import SEALING, on_air
from tests.support.people import Hands, a_person, actor_of


class Stage:
    """What people do with the stage of one session."""

    def __init__(self, desk: Desk, media: MediaRooms, session: Session, host: Actor, clock: Hands) -> None:
        self.desk, self.media, self.session, self.host, self.clock = desk, media, session, host, clock

    async def person(self, name: str) -> Actor:
        """Somebody who has joined."""
        actor = actor_of(await a_person(self.desk, f"{name}@example.org", "viewer"))
        await self.join(actor)
        return actor

    async def join(self, actor: Actor) -> Joined:
        return await audience.join(self.desk, self.media, SEALING, actor, Join(session_id=self.session.id))

    async def raises_hand(self, actor: Actor) -> Asked:
        async with self.desk.work(actor) as work:
            return await ops.raise_hand(work, self.session.id)

    async def asks(self, actor: Actor) -> Asked:
        async with self.desk.work(actor) as work:
            return await ops.ask_to_join(work, self.session.id)

    async def approve(self, kind: Kind, asked: Asked, by: Actor | None = None) -> None:
        assert asked.request is not None
        async with self.desk.work(by or self.host) as work:
            await management.approve(work, self.session.id, kind, asked.request.id)

    async def seats(self, actor: Actor) -> None:
        await self.approve("hand", await self.raises_hand(actor))

    async def remove(self, actor: Actor, by: Actor | None = None) -> None:
        async with self.desk.work(by or self.host) as work:
            await management.remove(work, Remove(session_id=self.session.id, account_id=actor.id or ""))

    async def settings(self, **more: object) -> None:
        async with self.desk.work(self.host) as work:
            await sessions.change_settings(work, self.session.id, ChangeSettings(**more))  # type: ignore[arg-type]

    async def on_it(self) -> list[str]:
        """The accounts on stage."""
        async with self.desk.read(self.host) as read:
            return [each.seat.account_id for each in (await ops.stage(read, self.session.id)).members]

    async def status(self, actor: Actor, kind: Kind = "hand") -> str | None:
        async with self.desk.read(actor) as read:
            asked = await ops.mine(read, self.session.id, kind)
        return asked.request.status if asked.request else None

    async def refreshed(self) -> Session:
        async with self.desk.read(self.host) as read:
            return await session_store.get(read, self.session.id)


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
async def stage(desk: Desk, host: Actor, clock: Hands) -> Stage:
    """Tokens are made; nobody answers at the media server."""
    media = LiveKit("http://127.0.0.1:9", "key", "s" * 32).rooms
    return Stage(desk, media, await on_air(desk, host), host, clock)
