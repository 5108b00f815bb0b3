"""Operations of linked groups."""

from livehall.core.invitees import linking
from livehall.core.invitees.faults import GroupNotLinked
from livehall.core.people.faults import GroupNotFound
from livehall.core.rooms.faults import LibraryNotFound
from livehall.core.sessions.faults import Banned, FeatureDisabled, SessionNotFound
from livehall.dialects.kit import Read, Window
from livehall.dialects.meltingspot.api import meltingspot
from livehall.dialects.meltingspot.groups import wire
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "groups"
RAISES = (SessionNotFound, Forbidden, Banned, FeatureDisabled, GroupNotFound)


@meltingspot.route(
    "GET", "/v1/lives/{liveId}/groups", operation="listLiveGroups", tag=TAG, access="service",
    raises=[SessionNotFound],
)  # fmt: skip
async def list_live_groups(work: Read, live_id: Id, window: Window) -> wire.GroupList:
    """List linked groups."""
    return wire.GroupList.of(await linking.of_session(work, live_id, window.limit, window.offset))


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/groups", operation="linkLiveGroup", tag=TAG, access="service", status=204,
    raises=RAISES,
)  # fmt: skip
async def link_live_group(work: Work, live_id: Id, body: wire.GroupLink) -> None:
    """Link one group."""
    await linking.link_to_session(work, live_id, [wire.group_id(body.group_id)])


@meltingspot.route(
    "DELETE", "/v1/lives/{liveId}/groups/{groupId}", operation="unlinkLiveGroup", tag=TAG, access="service",
    status=204, raises=[*RAISES, GroupNotLinked],
)  # fmt: skip
async def unlink_live_group(work: Work, live_id: Id, group_id: Id) -> None:
    """Unlink one group."""
    await linking.unlink_from_session(work, live_id, group_id)


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/groups~bulkAdd", operation="linkLiveGroups", tag=TAG, access="service",
    status=204, raises=RAISES,
)  # fmt: skip
async def link_live_groups(work: Work, live_id: Id, body: wire.GroupBulkAdd) -> None:
    """Link several groups; when one is unknown, none."""
    ids = [wire.group_id(each) for each in body.group_ids]
    await linking.link_to_session(work, live_id, ids, notify=body.with_email_notification)


@meltingspot.route(
    "POST", "/v1/lives/{liveId}/groups~bulkRemove", operation="unlinkLiveGroups", tag=TAG, access="service",
    status=204, raises=RAISES,
)  # fmt: skip
async def unlink_live_groups(work: Work, live_id: Id, body: wire.GroupBulkRemove) -> None:
    """Unlink several groups; those that are not linked are passed over."""
    await linking.unlink_many_from_session(work, live_id, [wire.group_id(each) for each in body.group_ids])


@meltingspot.route(
    "POST", "/v1/channels/{channelId}/groups", operation="linkChannelGroup", tag=TAG, access="service",
    status=204, raises=[Forbidden, LibraryNotFound, GroupNotFound],
)  # fmt: skip
async def link_channel_group(work: Work, channel_id: Id, body: wire.GroupLink) -> None:
    """Link a group to a channel, which is a library."""
    await linking.link_to_library(work, channel_id, wire.group_id(body.group_id))
