"""SQL of exports."""

from datetime import datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from livehall.core.exports.fields import Reason
from livehall.core.exports.model import Export, export
from livehall.core.rooms.model import room
from livehall.core.sessions.model import session
from livehall.kernel.db import Command, Instant, Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

X = export.c
WHICH = X.id == bindparam("which", type_=Key)
OWN = (
    X.made_by == bindparam("made_by", type_=Key),
    X.organization_id == bindparam("organization_id", type_=Key),
)
PENDING = text("export.state = 'pending'")  # as the index has it
TRIED = (WHICH, PENDING, X.attempts == bindparam("tried", type_=Integer))
NOW = bindparam("now", type_=Instant)
LIMIT = bindparam("limit", type_=Integer)

ADD = Command(insert(export).values({c.name: bindparam(c.name, type_=c.type) for c in X}))
BY_ID = Statement(select(export).where(WHICH, *OWN, X.expires_at > NOW), Export)
PAGE = Statement(
    select(export)
    .where(*OWN, X.expires_at > NOW)
    .order_by(X.id.desc())
    .limit(LIMIT)
    .offset(bindparam("offset", type_=Integer)),
    Export,
)
COUNT = Statement(select(func.count()).select_from(export).where(*OWN, X.expires_at > NOW), int)
PENDING_OF = Statement(
    select(func.count()).select_from(export).where(X.made_by == bindparam("made_by", type_=Key), PENDING), int
)
KEPT_OF = Statement(
    select(func.count()).select_from(export).where(X.made_by == bindparam("made_by", type_=Key)), int
)
DUE = Statement(select(export).where(PENDING, X.try_at <= NOW).order_by(X.try_at).limit(LIMIT), Export)
UNTIL = bindparam("until", type_=Instant)
CLAIM = Command(update(export).where(*TRIED, X.try_at <= NOW).values(attempts=X.attempts + 1, try_at=UNTIL))
PUT_OFF = Command(update(export).where(*TRIED).values(try_at=UNTIL))
END = Command(
    update(export)
    .where(*TRIED)
    .values(
        state=bindparam("ends_as", type_=Text),
        reason=bindparam("why", type_=Text),
        size=bindparam("bytes", type_=BigInteger),
        ended_at=NOW,
    )
)
HELD = and_(PENDING, X.try_at > NOW)  # somebody may be making it, and names the file
EXPIRED = Statement(
    select(export).where(X.expires_at <= NOW, ~HELD).order_by(X.expires_at).limit(LIMIT), Export
)
SOURCELESS = (
    Statement(  # of few rows, none older than `KEPT` and at most `MOST_KEPT` of a maker: all are read
        select(export)
        .join(room, room.c.id == X.room_id)
        .outerjoin(session, session.c.id == X.session_id)
        .where(or_(room.c.deleted_at.is_not(None), session.c.deleted_at.is_not(None)), ~HELD)
        .order_by(X.id)
        .limit(LIMIT),
        Export,
    )
)
FORGET = Command(
    delete(export).where(
        WHICH,
        X.attempts == bindparam("tried", type_=Integer),
        X.state == bindparam("known_as", type_=Text),
    )
)


async def add(work: Work, row: Export) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def get(work: Work, export_id: Id, made_by: Id, organization_id: Id) -> Export | None:
    """One that its maker may still fetch."""
    return await work.db.one(
        BY_ID, which=export_id, made_by=made_by, organization_id=organization_id, now=work.now
    )


async def page(
    work: Work, made_by: Id, organization_id: Id, limit: int, offset: int
) -> tuple[list[Export], int]:
    """Of one maker, the newest first, and the number of all."""
    values = {"made_by": made_by, "organization_id": organization_id, "now": work.now}
    rows = await work.db.all(PAGE, **values, limit=limit, offset=offset)
    return rows, await work.db.one(COUNT, **values) or 0


async def pending_of(work: Work, made_by: Id) -> int:
    return await work.db.one(PENDING_OF, made_by=made_by) or 0


async def kept_of(work: Work, made_by: Id) -> int:
    """In all states, until they are swept."""
    return await work.db.one(KEPT_OF, made_by=made_by) or 0


async def due(work: Work, limit: int) -> list[Export]:
    """Those to make now, the longest waiting first."""
    return await work.db.all(DUE, now=work.now, limit=limit)


async def claim(work: Work, row: Export, until: datetime) -> bool:
    """Whether this is the one who makes it now: it is due, and due for others at `until` again."""
    values = {"which": row.id, "tried": row.attempts, "now": work.now}
    return await work.db.run(CLAIM, **values, until=until) == 1


async def put_off(work: Work, row: Export, until: datetime) -> None:
    """Have it due at `until`; for who makes it. Nothing changes when another does by now."""
    await work.db.run(PUT_OFF, which=row.id, tried=row.attempts, until=until)


async def end(work: Work, row: Export, size: int | None, reason: Reason | None) -> bool:
    """Ready with a size, or failed with a reason; false when another makes it by now, or it is gone."""
    state = "failed" if size is None else "ready"
    values = {"which": row.id, "tried": row.attempts, "now": work.now}
    return await work.db.run(END, **values, ends_as=state, why=reason, bytes=size) == 1


async def over(work: Work, limit: int) -> list[Export]:
    """Those whose time is over, or whose session or room is gone; none that somebody makes."""
    found = await work.db.all(EXPIRED, now=work.now, limit=limit)
    known = {row.id for row in found}
    sourceless = await work.db.all(SOURCELESS, now=work.now, limit=limit)
    return found + [row for row in sourceless if row.id not in known]


async def forget(work: Work, row: Export) -> None:
    """Unless it is another by now: then there may be another file."""
    await work.db.run(FORGET, which=row.id, tried=row.attempts, known_as=row.state)
