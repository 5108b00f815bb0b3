"""What organizations look like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.people.organizations import MemberPage, Own, Page, Query, Sort
from livehall.dialects.kit import Moment, moment
from livehall.dialects.live.auth.wire import UserResponse, UserRole, Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageQuery, PageSize, Pagination
from livehall.kernel.actor import Actor, Role

WantedRole = Annotated[UserRole, Meta(description="Only these; may be repeated.")]
ROLES: dict[UserRole, tuple[Role, ...]] = {
    "viewer": ("viewer",),
    "host": ("host",),
    "admin": ("admin", "owner"),
}


class OrganizationResponse(msgspec.Struct, kw_only=True):
    """A house with members of its own; nothing of one is seen from another."""

    id: Uuid
    slug: Annotated[str, Meta(description="Its name as part of an address.")]
    name: str
    timezone: Annotated[str, Meta(description="Of the IANA database.")]
    locale: str
    role: Annotated[UserRole, Meta(description="The caller's own.")]
    is_current: Annotated[bool, Meta(description="The caller is signed in to this one.")]
    created_at: Moment

    @classmethod
    def of(cls, own: Own, actor: Actor) -> Self:
        row = own.organization
        return cls(
            id=row.id,
            slug=row.slug,
            name=row.name,
            timezone=row.timezone,
            locale=row.locale,
            role="admin" if own.role == "owner" else own.role,
            is_current=row.id == actor.member_of,
            created_at=moment(row.created_at),
        )


class OrganizationListResponse(msgspec.Struct, kw_only=True):
    organizations: list[OrganizationResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: Page, query: PageQuery, actor: Actor) -> Self:
        return cls(
            organizations=[OrganizationResponse.of(each, actor) for each in found.organizations],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class ListMembersQuery(msgspec.Struct, kw_only=True):
    search: Annotated[str, Meta(max_length=200, description="Words in name, address or external id.")] = ""
    role: tuple[WantedRole, ...] = ()
    sort: Annotated[Sort, Meta(description="Order; default `name`. By role: administrators first.")] = "name"
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> Query:
        return Query(
            search=self.search,
            roles=tuple(each for role in self.role for each in ROLES[role]),
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class OrganizationMembersResponse(msgspec.Struct, kw_only=True):
    members: list[UserResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: MemberPage, query: ListMembersQuery) -> Self:
        return cls(
            members=[UserResponse.of(each, private=True) for each in found.people],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )
