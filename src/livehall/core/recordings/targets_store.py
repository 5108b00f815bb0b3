"""SQL of places for files that organizations have of their own."""

import msgspec
from sqlalchemy import Text, bindparam, insert, select, update

from livehall.core.ports.storage import TargetKind
from livehall.core.recordings.model import StorageTarget, target
from livehall.kernel.db import Command, Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

ORGANIZATION = bindparam("organization_id", type_=Key)

CURRENT = Statement(
    select(target).where(target.c.organization_id == ORGANIZATION, target.c.retired_at.is_(None)),
    StorageTarget,
)
CURRENT_ID = Statement(
    select(target.c.id).where(target.c.organization_id == ORGANIZATION, target.c.retired_at.is_(None)), str
)
LAST_OF_KIND = Statement(
    select(target)
    .where(target.c.organization_id == ORGANIZATION, target.c.kind == bindparam("kind", type_=Text))
    .order_by(target.c.id.desc())
    .limit(1),
    StorageTarget,
)
BY_ID = Statement(select(target).where(target.c.id == bindparam("which", type_=Key)), StorageTarget)
ADD = Command(insert(target).values({c.name: bindparam(c.name, type_=c.type) for c in target.c}))
RETIRE = Command(
    update(target)
    .where(target.c.organization_id == ORGANIZATION, target.c.retired_at.is_(None))
    .values(retired_at=bindparam("now", type_=Instant))
)


async def current(work: Work, organization_id: Id) -> StorageTarget | None:
    return await work.db.one(CURRENT, organization_id=organization_id)


async def current_id(work: Work, organization_id: Id) -> Id | None:
    return await work.db.one(CURRENT_ID, organization_id=organization_id)


async def last_of_kind(work: Work, organization_id: Id, kind: TargetKind) -> StorageTarget | None:
    """Also one that is replaced."""
    return await work.db.one(LAST_OF_KIND, organization_id=organization_id, kind=kind)


async def by_id(work: Work, target_id: Id) -> StorageTarget | None:
    """Also one that is replaced."""
    return await work.db.one(BY_ID, which=target_id)


async def add(work: Work, row: StorageTarget) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def retire(work: Work, organization_id: Id) -> None:
    """The current one is used for nothing new."""
    await work.db.run(RETIRE, organization_id=organization_id, now=work.now)
