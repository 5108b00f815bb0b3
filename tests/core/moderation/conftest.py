"""A live session, its staff, and people who come to watch."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from livehall.core.moderation import ops
from livehall.core.moderation.ops import BanParticipant, Shown
from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant, ParticipantRole
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from tests.core.audience.conftest import Stage, ben, clock, desk, eve, host, media, session, stage

__all__ = ["Stage", "ben", "clock", "desk", "eve", "host", "media", "session", "stage"]

PHONE, LAPTOP = "phone-of-ben", "laptop-of-ben"


def on(device: str, actor: Actor) -> Actor:
    """The same person, signed in on a device."""
    return msgspec.structs.replace(actor, visitor_key=device)


async def banned(desk: Desk, by: Actor, session: Session, whom: Actor, **more: object) -> Shown:
    cmd = BanParticipant(session_id=session.id, account_id=whom.id or "", **more)  # type: ignore[arg-type]
    async with desk.work(by) as work:
        return await ops.ban(work, cmd)


async def lifted(desk: Desk, by: Actor, session: Session, whom: Actor) -> None:
    async with desk.work(by) as work:
        await ops.lift(work, session.id, whom.id or "")


@pytest.fixture
def appoint(desk: Desk, session: Session) -> Callable[[Actor, ParticipantRole], Awaitable[None]]:
    async def make(actor: Actor, role: ParticipantRole) -> None:
        async with desk.work(SYSTEM) as work:
            row = Participant(
                id=new_id(),
                organization_id=session.organization_id,
                room_id=session.room_id,
                session_id=session.id,
                scope_id=session.id,
                account_id=actor.id,
                email=None,
                role=role,
                invited_by=None,
                invited_at=None,
                created_at=work.now,
                updated_at=work.now,
                deleted_at=None,
            )
            await participants.add(work, row)

    return make
