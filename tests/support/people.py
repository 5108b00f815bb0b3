"""The least valid people, and a fixed clock."""

from datetime import UTC, datetime, timedelta

from livehall.core.invitees import store as invitees
from livehall.core.invitees.events import PersonChanged
from livehall.core.participants.model import Rsvp
from livehall.core.people import ops
from livehall.core.people.model import Person
from livehall.core.ports.tokens import Audience, Claims
from livehall.kernel.actor import SYSTEM, Actor, Role
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


async def a_person(
    desk: Desk, email: str = "ada@example.org", role: Role = "host", organization: str = "Livehall"
) -> Person:
    async with desk.work(SYSTEM) as work:
        house = await ops.default_organization(work, organization)
        return await ops.add_member(work, house, email, role)


def actor_of(person: Person) -> Actor:
    return Actor(
        kind="account",
        id=person.id,
        organization_id=person.organization_id,
        role=person.role,
        name=person.name,
    )


def claims_of(person: Person, until: datetime, audience: Audience = "api") -> Claims:
    """What a token of a signed-in person says."""
    return Claims(
        audience=audience,
        expires_at=until,
        account_id=person.id,
        organization_id=person.organization_id,
        role=person.role,
        name=person.name,
    )


async def say(desk: Desk, participant_id: Id, rsvp: Rsvp) -> None:
    """Somebody who was asked answers, whether they have an account or not."""
    async with desk.work(SYSTEM) as work:
        row = await invitees.change(work, participant_id, {"rsvp": rsvp})
        assert row.session_id is not None
        work.emit(
            PersonChanged(
                organization_id=row.organization_id,
                participant_id=row.id,
                session_id=row.session_id,
                room_id=row.room_id,
                role=row.role,
                changed=["rsvp"],
            )
        )
