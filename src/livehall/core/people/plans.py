"""Plans: how much an organization may have, and which features. Without a plan there is no limit.

Slices above this one keep what a plan withholds where they need it. They may not be imported from here, so
they announce themselves, when they are imported, and follow in the transaction of the change:

    @follows
    async def follow(work: Work, organization_id: Id, plan: Plan | None) -> None: ...
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from livehall.core.people import plans_store as store
from livehall.core.people.events import PlanTaken
from livehall.core.people.faults import QuotaExceeded
from livehall.core.people.model import Organization, Plan, Quotas
from livehall.core.people.rules import clean_name, slug_of
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

FEATURES = ("chat", "chat_files", "polls", "questions", "stage", "recording", "screen_share")
UNLIMITED = Quotas()

Follower = Callable[[Work, Id, Plan | None], Awaitable[None]]
followers: list[Follower] = []


class PutPlan(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    quotas: Quotas = UNLIMITED
    modules: tuple[str, ...] = ()  # the features that it has; none named: all
    disabled_features: tuple[str, ...] = ()


def follows(follower: Follower) -> Follower:
    if follower not in followers:
        followers.append(follower)
    return follower


def withheld(plan: Plan | None) -> frozenset[str]:
    """The features that a plan does not have."""
    if plan is None:
        return frozenset()
    missing = set(FEATURES) - set(plan.modules) if plan.modules else set()
    return frozenset(missing | set(plan.disabled_features))


async def quotas_of(work: Work, organization_id: Id) -> Quotas:
    plan = await store.of_organization(work, organization_id)
    return plan.limits if plan else UNLIMITED


async def quotas_held(work: Work, organization_id: Id) -> Quotas:
    """The same, before something is counted and added: of two at once the second waits for the first."""
    quotas = await quotas_of(work, organization_id)
    if quotas != UNLIMITED:
        await store.hold_organization(work, organization_id)
    return quotas


def check(quota: int | None, used: float, words: str) -> None:
    """Whether there is room for one more. Raises: QuotaExceeded."""
    if quota is not None and used >= quota:
        raise QuotaExceeded(f"The plan of the organization allows {quota} {words}.")


async def put(work: Work, cmd: PutPlan) -> Plan:
    """Make a plan, or change the one with this code; who goes by it follows at once.

    Raises: Invalid. Emits: PlanTaken.
    """
    _check(cmd)
    row = Plan(
        id=new_id(),
        code=cmd.code,
        name=clean_name(cmd.name, "name", 200),
        quotas=msgspec.to_builtins(cmd.quotas),
        modules=list(cmd.modules),
        disabled_features=list(cmd.disabled_features),
        created_at=work.now,
        updated_at=work.now,
    )
    found = await store.by_code(work, cmd.code)
    if found is None:
        await store.add(work, row)
        return row
    row = msgspec.structs.replace(row, id=found.id, created_at=found.created_at)
    await store.change(work, row)
    for organization in await store.going_by(work, row.id):
        await _tell(work, organization.id, row)
    return row


async def assign(work: Work, organization: Organization, code: str | None) -> Plan | None:
    """Have an organization go by a plan; None: without limits. Raises: Invalid. Emits: PlanTaken."""
    plan = None if code is None else await store.by_code(work, code)
    if code is not None and plan is None:
        raise invalid("plan", f"There is no plan with the code {code}.")
    await _tell(work, organization.id, plan)  # sessions are held before the organization, as at a start
    await store.assign(work, organization.id, plan.id if plan else None)
    return plan


async def all_plans(work: Work) -> Sequence[Plan]:
    return await store.all_plans(work)


async def _tell(work: Work, organization_id: Id, plan: Plan | None) -> None:
    for follower in followers:
        await follower(work, organization_id, plan)
    work.emit(PlanTaken(organization_id=organization_id, plan=plan.code if plan else None))


def _check(cmd: PutPlan) -> None:
    """Raises: Invalid."""
    if cmd.code != slug_of(cmd.code):
        raise invalid("code", "Give a code of lower-case letters, digits and hyphens.")
    for name in msgspec.structs.fields(cmd.quotas):
        value = getattr(cmd.quotas, name.name)
        if value is not None and value < 0:
            raise invalid(f"quotas.{name.name}", "A quota is 0 or more.")
    unknown = (set(cmd.modules) | set(cmd.disabled_features)) - set(FEATURES)
    if unknown:
        raise invalid("features", f"There is no feature {', '.join(sorted(unknown))}.")
