"""SQL of plans."""

import msgspec
from sqlalchemy import Text, bindparam, insert, select, update

from livehall.core.people.model import Organization, Plan, organization, plan
from livehall.core.people.store import ORGANIZATION_ID
from livehall.kernel.db import Command, Instant, Json, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

OF_ORGANIZATION = Statement(
    select(plan)
    .join(organization, organization.c.plan_id == plan.c.id)
    .where(organization.c.id == ORGANIZATION_ID),
    Plan,
)
BY_CODE = Statement(select(plan).where(plan.c.code == bindparam("code", type_=Text)), Plan)
ALL = Statement(select(plan).order_by(plan.c.code), Plan)
HOLD = Statement(select(organization.c.id).where(organization.c.id == ORGANIZATION_ID).with_for_update(), str)
GOING_BY = Statement(
    select(organization).where(
        organization.c.plan_id == bindparam("plan_id", type_=Key), organization.c.deleted_at.is_(None)
    ),
    Organization,
)
ADD = Command(insert(plan).values({c.name: bindparam(c.name, type_=c.type) for c in plan.c}))
CHANGE = Command(
    update(plan)
    .where(plan.c.id == bindparam("which", type_=Key))
    .values(
        name=bindparam("name", type_=Text),
        quotas=bindparam("quotas", type_=Json),
        modules=bindparam("modules", type_=Json),
        disabled_features=bindparam("disabled_features", type_=Json),
        updated_at=bindparam("updated_at", type_=Instant),
    )
)
ASSIGN = Command(
    update(organization)
    .where(organization.c.id == bindparam("which", type_=Key))
    .values(
        plan_id=bindparam("plan_id", type_=Key),
        revision=organization.c.revision + 1,
        updated_at=bindparam("updated_at", type_=Instant),
    )
)


async def of_organization(work: Work, organization_id: Id) -> Plan | None:
    return await work.db.one(OF_ORGANIZATION, organization_id=organization_id)


async def by_code(work: Work, code: str) -> Plan | None:
    return await work.db.one(BY_CODE, code=code)


async def all_plans(work: Work) -> list[Plan]:
    return await work.db.all(ALL)


async def hold_organization(work: Work, organization_id: Id) -> None:
    """Until the work ends nobody else counts against the same plan."""
    await work.db.one(HOLD, organization_id=organization_id)


async def going_by(work: Work, plan_id: Id) -> list[Organization]:
    return await work.db.all(GOING_BY, plan_id=plan_id)


async def add(work: Work, row: Plan) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def change(work: Work, row: Plan) -> None:
    values = msgspec.structs.asdict(row)
    del values["id"], values["code"], values["created_at"]
    await work.db.run(CHANGE, which=row.id, **values)


async def assign(work: Work, organization_id: Id, plan_id: Id | None) -> None:
    await work.db.run(ASSIGN, which=organization_id, plan_id=plan_id, updated_at=work.now)
