"""SQL of what is delivered to webhook endpoints."""

from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, bindparam, delete, exists, func, select
from sqlalchemy import update as change_rows
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.webhooks.model import Delivery, Endpoint, State, delivery, endpoint
from livehall.core.webhooks.store import ENDPOINT, LIMIT, NOW, OFFSET, ORGANIZATION, pair
from livehall.kernel.db import Command, Instant, Key, Statement
from livehall.kernel.ids import Id, earliest_id
from livehall.kernel.totals import total_of
from livehall.kernel.work import Work

DELIVERY = bindparam("delivery_id", type_=Key)
OPEN = delivery.c.try_at.is_not(None)

ADD = Command(
    upsert(delivery)
    .values({c.name: bindparam(c.name, type_=c.type) for c in delivery.c})
    .on_conflict_do_nothing(index_elements=["endpoint_id", "message_id"])
)
BY_ID = Statement(
    select(delivery).where(delivery.c.id == DELIVERY, delivery.c.organization_id == ORGANIZATION), Delivery
)
DUE = Statement(  # one look for each endpoint, however much there is for it
    select(endpoint.c.id, endpoint.c.organization_id)
    .where(
        endpoint.c.id > bindparam("after", type_=Key),
        exists().where(delivery.c.endpoint_id == endpoint.c.id, OPEN, delivery.c.try_at <= NOW),
    )
    .order_by(endpoint.c.id)
    .limit(LIMIT),
    pair,
)
NEXT = Statement(
    select(delivery)
    .where(delivery.c.endpoint_id == ENDPOINT, OPEN, delivery.c.try_at <= NOW)
    .order_by(delivery.c.try_at, delivery.c.id)
    .limit(LIMIT),
    Delivery,
)
CLAIM = Statement(
    change_rows(delivery)
    .where(delivery.c.id == DELIVERY, OPEN, delivery.c.try_at <= NOW)
    .values(try_at=bindparam("lease", type_=Instant), attempts=delivery.c.attempts + 1, last_attempt_at=NOW)
    .returning(*delivery.c),
    Delivery,
)
SETTLE = Command(
    change_rows(delivery)
    .where(  # nobody has asked for it anew, given it up, or taken it over since it was claimed
        delivery.c.id == bindparam("which", type_=Key),
        delivery.c.try_at == bindparam("lease", type_=Instant),
        delivery.c.attempts == bindparam("attempt", type_=Integer),
    )
    .values(
        {
            name: bindparam(name, type_=delivery.c[name].type)
            for name in ("state", "try_at", "response_status", "response_excerpt", "error", "duration_ms")
        }
    )
)
PASSED, UNTIL = bindparam("passed", type_=Key), bindparam("until", type_=Key)
LEFT = (
    select(delivery.c.id)
    .where(delivery.c.endpoint_id == ENDPOINT, OPEN, delivery.c.id <= UNTIL)
    .order_by(delivery.c.try_at, delivery.c.id)
    .limit(LIMIT)
)
ABANDON = Command(change_rows(delivery).where(delivery.c.id.in_(LEFT)).values(state="abandoned", try_at=None))
AGAIN = {"state": "pending", "attempts": 0, "try_at": NOW}
RETRY = Statement(
    change_rows(delivery).where(delivery.c.id == DELIVERY).values(AGAIN).returning(*delivery.c), Delivery
)
LAST = Statement(
    select(delivery.c.id).where(delivery.c.endpoint_id == ENDPOINT).order_by(delivery.c.id.desc()).limit(1),
    str,
)
SPAN = Statement(
    select(delivery.c.id)
    .where(delivery.c.endpoint_id == ENDPOINT, delivery.c.id > PASSED, delivery.c.id <= UNTIL)
    .order_by(delivery.c.id)
    .limit(LIMIT),
    str,
)
REPLAY = Command(
    change_rows(delivery)
    .where(
        delivery.c.endpoint_id == ENDPOINT,
        delivery.c.id > PASSED,
        delivery.c.id <= UNTIL,
        delivery.c.is_test.is_(False),
        delivery.c.try_at.is_(None),
    )
    .values({**AGAIN, "try_at": delivery.c.created_at})  # in its order, before what has happened since then
)
REPLAYED = Command(
    change_rows(endpoint)
    .where(endpoint.c.id == bindparam("which", type_=Key))
    .values(replay_after=bindparam("reached", type_=Key), replay_until=bindparam("replay_until", type_=Key))
)
OLD = (
    select(delivery.c.id)
    .where(delivery.c.id < bindparam("before", type_=Key), delivery.c.try_at.is_(None))
    .order_by(delivery.c.id)
    .limit(LIMIT)
)
FORGET = Command(delete(delivery).where(delivery.c.id.in_(OLD)))


