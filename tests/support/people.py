"""The least valid people, and a fixed clock."""

from datetime import UTC, datetime, timedelta

from livehall.core.people import ops
from livehall.core.people.model import Person
from livehall.kernel.actor import SYSTEM, Actor, Role
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
