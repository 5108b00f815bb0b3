"""What groups look like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.people import groups
from livehall.core.people.fields import Email
from livehall.core.people.groups import Shown
from livehall.core.people.model import Person
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import UserResponse, Uuid
from livehall.dialects.live.rooms.wire import PageQuery, Pagination

GroupName = Annotated[str, Meta(max_length=255, description="Name of the group; 1 to 200 characters.")]
GroupText = Annotated[str, Meta(max_length=4096, description="Plain text.")]
Emoji = Annotated[
    str, Meta(max_length=groups.LONGEST_EMOJI, description="A picture character, shown with the name.")
]
Icon = Annotated[str, Meta(max_length=groups.LONGEST_ICON, description="Name of an icon of your own.")]


class CreateGroupRequest(Request, kw_only=True):
    name: GroupName
    description: GroupText | None = None
    emoji: Emoji | None = None
    icon: Icon | None = None

    def command(self) -> groups.CreateGroup:
        return groups.CreateGroup(
            name=self.name, description=self.description, emoji=self.emoji, icon=self.icon
        )


class UpdateGroupRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears."""

    name: GroupName | UnsetType = UNSET
    description: GroupText | UnsetType | None = UNSET
    emoji: Emoji | UnsetType | None = UNSET
    icon: Icon | UnsetType | None = UNSET

    def command(self) -> groups.UpdateGroup:
        return groups.UpdateGroup(
            name=self.name, description=self.description, emoji=self.emoji, icon=self.icon
        )


class AddGroupMemberRequest(Request, kw_only=True):
    email: Email


class GroupResponse(msgspec.Struct, kw_only=True):
    """Members of the organization under one name."""

    id: Uuid
    name: str
    description: str | None
    emoji: str | None
    icon: str | None
    members: Annotated[int, Meta(ge=0, description="How many are in it.")]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: Shown) -> Self:
        group = shown.group
        return cls(
            id=group.id,
            name=group.name,
            description=group.description,
            emoji=group.emoji,
            icon=group.icon,
            members=shown.members,
            created_at=moment(group.created_at),
            updated_at=moment(group.updated_at),
        )


class GroupListResponse(msgspec.Struct, kw_only=True):
    groups: list[GroupResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: list[Shown], total: int, query: PageQuery) -> Self:
        return cls(
            groups=[GroupResponse.of(each) for each in found],
            pagination=Pagination.of(query.page, query.limit, total),
        )


class GroupMembersResponse(msgspec.Struct, kw_only=True):
    members: list[UserResponse]
    pagination: Pagination

    @classmethod
    def of(cls, people: list[Person], total: int, query: PageQuery, *, private: bool) -> Self:
        """`private`: with addresses, for administrators."""
        return cls(
            members=[UserResponse.of(each, private=private) for each in people],
            pagination=Pagination.of(query.page, query.limit, total),
        )
