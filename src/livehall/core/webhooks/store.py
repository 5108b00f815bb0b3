"""SQL of webhooks."""

from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy import update as change_rows
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.people.model import account, membership
from livehall.core.sessions.model import Session, session
from livehall.core.webhooks.model import Delivery, Endpoint, State, delivery, endpoint
from livehall.kernel import journal
from livehall.kernel.db import Command, Connection, Instant, Key, Statement, any_of, revise
from livehall.kernel.ids import Id, earliest_id
from livehall.kernel.journal import Entry
from livehall.kernel.totals import total_of
from livehall.kernel.work import Work


def _pair(first: Id, second: Id) -> tuple[Id, Id]:
    return first, second


ENDPOINT, ORGANIZATION = bindparam("endpoint_id", type_=Key), bindparam("organization_id", type_=Key)
DELIVERY, NOW = bindparam("delivery_id", type_=Key), bindparam("now", type_=Instant)
LIMIT, OFFSET = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
ALIVE = endpoint.c.deleted_at.is_(None)
OWN = (endpoint.c.organization_id == ORGANIZATION, ALIVE)
OPEN = delivery.c.try_at.is_not(None)
FIRST: Id = "00000000-0000-0000-0000-000000000000"  # sorts before every id of ours

ONE = select(endpoint).where(endpoint.c.id == ENDPOINT, *OWN)
BY_ID = Statement(ONE, Endpoint)
HELD = Statement(ONE.with_for_update(), Endpoint)
PAGE = Statement(select(endpoint).where(*OWN).order_by(endpoint.c.id).limit(LIMIT).offset(OFFSET), Endpoint)
COUNT = Statement(select(func.count()).select_from(endpoint).where(*OWN), int)
ADD = Command(insert(endpoint).values({c.name: bindparam(c.name, type_=c.type) for c in endpoint.c}))
LISTENING = Statement(select(endpoint).where(ALIVE, endpoint.c.is_enabled).order_by(endpoint.c.id), Endpoint)
SENDING = Statement(
    select(endpoint).where(endpoint.c.id == ENDPOINT, ALIVE, endpoint.c.is_enabled).with_for_update(),
    Endpoint,
)
READ_ON = Command(
    change_rows(endpoint)
    .where(
        endpoint.c.id == bindparam("which", type_=Key),
        endpoint.c.position == bindparam("was", type_=BigInteger),
        endpoint.c.revision == bindparam("as_of", type_=Integer),
    )
    .values(position=bindparam("reached", type_=BigInteger))
)
WELL = Command(
    change_rows(endpoint)
    .where(
        endpoint.c.id == ENDPOINT,
        or_(
            endpoint.c.failing_since.is_not(None),
            endpoint.c.last_success_at.is_(None),
            endpoint.c.last_success_at < bindparam("before", type_=Instant),
        ),
    )
    .values(failing_since=None, last_success_at=NOW)
)
FAILING = Command(
    change_rows(endpoint)
    .where(endpoint.c.id == ENDPOINT, endpoint.c.failing_since.is_(None))
    .values(failing_since=NOW)
)

TOLD = Statement(  # an index on positions, and only rows of who listens
    select(journal.journal)
    .where(
        journal.journal.c.position > bindparam("after", type_=BigInteger),
        journal.journal.c.position <= bindparam("top", type_=BigInteger),
        any_of(journal.journal.c.organization_id, "organization_ids"),
        any_of(journal.journal.c.type, "types"),
    )
    .order_by(journal.journal.c.position)
    .limit(LIMIT),
    Entry,
)
PLACES = Statement(select(endpoint.c.position).where(ALIVE, endpoint.c.is_enabled), int)
OUT_OF_ORDER = timedelta(minutes=1)  # how much later a row may commit than others that were begun after it
LOOKED_AT = 500  # rows, where nothing happened in that time
FROM_THERE = (
    select(journal.journal.c.position)
    .where(journal.journal.c.id >= bindparam("first", type_=Key), journal.journal.c.position.is_not(None))
    .order_by(journal.journal.c.id)
    .limit(LOOKED_AT)
    .subquery()
)
POSITION_AT = Statement(select(func.coalesce(func.min(FROM_THERE.c.position), 0)), int)

