"""Dropping rows of the journal that nobody needs any more.

Invariants
  - A row stays until it is placed and all that follows from it has happened, until every reader that keeps
    its place has passed it, and until it is old. Processes tell within seconds what is placed: none is days
    behind.
  - The last row stays, since positions go on from it; privileged acts stay longer, as evidence.
  - What is gone is known: `FLOOR` is the highest position of a row that was dropped. A client that asks for
    what came after an earlier one cannot be told all of it, and begins anew.

It goes through all old rows in parts, in the order of their ids: evidence that is kept is passed over in each
round, and costs each row no index.

Failure story: each part is a transaction of its own, with the floor in it; a crash between two of them loses
nothing. Two that trim at once drop the same rows once.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Integer, bindparam, case, delete, func, or_, select, update

from livehall.kernel.db import Command, Connection, Database, Key, Statement
from livehall.kernel.ids import earliest_id
from livehall.kernel.journal import beginning, journal

Reached = Callable[[Connection], Awaitable[int | None]]
"""The position up to which a reader has read for good; None: it waits for nothing."""

BATCH = 1000  # rows that one transaction looks at
EARLIEST = earliest_id(datetime.fromtimestamp(0, UTC))
PASSED, UNTIL = bindparam("passed", type_=Key), bindparam("until", type_=Key)
PART = Statement(
    select(journal.c.id)
    .where(journal.c.id > PASSED, journal.c.id < bindparam("before", type_=Key))
    .order_by(journal.c.id)
    .limit(bindparam("limit", type_=Integer)),
    str,
)
DROP = Statement(
    delete(journal)
    .where(
        journal.c.id > PASSED,
        journal.c.id <= UNTIL,
        journal.c.position <= bindparam("read", type_=BigInteger),
        journal.c.position
        < select(func.max(journal.c.position)).where(journal.c.position.is_not(None)).scalar_subquery(),
        journal.c.done_at.is_not(None),
        or_(journal.c.audit.is_(False), journal.c.id < bindparam("audit_before", type_=Key)),
    )
    .returning(journal.c.position),
    int,
)
REACHED = bindparam("reached", type_=BigInteger)
RAISE = Command(
    update(beginning).values(floor=case((beginning.c.floor < REACHED, REACHED), else_=beginning.c.floor))
)
FLOOR = Statement(select(beginning.c.floor), int)


async def trim(
    database: Database,
    *,
    now: datetime,
    keep: timedelta,
    keep_audit: timedelta,
    readers: Sequence[Reached] = (),
) -> int:
    """Drop what is older; how many rows. Raises: DatabaseUnavailable."""
    before, audit_before = earliest_id(now - keep), earliest_id(now - max(keep, keep_audit))
    dropped, passed, is_over = 0, EARLIEST, False
    while not is_over:
        async with database.write() as db:
            part = await db.all(PART, passed=passed, before=before, limit=BATCH)
            is_over = len(part) < BATCH
            if not part:
                break
            places = [place for reader in readers if (place := await reader(db)) is not None]
            read = min(places, default=2**62)
            gone = await db.all(DROP, passed=passed, until=part[-1], audit_before=audit_before, read=read)
            if gone:
                await db.run(RAISE, reached=max(gone))
        passed = part[-1]
        dropped += len(gone)
    return dropped


async def reaches(db: Connection, after: int) -> bool:
    """Whether all that came after a position is still there; asked when it was read, it was read whole.

    The floor rises with the rows that go, so what was trimmed before it was read is known here. Asked first,
    and trimmed in between, a hole would look like the whole.
    """
    return after >= (await db.one(FLOOR) or 0)
