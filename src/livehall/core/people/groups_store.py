"""SQL of groups and of what they are linked to."""

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.people.groups_model import Group, GroupLink, group, group_link, group_member
from livehall.core.people.model import Person, account, membership
from livehall.core.people.store import ACCOUNT_ID, ORGANIZATION_ID, PERSON
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, revise
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

GROUP_ID = bindparam("group_id", type_=Key)
SCOPE_ID = bindparam("scope_id", type_=Key)
LIMIT, OFFSET = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
ALIVE = group.c.deleted_at.is_(None)
OF_ORGANIZATION = (ALIVE, group.c.organization_id == ORGANIZATION_ID)
IS_MEMBER = (membership.c.is_guest.is_(False), account.c.deleted_at.is_(None))

ONE = select(group).where(group.c.id == GROUP_ID, *OF_ORGANIZATION)
BY_ID = Statement(ONE, Group)
LOCKED = Statement(ONE.with_for_update(), Group)
KEPT = Statement(
    select(group)
    .where(any_of(group.c.id, "group_ids"), *OF_ORGANIZATION)
    .order_by(group.c.id)
    .with_for_update(read=True, key_share=True),
    Group,
)
PAGE = Statement(
    select(group).where(*OF_ORGANIZATION).order_by(group.c.name, group.c.id).limit(LIMIT).offset(OFFSET),
    Group,
)
COUNT = Statement(select(func.count()).select_from(group).where(*OF_ORGANIZATION), int)
SIZES = Statement(
    select(group_member.c.group_id, func.count())
    .where(any_of(group_member.c.group_id, "group_ids"))
    .group_by(group_member.c.group_id),
    lambda *row: row,
)
ADD = Command(insert(group).values({c.name: bindparam(c.name, type_=c.type) for c in group.c}))
CLOSE = Command(
    update(group)
    .where(group.c.id == GROUP_ID)
    .values(deleted_at=bindparam("moment", type_=Instant), updated_at=bindparam("moment", type_=Instant))
)
IN_GROUP = group_member.c.group_id == GROUP_ID
MEMBERS = PERSON.join(
    group_member,
    and_(
        group_member.c.account_id == account.c.id,
        group_member.c.organization_id == membership.c.organization_id,
    ),
).where(IN_GROUP, *IS_MEMBER)
MEMBER_PAGE = Statement(
    MEMBERS.order_by(group_member.c.created_at, account.c.id).limit(LIMIT).offset(OFFSET), Person
)
MEMBER_COUNT = Statement(
    select(func.count())
    .select_from(group_member)
    .join(account, group_member.c.account_id == account.c.id)
    .join(
        membership,
        and_(
            membership.c.account_id == account.c.id,
            membership.c.organization_id == group_member.c.organization_id,
        ),
    )
    .where(IN_GROUP, *IS_MEMBER),
    int,
)
ADD_MEMBER = Command(
    upsert(group_member)
    .values({c.name: bindparam(c.name, type_=c.type) for c in group_member.c})
    .on_conflict_do_nothing()
)
REMOVE_MEMBER = Command(delete(group_member).where(IN_GROUP, group_member.c.account_id == ACCOUNT_ID))
CLEAR = Command(delete(group_member).where(IN_GROUP))
ADD_LINK = Command(
    upsert(group_link)
    .values({c.name: bindparam(c.name, type_=c.type) for c in group_link.c})
    .on_conflict_do_nothing()
)
REMOVE_LINK = Command(
    delete(group_link).where(group_link.c.group_id == GROUP_ID, group_link.c.scope_id == SCOPE_ID)
)
REMOVE_LINKS_OF_GROUP = Command(delete(group_link).where(group_link.c.group_id == GROUP_ID))
REMOVE_LINKS_OF_SCOPE = Command(
    delete(group_link).where(or_(group_link.c.scope_id == SCOPE_ID, group_link.c.room_id == SCOPE_ID))
)
LINKED = (
    select(group)
    .join(group_link, group_link.c.group_id == group.c.id)
    .where(group_link.c.scope_id == SCOPE_ID, ALIVE)
)
LINKED_PAGE = Statement(
    LINKED.order_by(group_link.c.created_at, group.c.id).limit(LIMIT).offset(OFFSET), Group
)
LINKED_COUNT = Statement(
    select(func.count())
    .select_from(group)
    .join(group_link, group_link.c.group_id == group.c.id)
    .where(group_link.c.scope_id == SCOPE_ID, ALIVE),
    int,
)
MINE: ColumnElement[bool] = and_(
    group_member.c.group_id == group_link.c.group_id,
    group_member.c.account_id == bindparam("account_id", type_=Key),
    group_link.c.organization_id == bindparam("organization_id", type_=Key),
)
"""A link to a group that the actor is in; bound by `account_id` and the `organization_id` of a member."""