NOT_OVER = Statement(
    select(session)
    .where(
        session.c.room_id == bindparam("room_id", type_=Key),
        session.c.deleted_at.is_(None),
        session.c.status.in_(("scheduled", "backstage", "live")),
    )
    .order_by(session.c.id)
    .limit(LIMIT),
    Session,
)

ADD_DELIVERY = Command(
    upsert(delivery)
    .values({c.name: bindparam(c.name, type_=c.type) for c in delivery.c})
    .on_conflict_do_nothing(index_elements=["endpoint_id", "message_id"])
)
DELIVERY_BY_ID = Statement(
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
    _pair,
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
    .where(delivery.c.id == bindparam("which", type_=Key), OPEN)
    .values(
        {
            name: bindparam(name, type_=delivery.c[name].type)
            for name in ("state", "try_at", "response_status", "response_excerpt", "error", "duration_ms")
        }
    )
)
ABANDON = Command(
    change_rows(delivery)
    .where(delivery.c.endpoint_id == ENDPOINT, OPEN)
    .values(state="abandoned", try_at=None)
)
AGAIN = {"state": "pending", "attempts": 0, "try_at": NOW}
RETRY = Statement(
    change_rows(delivery).where(delivery.c.id == DELIVERY).values(AGAIN).returning(*delivery.c), Delivery
)
LAST = Statement(
    select(delivery.c.id).where(delivery.c.endpoint_id == ENDPOINT).order_by(delivery.c.id.desc()).limit(1),
    str,
)
REPLAYING = Statement(
    select(endpoint.c.id, endpoint.c.organization_id)
    .where(endpoint.c.replay_after.is_not(None), endpoint.c.id > bindparam("after", type_=Key))
    .order_by(endpoint.c.id)
    .limit(LIMIT),
    _pair,
)
PASSED, UNTIL = bindparam("passed", type_=Key), bindparam("until", type_=Key)
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

MOST_TOLD = 20
ADMINISTRATORS = Statement(
    select(account.c.email, account.c.language)
    .join(membership, membership.c.account_id == account.c.id)
    .where(
        membership.c.organization_id == ORGANIZATION,
        membership.c.role.in_(("owner", "admin")),
        membership.c.is_active,
        account.c.is_active,
        account.c.email.is_not(None),
        account.c.deleted_at.is_(None),
    )
    .order_by(account.c.id)
    .limit(MOST_TOLD),
    lambda *row: row,
)


async def get(work: Work, endpoint_id: Id, organization_id: Id) -> Endpoint | None:
    return await work.db.one(BY_ID, endpoint_id=endpoint_id, organization_id=organization_id)


async def hold(work: Work, endpoint_id: Id, organization_id: Id) -> Endpoint | None:
    """The same, held until the work ends."""
    return await work.db.one(HELD, endpoint_id=endpoint_id, organization_id=organization_id)


async def page(work: Work, organization_id: Id, limit: int, offset: int) -> tuple[list[Endpoint], int]:
    """In the order in which they were made, and the number of all."""
    rows = await work.db.all(PAGE, organization_id=organization_id, limit=limit, offset=offset)
    return rows, await count(work, organization_id)


async def count(work: Work, organization_id: Id) -> int:
    return await work.db.one(COUNT, organization_id=organization_id) or 0