async def add(work: Work, rows: list[Delivery]) -> None:
    """Those that are not there yet."""
    await work.db.many(ADD, [msgspec.structs.asdict(row) for row in rows])


async def get(work: Work, delivery_id: Id, organization_id: Id) -> Delivery | None:
    return await work.db.one(BY_ID, delivery_id=delivery_id, organization_id=organization_id)


async def page(
    work: Work, endpoint_id: Id, state: State | None, type: str | None, limit: int, offset: int
) -> tuple[list[Delivery], int]:
    """The newest first, and the number of all that are meant."""
    wanted = {name: value for name, value in (("state", state), ("event_type", type)) if value is not None}
    rows, total = listed(tuple(wanted))
    values = {"endpoint_id": endpoint_id, **wanted}
    found = await work.db.all(rows, **values, limit=limit, offset=offset)
    return found, await total_of(work, total, values, shown=len(found), offset=offset, limit=limit)


async def due(work: Work, after: Id, limit: int) -> list[tuple[Id, Id]]:
    """Endpoints that something is to be sent to now, with their organizations, in the order of their ids."""
    return await work.db.all(DUE, after=after, now=work.now, limit=limit)


async def next_of(work: Work, endpoint_id: Id, limit: int) -> list[Delivery]:
    """What is to be sent now: what has waited longest, and in the order of what was told."""
    return await work.db.all(NEXT, endpoint_id=endpoint_id, now=work.now, limit=limit)


async def claim(work: Work, delivery_id: Id, until: datetime) -> Delivery | None:
    """Count an attempt, and keep others away until then; None when it is not to be sent any more."""
    return await work.db.one(CLAIM, delivery_id=delivery_id, now=work.now, lease=until)


async def settle(work: Work, claimed: Delivery, **columns: object) -> bool:
    """Write how an attempt ended; whether it was still that attempt's to say."""
    told = await work.db.run(
        SETTLE, which=claimed.id, lease=claimed.try_at, attempt=claimed.attempts, **columns
    )
    return told == 1


async def abandon(work: Work, endpoint_id: Id, until: Id, limit: int) -> bool:
    """Give up what is still to be sent up to a delivery, at most so many; whether that was all."""
    return await work.db.run(ABANDON, endpoint_id=endpoint_id, until=until, limit=limit) < limit


async def retry(work: Work, delivery_id: Id) -> Delivery:
    found = await work.db.one(RETRY, delivery_id=delivery_id, now=work.now)
    assert found is not None, "it was read in this work"
    return found


async def last_of(work: Work, endpoint_id: Id) -> Id | None:
    """Its newest delivery."""
    return await work.db.one(LAST, endpoint_id=endpoint_id)


async def replay_on(work: Work, row: Endpoint, limit: int) -> None:
    """Send again what is settled among the next so many deliveries; `row` is held by this work."""
    if row.replay_after is None or row.replay_until is None:
        return
    known = {"endpoint_id": row.id, "passed": row.replay_after}
    part = await work.db.all(SPAN, **known, until=row.replay_until, limit=limit)
    if part:
        await work.db.run(REPLAY, **known, until=part[-1])
    is_over = len(part) < limit
    await work.db.run(
        REPLAYED,
        which=row.id,
        reached=None if is_over else part[-1],
        replay_until=None if is_over else row.replay_until,
    )


async def forget(work: Work, before: datetime, limit: int) -> int:
    """Drop settled deliveries, at most so many; how many there were."""
    return await work.db.run(FORGET, before=earliest_id(before), limit=limit)


@lru_cache(maxsize=4)
def listed(names: tuple[str, ...]) -> tuple[Statement[Delivery], Statement[int]]:
    meant: list[ColumnElement[bool]] = [delivery.c.endpoint_id == ENDPOINT]
    meant += [delivery.c[name] == bindparam(name, type_=Text) for name in names]
    rows = select(delivery).where(*meant).order_by(delivery.c.id.desc()).limit(LIMIT).offset(OFFSET)
    return Statement(rows, Delivery), Statement(select(func.count()).select_from(delivery).where(*meant), int)
