"""What groups look like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.invitees.linking import Page
from livehall.core.people.faults import GroupNotFound
from livehall.core.people.groups_model import Group as GroupRow
from livehall.dialects.kit import Tolerant
from livehall.kernel.ids import Id, parse_id


def group_id(text: str) -> Id:
    """Raises: GroupNotFound, for what is no id."""
    found = parse_id(text)
    if found is None:
        raise GroupNotFound
    return found


class GroupLink(Tolerant, kw_only=True, rename="camel"):
    group_id: str


class GroupBulkAdd(Tolerant, kw_only=True, rename="camel"):
    group_ids: list[str]
    with_email_notification: bool = False


class GroupBulkRemove(Tolerant, kw_only=True, rename="camel"):
    group_ids: list[str]


class Group(msgspec.Struct, kw_only=True):
    id: str
    name: str
    description: str | None
    emoji: str | None
    icon: str | None

    @classmethod
    def of(cls, row: GroupRow) -> Self:
        return cls(id=row.id, name=row.name, description=row.description, emoji=row.emoji, icon=row.icon)


class GroupList(msgspec.Struct, kw_only=True):
    items: list[Group]
    total: Annotated[int, Meta(ge=0)]

    @classmethod
    def of(cls, found: Page) -> Self:
        return cls(items=[Group.of(each.group) for each in found.groups], total=found.total)