async def add(work: Work, row: Endpoint) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def change(work: Work, row: Endpoint, columns: dict[str, object]) -> Endpoint:
    """Set columns, raise the revision."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(endpoint, Endpoint, values), which=row.id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def listening(work: Work) -> list[Endpoint]:
    """Those of all organizations that are to be told."""
    return await work.db.all(LISTENING)


async def sending(work: Work, endpoint_id: Id) -> Endpoint | None:
    """One that is to be told, held until the work ends."""
    return await work.db.one(SENDING, endpoint_id=endpoint_id)


async def read_on(work: Work, rows: list[tuple[Endpoint, int]]) -> None:
    """How far each was told; not where somebody changed it, or asked for earlier events, meanwhile."""
    await work.db.many(
        READ_ON,
        [{"which": row.id, "was": row.position, "as_of": row.revision, "reached": to} for row, to in rows],
    )


async def top(work: Work) -> int:
    """The last position of the journal."""
    return await work.db.one(journal.TOP) or 0


async def reached(db: Connection) -> int | None:
    """What every endpoint that is told has read; None: there is none."""
    return min(await db.all(PLACES), default=None)


async def position_before(work: Work, at: datetime) -> int:
    """A position up to which there is nothing since an instant; rows are not placed in the order of ids."""
    found = await work.db.one(POSITION_AT, first=earliest_id(at - OUT_OF_ORDER))
    return found - 1 if found else await top(work)


async def told(
    work: Work, after: int, until: int, organization_ids: list[Id], types: list[str], limit: int
) -> list[Entry]:
    return await work.db.all(
        TOLD, after=after, top=until, organization_ids=organization_ids, types=types, limit=limit
    )


async def sessions_of(work: Work, room_id: Id, limit: int) -> list[Session]:
    """Those of a room that are not over."""
    return await work.db.all(NOT_OVER, room_id=room_id, limit=limit)


async def add_deliveries(work: Work, rows: list[Delivery]) -> None:
    """Those that are not there yet."""
    await work.db.many(ADD_DELIVERY, [msgspec.structs.asdict(row) for row in rows])


async def delivery_by_id(work: Work, delivery_id: Id, organization_id: Id) -> Delivery | None:
    return await work.db.one(DELIVERY_BY_ID, delivery_id=delivery_id, organization_id=organization_id)


async def deliveries(
    work: Work, endpoint_id: Id, state: State | None, type: str | None, limit: int, offset: int
) -> tuple[list[Delivery], int]:
    """The newest first, and the number of all that are meant."""
    wanted = {name: value for name, value in (("state", state), ("event_type", type)) if value is not None}
    rows, total = _deliveries(tuple(wanted))
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


async def settle(work: Work, delivery_id: Id, **columns: object) -> bool:
    """Whether it was still open."""
    return await work.db.run(SETTLE, which=delivery_id, **columns) == 1


async def note_well(work: Work, endpoint_id: Id, before: datetime) -> None:
    await work.db.run(WELL, endpoint_id=endpoint_id, now=work.now, before=before)


async def note_failing(work: Work, endpoint_id: Id) -> None:
    await work.db.run(FAILING, endpoint_id=endpoint_id, now=work.now)


async def abandon(work: Work, endpoint_id: Id) -> None:
    """Whatever is still to be sent."""
    await work.db.run(ABANDON, endpoint_id=endpoint_id)


async def retry(work: Work, delivery_id: Id) -> Delivery:
    found = await work.db.one(RETRY, delivery_id=delivery_id, now=work.now)
    assert found is not None, "it was read in this work"
    return found


async def last_of(work: Work, endpoint_id: Id) -> Id | None:
    """Its newest delivery."""
    return await work.db.one(LAST, endpoint_id=endpoint_id, limit=1)


async def replaying(work: Work, after: Id, limit: int) -> list[tuple[Id, Id]]:
    """Endpoints that are to be sent again what was settled, as above."""
    return await work.db.all(REPLAYING, after=after, limit=limit)


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


async def administrators(work: Work, organization_id: Id) -> list[tuple[str, str | None]]:
    """Addresses and languages."""
    return await work.db.all(ADMINISTRATORS, organization_id=organization_id)


@lru_cache(maxsize=4)
def _deliveries(names: tuple[str, ...]) -> tuple[Statement[Delivery], Statement[int]]:
    meant: list[ColumnElement[bool]] = [delivery.c.endpoint_id == ENDPOINT]
    meant += [delivery.c[name] == bindparam(name, type_=Text) for name in names]
    rows = select(delivery).where(*meant).order_by(delivery.c.id.desc()).limit(LIMIT).offset(OFFSET)
    return Statement(rows, Delivery), Statement(select(func.count()).select_from(delivery).where(*meant), int)
