"""Use cases of organizations as their members see them, on both databases."""

import msgspec
import pytest
from sqlalchemy import update

from livehall.core.people import organizations
from livehall.core.people.faults import OrganizationNotFound
from livehall.core.people.model import account, membership, organization
from livehall.core.people.organizations_store import Query
from livehall.kernel.actor import ANONYMOUS, SYSTEM
from livehall.kernel.db import Command
from livehall.kernel.work import Desk
from tests.support.people import NOON, a_person, actor_of
from tests.support.statements import Noted


async def change(desk, statement):
    async with desk.work(SYSTEM) as work:
        assert await work.db.run(Command(statement)) == 1


async def seen(desk, actor):
    async with desk.read(actor) as read:
        return [each.organization.name for each in (await organizations.page(read, 20, 0)).organizations]


async def test_who_is_deactivated_or_gone_belongs_nowhere_any_more(desk):
    ada = await a_person(desk)
    assert await seen(desk, actor_of(ada)) == ["Livehall"]
    where = (membership.c.account_id == ada.id, membership.c.organization_id == ada.organization_id)
    for off, on in (
        (update(membership).where(*where).values(is_active=False),
         update(membership).where(*where).values(is_active=True)),
        (update(account).where(account.c.id == ada.id).values(is_active=False),
         update(account).where(account.c.id == ada.id).values(is_active=True)),
        (update(account).where(account.c.id == ada.id).values(deleted_at=NOON),
         update(account).where(account.c.id == ada.id).values(deleted_at=None)),
        (update(organization).where(organization.c.id == ada.organization_id).values(deleted_at=NOON),
         update(organization).where(organization.c.id == ada.organization_id).values(deleted_at=None)),
    ):  # fmt: skip
        await change(desk, off)
        assert await seen(desk, actor_of(ada)) == []
        async with desk.read(actor_of(ada)) as read:
            with pytest.raises(OrganizationNotFound):
                await organizations.get(read, ada.organization_id)
        await change(desk, on)
    assert await seen(desk, actor_of(ada)) == ["Livehall"]
    assert await seen(desk, ANONYMOUS) == []


async def test_a_deactivated_member_is_listed_and_one_that_is_gone_is_not(desk):
    ada, bob = await a_person(desk, role="owner"), await a_person(desk, "bob@example.org")
    cy = await a_person(desk, "cy@example.org")
    await change(desk, update(membership).where(membership.c.account_id == bob.id).values(is_active=False))
    await change(desk, update(account).where(account.c.id == cy.id).values(deleted_at=NOON))
    async with desk.read(actor_of(ada)) as read:
        found = await organizations.members(read, ada.organization_id, Query())
    assert [(each.username, each.is_active) for each in found.people] == [("ada", True), ("bob", False)]
    assert found.total == 2


async def test_a_display_name_is_searched_and_sorted_by(desk):
    ada, bob = await a_person(desk, role="admin"), await a_person(desk, "bob@example.org")
    await change(desk, update(account).where(account.c.id == bob.id).values(display_name="Aaron Berg"))
    async with desk.read(actor_of(ada)) as read:
        everybody = await organizations.members(read, ada.organization_id, Query())
        named = await organizations.members(read, ada.organization_id, Query(search="berg aar"))
    assert [each.id for each in everybody.people] == [bob.id, ada.id]
    assert ([each.id for each in named.people], named.total) == ([bob.id], 1)


async def test_many_members_cost_as_many_queries_as_one(desk, database):
    ada = await a_person(desk, role="admin")
    costs = []
    for _ in range(2):
        noted = Noted(database)
        async with Desk(noted).read(actor_of(ada)) as read:
            await organizations.members(read, ada.organization_id, Query(search="a", roles=("admin", "host")))
        costs.append(len(noted.read_statements))
        for number in range(5):
            await a_person(desk, f"member-{number}@example.org")
    assert costs == [4, 4]


async def test_a_machine_has_only_the_organization_it_was_made_in(desk):
    ada = await a_person(desk, role="admin")
    there = await a_person(desk, role="admin", organization="Elsewhere")
    key = msgspec.structs.replace(
        actor_of(ada), kind="client", id="01890000-0000-7000-8000-00000000000a", acts_for=ada.id, role="host"
    )
    assert await seen(desk, key) == ["Livehall"]
    assert await seen(desk, actor_of(ada)) == ["Elsewhere", "Livehall"]
    async with desk.read(key) as read:
        assert (await organizations.get(read, ada.organization_id)).role == "host"
        with pytest.raises(OrganizationNotFound):
            await organizations.get(read, there.organization_id)
    await change(desk, update(membership).where(membership.c.organization_id == ada.organization_id)
                 .values(is_guest=True))  # fmt: skip
    assert await seen(desk, msgspec.structs.replace(key, is_guest=True)) == []
