"""SQL of organizations, as their members see them."""

from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, bindparam, case, func, or_, select

from livehall.core.people.model import Organization, Person, account, membership, organization
from livehall.core.people.store import ACCOUNT_ID, LIVING, ORGANIZATION_ID, PERSON
from livehall.kernel.actor import Role
from livehall.kernel.db import Statement, any_of, revise
from livehall.kernel.ids import Id
from livehall.kernel.letters import WORDS, pattern
from livehall.kernel.work import Work

Sort = Literal["name", "-name", "role", "-role", "created_at", "-created_at"]

LIMIT, OFFSET = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
MEMBERS = (membership.c.is_guest.is_(False), LIVING)
NAME = func.lower(func.coalesce(account.c.display_name, account.c.username))
RANK = case({"owner": 0, "admin": 1, "host": 2}, value=membership.c.role, else_=3)
ORDERS: dict[str, ColumnElement[Any]] = {"name": NAME, "role": RANK, "created_at": account.c.created_at}
TEXTS = (account.c.username, account.c.display_name, account.c.email, membership.c.external_user_id)


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """An organization, and the role that somebody has in it."""

    organization: Organization
    role: Role


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which members: all `search`ed words in name, address or external id, and one of `roles`, if any."""

    search: str = ""
    roles: tuple[Role, ...] = ()
    sort: Sort = "name"
    limit: int = 20
    offset: int = 0


async def own(
    work: Work, account_id: Id, only: Id | None, limit: int, offset: int = 0
) -> tuple[list[Own], int]:
    """One page by name of those that somebody is an active member of, and the number of all.

    `only`: of these, the one with this id.
    """
    values = {"account_id": account_id, "organization_id": only}
    page, count = _own(only is not None)
    rows = await work.db.all(page, **values, limit=limit, offset=offset)
    return rows, await work.db.one(count, **values) or 0


async def set_privacy(work: Work, organization_id: Id, privacy: dict[str, Any]) -> Organization:
    """The changed row, which is held."""
    values = {"privacy": privacy, "updated_at": work.now}
    changed = await work.db.one(revise(organization, Organization, values), which=organization_id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def members(work: Work, organization_id: Id, query: Query) -> tuple[list[Person], int]:
    """One page of the members, guests left out, and the number of all, in two queries."""
    words = [pattern(word) for word in query.search.split()[:WORDS]]
    values: dict[str, object] = {
        "organization_id": organization_id,
        "roles": list(query.roles),
        **{f"word{number}": word for number, word in enumerate(words)},
    }
    which = (len(words), bool(query.roles))
    rows = await work.db.all(_page(*which, query.sort), **values, limit=query.limit, offset=query.offset)
    return rows, await work.db.one(_count(*which), **values) or 0


@lru_cache(maxsize=2)
def _own(is_one: bool) -> tuple[Statement[Own], Statement[int]]:
    joined = organization.join(membership, membership.c.organization_id == organization.c.id).join(
        account, account.c.id == membership.c.account_id
    )
    found = [
        membership.c.account_id == ACCOUNT_ID,
        membership.c.is_active,
        account.c.is_active,
        organization.c.deleted_at.is_(None),
        *MEMBERS,
    ]
    if is_one:
        found.append(organization.c.id == ORGANIZATION_ID)
    page = (
        select(membership.c.role, *organization.c)
        .select_from(joined)
        .where(*found)
        .order_by(func.lower(organization.c.name), organization.c.id)
    )
    return (
        Statement(page.limit(LIMIT).offset(OFFSET), _row),
        Statement(select(func.count()).select_from(joined).where(*found), int),
    )


def _row(role: Role, *columns: Any) -> Own:
    return Own(organization=Organization(*columns), role=role)


@lru_cache(maxsize=128)
def _page(words: int, by_role: bool, sort: Sort) -> Statement[Person]:
    column, name = ORDERS[sort.removeprefix("-")], (NAME, account.c.id)
    order = [each.desc() for each in (column, *name)] if sort.startswith("-") else [column, *name]
    return Statement(
        PERSON.where(*_filters(words, by_role)).order_by(*order).limit(LIMIT).offset(OFFSET), Person
    )


@lru_cache(maxsize=16)
def _count(words: int, by_role: bool) -> Statement[int]:
    joined = account.join(membership, membership.c.account_id == account.c.id)
    return Statement(select(func.count()).select_from(joined).where(*_filters(words, by_role)), int)


def _filters(words: int, by_role: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [membership.c.organization_id == ORGANIZATION_ID, *MEMBERS]
    for number in range(words):
        word = bindparam(f"word{number}", type_=Text)
        found.append(or_(*(func.coalesce(part, "").ilike(word, escape="\\") for part in TEXTS)))
    if by_role:
        found.append(any_of(membership.c.role, "roles"))
    return found
