"""SQL of the record of privileged acts."""

from sqlalchemy import BigInteger, Integer, bindparam, select, text

from livehall.kernel.db import Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry, journal
from livehall.kernel.work import Work

FOLLOWING = Statement(
    select(journal)
    .where(
        journal.c.organization_id == bindparam("organization_id", type_=Key),
        text("journal.audit"),  # as the index has it
        journal.c.seq > bindparam("after", type_=BigInteger),
    )
    .order_by(journal.c.seq)
    .limit(bindparam("limit", type_=Integer)),
    Entry,
)


async def following(work: Work, organization_id: Id, after: int, limit: int) -> list[Entry]:
    """Of one organization, those behind a row, in their order."""
    return await work.db.all(FOLLOWING, organization_id=organization_id, after=after, limit=limit)
