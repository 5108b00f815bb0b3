"""SQL of the texts that forms asked to agree to earlier."""

import msgspec
from sqlalchemy import Text, bindparam, insert, select

from livehall.core.registrations.model import ReplacedConsent, replaced_consent
from livehall.kernel.db import Command, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

R = replaced_consent.c
ADD = Command(insert(replaced_consent).values({c.name: bindparam(c.name, type_=c.type) for c in R}))
OF_VERSION = Statement(
    select(replaced_consent)
    .where(
        R.room_id == bindparam("room_id", type_=Key),
        R.version == bindparam("version", type_=Text),
    )
    .order_by(R.replaced_at, R.id),
    ReplacedConsent,
)


async def add(work: Work, row: ReplacedConsent) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def of_version(work: Work, room_id: Id, version: str) -> list[ReplacedConsent]:
    """In the order in which they were replaced."""
    return await work.db.all(OF_VERSION, room_id=room_id, version=version)
