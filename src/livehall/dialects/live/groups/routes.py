"""Operations of groups. What is open to them is with the invited people (`live.invitees`)."""

from livehall.core.people import groups
from livehall.core.people.faults import AlreadyExists, GroupNotFound, PersonNotFound
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.auth.wire import UserResponse
from livehall.dialects.live.groups import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "Groups"


@api.route(
    "GET", "/groups", operation="listGroups", tag=TAG, access="viewer", machines=True, raises=[Forbidden],
)  # fmt: skip
async def list_groups(work: Read, query: PageQuery) -> wire.GroupListResponse:
    """The groups of the caller's organization, by name."""
    found = await groups.page(work, query.limit, query.offset)
    return wire.GroupListResponse.of(found.groups, found.total, query)


@api.route(
    "POST", "/groups", operation="createGroup", tag=TAG, access="admin", status=201, repeatable=True,
    raises=[Forbidden, AlreadyExists], answer=wire.GroupResponse,
)  # fmt: skip
async def create_group(work: Work, body: wire.CreateGroupRequest) -> Answer:
    """Make a group."""
    return _answer(await groups.create(work, body.command()))


@api.route(
    "GET", "/groups/{id}", operation="getGroup", tag=TAG, access="viewer", machines=True,
    raises=[Forbidden, GroupNotFound], answer=wire.GroupResponse,
)  # fmt: skip
async def get_group(work: Read, id: Id) -> Answer:
    """Show one group."""
    return _answer(await groups.get(work, id))


@api.route(
    "PATCH", "/groups/{id}", operation="updateGroup", tag=TAG, access="admin",
    raises=[Forbidden, GroupNotFound, AlreadyExists, Conflict], answer=wire.GroupResponse,
)  # fmt: skip
async def update_group(work: Work, id: Id, if_match: IfMatch, body: wire.UpdateGroupRequest) -> Answer:
    """Rename or describe a group."""
    return _answer(await groups.update(work, id, body.command(), if_match))


@api.route(
    "DELETE", "/groups/{id}", operation="deleteGroup", tag=TAG, access="admin", status=204,
    raises=[Forbidden, GroupNotFound],
)  # fmt: skip
async def delete_group(work: Work, id: Id) -> None:
    """Remove a group.

    What was open to it alone is closed to its members at once.
    """
    await groups.delete(work, id)


@api.route(
    "GET", "/groups/{id}/members", operation="listGroupMembers", tag=TAG, access="viewer", machines=True,
    raises=[Forbidden, GroupNotFound],
)  # fmt: skip
async def list_group_members(work: Read, id: Id, query: PageQuery) -> wire.GroupMembersResponse:
    """Who is in a group.

    Addresses are shown to administrators only.
    """
    found = await groups.members(work, id, query.limit, query.offset)
    return wire.GroupMembersResponse.of(found.people, found.total, query, private=work.actor.is_admin)


@api.route(
    "PUT", "/groups/{id}/members/{account_id}", operation="addGroupMember", tag=TAG, access="admin",
    raises=[Forbidden, GroupNotFound, PersonNotFound],
)  # fmt: skip
async def add_group_member(work: Work, id: Id, account_id: Id) -> UserResponse:
    """Put a member of the organization into a group.

    Harmless when they are in it.
    """
    return UserResponse.of(await groups.add_member(work, id, account_id), private=True)


@api.route(
    "POST", "/groups/{id}/members", operation="addGroupMemberByAddress", tag=TAG, access="admin",
    raises=[Forbidden, GroupNotFound, PersonNotFound],
)  # fmt: skip
async def add_group_member_by_address(work: Work, id: Id, body: wire.AddGroupMemberRequest) -> UserResponse:
    """Put the member with an address into a group.

    Harmless when they are in it.
    """
    return UserResponse.of(await groups.add_by_address(work, id, body.email), private=True)


@api.route(
    "DELETE", "/groups/{id}/members/{account_id}", operation="removeGroupMember", tag=TAG, access="admin",
    status=204, raises=[Forbidden, GroupNotFound, PersonNotFound],
)  # fmt: skip
async def remove_group_member(work: Work, id: Id, account_id: Id) -> None:
    """Take somebody out of a group."""
    await groups.remove_member(work, id, account_id)


def _answer(shown: groups.Shown) -> Answer:
    return Answer(wire.GroupResponse.of(shown), revision=shown.group.revision)
