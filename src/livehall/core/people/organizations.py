"""Use cases of organizations, as their members see them: which there are, and who is in one."""

import msgspec

from livehall.core.people import organizations_store as store
from livehall.core.people.faults import OrganizationNotFound
from livehall.core.people.model import Person
from livehall.core.people.organizations_store import Own as Own
from livehall.core.people.organizations_store import Query as Query
from livehall.core.people.organizations_store import Sort as Sort
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Page(msgspec.Struct, frozen=True, kw_only=True):
    organizations: list[Own]
    total: int


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    people: list[Person]
    total: int


async def page(work: Work, limit: int, offset: int) -> Page:
    """The organizations that the caller is a member of, by name; a guest is a member of none.

    A machine has the one that it was made in. Raises: Forbidden.
    """
    _check_is_free(work)
    rows, total = await _own(work, None, limit, offset)
    return Page(organizations=rows, total=total)


async def get(work: Work, organization_id: Id) -> Own:
    """One of these. Raises: OrganizationNotFound, Forbidden."""
    rows, _ = await _own(work, organization_id, 1)
    if not rows:
        raise OrganizationNotFound
    _check_is_free(work)
    return rows[0]


async def members(work: Work, organization_id: Id, query: Query) -> MemberPage:
    """Who is a member, with addresses: for administrators who are signed in to the organization.

    Raises: OrganizationNotFound, Forbidden.
    """
    await get(work, organization_id)
    if work.actor.member_of != organization_id:
        raise Forbidden("Sign in to this organization to see who its members are.")
    if not work.actor.is_admin:
        raise Forbidden("Only administrators see who is a member of the organization.")
    rows, total = await store.members(work, organization_id, query)
    return MemberPage(people=rows, total=total)


async def _own(work: Work, wanted: Id | None, limit: int, offset: int = 0) -> tuple[list[Own], int]:
    """What the caller is a member of, or the one that is wanted of it; with the role it acts in there."""
    actor = work.actor
    only = wanted if actor.kind == "account" else actor.member_of
    if actor.account_id is None or (actor.kind != "account" and (only is None or wanted not in (None, only))):
        return [], 0
    rows, total = await store.own(work, actor.account_id, only, limit, offset)
    return [_as_acting(actor, each) for each in rows], total


def _as_acting(actor: Actor, own: Own) -> Own:
    """A machine may act in a lesser role than the account that it acts for."""
    if own.organization.id != actor.member_of or actor.role is None:
        return own
    return msgspec.structs.replace(own, role=actor.role)


def _check_is_free(work: Work) -> None:
    """Raises: Forbidden, for a token that is bound to one session."""
    if work.actor.session_id is not None:
        raise Forbidden("Your sign-in is for one session only.")
