"""What an organization's plan withholds from its sessions: kept on each, followed until it is over.

As with presets (`following`), a session carries what holds in it, so that nobody looks the plan up to know.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from livehall.core.people import plans
from livehall.core.people import plans_store as plan_store
from livehall.core.people.faults import QuotaExceeded
from livehall.core.people.model import Plan
from livehall.core.sessions import store
from livehall.core.sessions.following import tell_settings
from livehall.core.sessions.model import IS_OPEN, Session, session
from livehall.kernel.db import Command, Instant, Json, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

OF_ORGANIZATION = session.c.organization_id == bindparam("organization", type_=Key)
LASTING = session.c.deleted_at.is_(None)
OPEN = Statement(select(session).where(OF_ORGANIZATION, IS_OPEN, LASTING), Session)
COUNT_OPEN = Statement(
    select(func.count()).select_from(session).where(OF_ORGANIZATION, IS_OPEN, LASTING), int
)
FOLLOW = Command(
    update(session)
    .where(OF_ORGANIZATION, session.c.status == "scheduled")
    .values(
        plan_limits=bindparam("limits", type_=Json),
        revision=session.c.revision + 1,
        updated_at=bindparam("moment", type_=Instant),
    )
)
LIVE_BY_PLAN = Statement(
    select(session).where(IS_OPEN, session.c.status == "live", session.c.plan_limits.is_not(None), LASTING),
    Session,
)


def limits_of(plan: Plan | None) -> dict[str, Any] | None:
    """What a session carries of its organization's plan; None for nothing."""
    if plan is None:
        return None
    quotas = plan.limits
    withheld = plans.withheld(plan) | ({"stage"} if quotas.stage_size == 0 else set())
    limits = {
        "withheld": sorted(withheld),
        "stage_size": quotas.stage_size,
        "viewers": quotas.viewers,
        "session_minutes": quotas.session_minutes,
    }
    return limits if any(value not in (None, []) for value in limits.values()) else None


async def limits_for(work: Work, organization_id: Id) -> dict[str, Any] | None:
    return limits_of(await plan_store.of_organization(work, organization_id))


async def count_open(work: Work, organization_id: Id) -> int:
    """How many of the organization's sessions are in backstage or live."""
    return await work.db.one(COUNT_OPEN, organization=organization_id) or 0


def check_length(limits: dict[str, Any] | None, start: datetime | None, end: datetime | None) -> None:
    """Whether a session may be announced for this long. Raises: QuotaExceeded."""
    minutes = (limits or {}).get("session_minutes")
    if minutes is None or start is None or end is None:
        return
    if end - start > timedelta(minutes=minutes):
        raise QuotaExceeded(f"The plan of the organization allows sessions of {minutes} minutes.")


async def check_may_open(work: Work, organization_id: Id) -> None:
    """Whether one more session may be in backstage or live. Raises: QuotaExceeded."""
    quotas = await plans.quotas_held(work, organization_id)
    if quotas.concurrent_sessions is not None:
        plans.check(
            quotas.concurrent_sessions, await count_open(work, organization_id), "sessions at the same time"
        )


async def overdue(work: Work) -> list[Id]:
    """Live sessions that have had the minutes of their plan."""
    return [each.id for each in await work.db.all(LIVE_BY_PLAN) if is_overdue(each, work.now)]


def is_overdue(session: Session, now: datetime) -> bool:
    """Whether a session has been on air for as long as its plan allows."""
    minutes = (session.plan_limits or {}).get("session_minutes")
    if minutes is None or session.status != "live" or session.started_at is None:
        return False
    return now - session.started_at >= timedelta(minutes=minutes)


@plans.follows
async def follow(work: Work, organization_id: Id, plan: Plan | None) -> None:
    """Sessions that are not over take a changed plan on at once. Emits: SessionSettingsChanged."""
    limits = limits_of(plan)
    await work.db.run(FOLLOW, organization=organization_id, limits=limits, moment=work.now)
    for each in await work.db.all(OPEN, organization=organization_id):
        held, room = await store.hold(work, each)
        if held.is_open:
            changed = await store.change(work, held.id, {"plan_limits": limits})
            tell_settings(work, changed, room)
