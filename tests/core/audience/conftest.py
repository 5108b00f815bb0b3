"""A live session, its host, and people who come to watch."""

import pytest

from livehall.core.audience import ops, reports, steps
from livehall.core.audience.steps import Join, Joined
from livehall.core.ports.media import MediaRooms
from livehall.core.sessions.model import Session
from livehall.engines.media import LiveKit
from livehall.kernel.actor import MEDIA, Actor
from livehall.kernel.db import Database
from livehall.kernel.work import Desk
from tests.support.on_air import SEALING, on_air
from tests.support.people import Hands, a_person, actor_of


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def desk(database: Database, clock: Hands) -> Desk:
    return Desk(database, clock=clock)


@pytest.fixture
def media() -> MediaRooms:
    """Makes tokens; nobody answers there."""
    return LiveKit("http://127.0.0.1:9", "key", "s" * 32).rooms


@pytest.fixture
async def host(desk: Desk) -> Actor:
    return actor_of(await a_person(desk))


@pytest.fixture
async def ben(desk: Desk) -> Actor:
    return actor_of(await a_person(desk, "ben@example.org", "viewer"))


@pytest.fixture
async def eve(desk: Desk) -> Actor:
    return actor_of(await a_person(desk, "eve@example.org", "viewer"))


@pytest.fixture
async def session(desk: Desk, host: Actor) -> Session:
    return await on_air(desk, host)


class Stage:
    """What people and the media server do."""

    def __init__(self, desk: Desk, media: MediaRooms, session: Session, clock: Hands) -> None:
        self.desk, self.media, self.session, self.clock = desk, media, session, clock

    async def join(self, actor: Actor, **more: object) -> Joined:
        cmd = Join(session_id=self.session.id, **more)  # type: ignore[arg-type]
        return await steps.join(self.desk, self.media, SEALING, actor, cmd)

    async def leave(self, actor: Actor) -> None:
        async with self.desk.work(actor) as work:
            await ops.leave(work, self.session.id)

    async def joined(self, identity: str, sid: str, **more: object) -> None:
        async with self.desk.work(MEDIA) as work:
            await reports.joined(work, self._report(identity, sid, more))

    async def left(self, identity: str, sid: str, **more: object) -> None:
        async with self.desk.work(MEDIA) as work:
            await reports.left(work, self._report(identity, sid, more))

    async def aborted(self, identity: str, sid: str, **more: object) -> None:
        async with self.desk.work(MEDIA) as work:
            await reports.aborted(work, self._report(identity, sid, more))

    def _report(self, identity: str, sid: str, more: dict[str, object]) -> reports.Connection:
        given = {"room": self.session.id, "at": self.clock.now, **more}
        return reports.Connection(identity=identity, sid=sid, **given)  # type: ignore[arg-type]


@pytest.fixture
def stage(desk: Desk, media: MediaRooms, session: Session, clock: Hands) -> Stage:
    return Stage(desk, media, session, clock)