IS_LINKED = Statement(select(exists().where(MINE, any_of(group_link.c.scope_id, "scope_ids"))), bool)
ADDRESSED = Statement(
    select(account.c.id)
    .join(membership, membership.c.account_id == account.c.id)
    .where(
        account.c.id > bindparam("after", type_=Key),
        membership.c.organization_id == ORGANIZATION_ID,
        membership.c.is_active,
        account.c.is_active,
        *IS_MEMBER,
        exists().where(
            group_member.c.account_id == account.c.id, any_of(group_member.c.group_id, "group_ids")
        ),
    )
    .order_by(account.c.id)
    .limit(LIMIT),
    str,
)


async def get(work: Work, group_id: Id, organization_id: Id) -> Group | None:
    return await work.db.one(BY_ID, group_id=group_id, organization_id=organization_id)


async def hold(work: Work, group_id: Id, organization_id: Id) -> Group | None:
    """The same, held until the work ends."""
    return await work.db.one(LOCKED, group_id=group_id, organization_id=organization_id)


async def keep(work: Work, group_ids: set[Id], organization_id: Id) -> dict[Id, Group]:
    """Those that are there, which nobody removes before the work ends."""
    if not group_ids:
        return {}
    found = await work.db.all(KEPT, group_ids=sorted(group_ids), organization_id=organization_id)
    return {each.id: each for each in found}


async def page(work: Work, organization_id: Id, limit: int, offset: int) -> tuple[list[Group], int]:
    """One page by name, and the number of all."""
    rows = await work.db.all(PAGE, organization_id=organization_id, limit=limit, offset=offset)
    return rows, await work.db.one(COUNT, organization_id=organization_id) or 0


async def sizes(work: Work, group_ids: list[Id]) -> dict[Id, int]:
    """How many members each has, in one query; those without any are left out."""
    return dict(await work.db.all(SIZES, group_ids=group_ids)) if group_ids else {}


async def add(work: Work, row: Group) -> None:
    """Raises: Duplicate, when the name is taken; the unit goes on."""
    await work.db.attempt(ADD, **msgspec.structs.asdict(row))


async def change(work: Work, group_id: Id, columns: dict[str, object]) -> Group:
    """Set columns, raise the revision. Raises: Duplicate, when the name is taken; the work must end."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(group, Group, values), which=group_id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def close(work: Work, group_id: Id) -> None:
    """Remove it, softly, with its members and links."""
    await work.db.run(CLEAR, group_id=group_id)
    await work.db.run(REMOVE_LINKS_OF_GROUP, group_id=group_id)
    await work.db.run(CLOSE, group_id=group_id, moment=work.now)


async def members(work: Work, group_id: Id, limit: int, offset: int) -> tuple[list[Person], int]:
    """One page in the order of their coming, and the number of all."""
    rows = await work.db.all(MEMBER_PAGE, group_id=group_id, limit=limit, offset=offset)
    return rows, await work.db.one(MEMBER_COUNT, group_id=group_id) or 0


async def add_member(work: Work, row: Group, account_id: Id) -> bool:
    """Whether they were not in it already."""
    added = await work.db.run(
        ADD_MEMBER,
        group_id=row.id,
        account_id=account_id,
        organization_id=row.organization_id,
        added_by=work.actor.account_id,
        created_at=work.now,
    )
    return added == 1


async def remove_member(work: Work, group_id: Id, account_id: Id) -> bool:
    """Whether they were in it."""
    return await work.db.run(REMOVE_MEMBER, group_id=group_id, account_id=account_id) == 1


async def link(work: Work, row: GroupLink) -> bool:
    """Whether it was not linked already."""
    return await work.db.run(ADD_LINK, **msgspec.structs.asdict(row)) == 1


async def unlink(work: Work, group_id: Id, scope_id: Id) -> bool:
    """Whether it was linked. `scope_id`: a library, a room or a session."""
    return await work.db.run(REMOVE_LINK, group_id=group_id, scope_id=scope_id) == 1


async def unlink_all(work: Work, scope_id: Id) -> None:
    """What a library, a room (with its sessions) or a session is linked to: nothing any more."""
    await work.db.run(REMOVE_LINKS_OF_SCOPE, scope_id=scope_id)


async def linked(work: Work, scope_id: Id, limit: int, offset: int) -> tuple[list[Group], int]:
    """The groups that a library, a room or a session is open to, in the order of linking."""
    rows = await work.db.all(LINKED_PAGE, scope_id=scope_id, limit=limit, offset=offset)
    return rows, await work.db.one(LINKED_COUNT, scope_id=scope_id) or 0


async def is_linked(
    work: Work, scope_ids: set[Id], account_id: Id | None, organization_id: Id | None
) -> bool:
    """Whether one of these is open to a group that somebody is in.

    `organization_id`: of which they are a member, no guest.
    """
    if account_id is None or organization_id is None:
        return False
    found = await work.db.one(
        IS_LINKED, scope_ids=sorted(scope_ids), account_id=account_id, organization_id=organization_id
    )
    return bool(found)


async def addressed(work: Work, group_ids: list[Id], organization_id: Id, after: Id, limit: int) -> list[Id]:
    """Everybody in any of these groups, once: the accounts after one, in their order."""
    return await work.db.all(
        ADDRESSED, group_ids=group_ids, organization_id=organization_id, after=after, limit=limit
    )
