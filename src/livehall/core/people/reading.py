"""People and organizations as they are now, for who has decided that they may be known."""

import msgspec

from livehall.core.people import plans_store, store
from livehall.core.people.faults import OrganizationNotFound
from livehall.core.people.model import Organization, Person, Plan
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class House(msgspec.Struct, frozen=True, kw_only=True):
    """An organization, and the plan that it goes by."""

    organization: Organization
    plan: Plan | None


async def person(work: Work, account_id: Id, organization_id: Id) -> Person | None:
    """Who an account is in an organization; None for one that never was of it."""
    return await store.person(work, account_id, organization_id)


async def signed_in(work: Work, account_id: Id, organization_id: Id, family_id: Id | None) -> Person | None:
    """The same, unless the sign-in of this family was ended."""
    return await store.signed_in(work, account_id, organization_id, family_id)


async def house(work: Work, organization_id: Id) -> House:
    """Raises: OrganizationNotFound."""
    organization = await store.organization_by_id(work, organization_id)
    if organization is None:
        raise OrganizationNotFound
    return House(organization=organization, plan=await plans_store.of_organization(work, organization_id))
