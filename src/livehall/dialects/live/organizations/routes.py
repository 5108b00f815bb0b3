"""Operations of organizations, as their members see them."""

from livehall.core.people import organizations
from livehall.core.people.faults import OrganizationNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.organizations import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id

TAG = "Organizations"


@api.route(
    "GET", "/organizations", operation="listOrganizations", tag=TAG, access="viewer", machines=True,
    raises=[Forbidden],
)  # fmt: skip
async def list_organizations(work: Read, query: PageQuery) -> wire.OrganizationListResponse:
    """The organizations that the caller is a member of, by name.

    Whoever registered as a viewer alone is a member of none; an API client has the one that it was made in.
    """
    found = await organizations.page(work, query.limit, query.offset)
    return wire.OrganizationListResponse.of(found, query, work.actor)


@api.route(
    "GET", "/organizations/{id}", operation="getOrganization", tag=TAG, access="viewer", machines=True,
    raises=[OrganizationNotFound, Forbidden],
)  # fmt: skip
async def get_organization(work: Read, id: Id) -> wire.OrganizationResponse:
    """Show one organization that the caller is a member of."""
    return wire.OrganizationResponse.of(await organizations.get(work, id), work.actor)


@api.route(
    "GET", "/organizations/{id}/members", operation="listOrganizationMembers", tag=TAG, access="admin",
    raises=[OrganizationNotFound, Forbidden],
)  # fmt: skip
async def list_organization_members(
    work: Read, id: Id, query: wire.ListMembersQuery
) -> wire.OrganizationMembersResponse:
    """Who is a member of the organization, with addresses.

    For administrators who are signed in to it. Deactivated members are listed too; whoever registered as a
    viewer alone is none.
    """
    return wire.OrganizationMembersResponse.of(await organizations.members(work, id, query.query()), query)
