"""Operations of linked groups: what is open to their members."""

from livehall.core.invitees import linking
from livehall.core.invitees.faults import GroupNotLinked
from livehall.core.people.faults import GroupNotFound
from livehall.core.rooms.faults import LibraryNotFound
from livehall.core.sessions.faults import FeatureDisabled, SessionNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.groups.wire import GroupListResponse, GroupResponse
from livehall.dialects.live.invitees import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "Groups"
OF_SESSION = (SessionNotFound, Forbidden, FeatureDisabled, GroupNotFound)
OF_LIBRARY = (Forbidden, LibraryNotFound, GroupNotFound)


@api.route(
    "GET", "/sessions/{id}/groups", operation="listSessionGroups", tag=TAG, access="viewer", machines=True,
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_session_groups(work: Read, id: Id, query: PageQuery) -> GroupListResponse:
    """The groups that a session is open to, in the order of linking."""
    found = await linking.of_session(work, id, query.limit, query.offset)
    return GroupListResponse.of(found.groups, found.total, query)


@api.route(
    "PUT", "/sessions/{id}/groups/{group_id}", operation="linkSessionGroup", tag=TAG, access="host",
    status=204, raises=OF_SESSION,
)  # fmt: skip
async def link_session_group(work: Work, id: Id, group_id: Id) -> None:
    """Open a session to the members of a group, also where the room is private.

    Harmless when it is open to them.
    """
    await linking.link_to_session(work, id, [group_id])


@api.route(
    "DELETE", "/sessions/{id}/groups/{group_id}", operation="unlinkSessionGroup", tag=TAG, access="host",
    status=204, raises=[*OF_SESSION, GroupNotLinked],
)  # fmt: skip
async def unlink_session_group(work: Work, id: Id, group_id: Id) -> None:
    """Close a session to the members of a group."""
    await linking.unlink_from_session(work, id, group_id)


@api.route(
    "POST", "/sessions/{id}/groups/bulk-add", operation="linkSessionGroups", tag=TAG, access="host",
    status=204, raises=OF_SESSION,
)  # fmt: skip
async def link_session_groups(work: Work, id: Id, body: wire.LinkGroupsRequest) -> None:
    """Open a session to several groups, with letters or without.

    When one is unknown, none is linked.
    """
    await linking.link_to_session(work, id, body.ids(), notify=body.notify)


@api.route(
    "POST", "/sessions/{id}/groups/bulk-remove", operation="unlinkSessionGroups", tag=TAG, access="host",
    status=204, raises=OF_SESSION,
)  # fmt: skip
async def unlink_session_groups(work: Work, id: Id, body: wire.UnlinkGroupsRequest) -> None:
    """Close a session to several groups; those that are not linked are passed over."""
    await linking.unlink_many_from_session(work, id, body.ids())


@api.route(
    "GET", "/libraries/{library_id}/groups", operation="listLibraryGroups", tag=TAG, access="host",
    raises=[Forbidden, LibraryNotFound],
)  # fmt: skip
async def list_library_groups(work: Read, library_id: Id, query: PageQuery) -> GroupListResponse:
    """The groups that the private rooms of a library are open to."""
    found = await linking.of_library(work, library_id, query.limit, query.offset)
    return GroupListResponse.of(found.groups, found.total, query)


@api.route(
    "POST", "/libraries/{library_id}/groups", operation="linkLibraryGroup", tag=TAG, access="host",
    status=201, raises=OF_LIBRARY,
)  # fmt: skip
async def link_library_group(work: Work, library_id: Id, body: wire.LinkGroupRequest) -> GroupResponse:
    """Open the private rooms of a library to a group."""
    return GroupResponse.of(await linking.link_to_library(work, library_id, body.group_id.lower()))


@api.route(
    "DELETE", "/libraries/{library_id}/groups/{group_id}", operation="unlinkLibraryGroup", tag=TAG,
    access="host", status=204, raises=[*OF_LIBRARY, GroupNotLinked],
)  # fmt: skip
async def unlink_library_group(work: Work, library_id: Id, group_id: Id) -> None:
    """Close the private rooms of a library to a group."""
    await linking.unlink_from_library(work, library_id, group_id)
