"""What a ban sets off after its commit: media first, then realtime, each tried on its own."""

import pytest

from livehall.core.moderation.reactions import reactions
from livehall.core.ports.media import MediaUnavailable, Presence
from livehall.core.ports.realtime import Publication
from livehall.core.sessions.model import Session
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk
from tests.core.moderation.conftest import Stage, banned, lifted
from tests.support.on_air import SEALING
from tests.support.people import NOON


class World:
    """A media server with people in its room, and a hub: what they are told, in order."""

    def __init__(self, *identities: str, is_down: bool = False) -> None:
        self.there, self.is_down = identities, is_down
        self.told: list[str] = []

    async def present(self, room: str) -> tuple[Presence, ...]:
        if self.is_down:
            raise MediaUnavailable
        return tuple(
            Presence(sid=f"PA_{identity}", identity=identity, kind="standard", joined_at=NOON)
            for identity in self.there
        )

    async def remove(self, room: str, identity: str) -> None:
        self.told.append(f"remove {identity}")

    def publish(self, channel: str, publication: Publication) -> None:
        raise AssertionError("publishing is the relay's")

    def disconnect(self, user: str, *, code: int, reason: str) -> None:
        self.told.append(f"disconnect {user} {code} {reason}")


async def the_ban(desk: Desk) -> Entry:
    async with desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.NEW, limit=200)
    (entry,) = [row for row in rows if row.type == "participant.banned"]
    return entry


async def react(desk: Desk, world: World) -> None:
    entry = await the_ban(desk)
    for reaction in reactions(desk, world, world, SEALING)["participant.banned"]:  # type: ignore[arg-type]
        await reaction(entry)


async def test_all_connections_of_the_account_end_media_before_realtime(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, eve: Actor
) -> None:
    joined = await stage.join(ben)
    await banned(desk, host, session, ben)
    own = [joined.identity, f"u.{ben.id}", f"m.{ben.id}.0a0b"]
    world = World(f"u.{host.id}", *own, f"u.{eve.id}.0c0d")
    await react(desk, world)
    assert world.told == [*(f"remove {each}" for each in own), f"disconnect {ben.id} 4502 banned"]


async def test_a_media_server_that_is_away_keeps_nobody_in_realtime(
    desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    await banned(desk, host, session, ben)
    world = World(is_down=True)
    entry = await the_ban(desk)
    media, realtime = reactions(desk, world, world, SEALING)["participant.banned"]  # type: ignore[arg-type]
    with pytest.raises(MediaUnavailable):
        await media(entry)
    await realtime(entry)
    assert world.told == [f"disconnect {ben.id} 4502 banned"]


async def test_a_ban_that_was_lifted_meanwhile_throws_out_nobody(
    desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    await banned(desk, host, session, ben)
    await lifted(desk, host, session, ben)
    world = World(f"u.{ben.id}.0a0b")
    await react(desk, world)
    assert world.told == []
