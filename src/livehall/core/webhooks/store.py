"""SQL of webhooks."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy import update as change_rows

from livehall.core.people.model import account, membership
from livehall.core.sessions.model import Session, session
from livehall.core.webhooks.model import Endpoint, delivery, endpoint
from livehall.kernel import journal
from livehall.kernel.db import Command, Connection, Instant, Key, Statement, any_of, revise
from livehall.kernel.ids import Id, earliest_id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Work


def pair(first: Id, second: Id) -> tuple[Id, Id]:
    return first, second


ENDPOINT, ORGANIZATION = bindparam("endpoint_id", type_=Key), bindparam("organization_id", type_=Key)
NOW = bindparam("now", type_=Instant)
LIMIT, OFFSET = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
ALIVE = endpoint.c.deleted_at.is_(None)
OWN = (endpoint.c.organization_id == ORGANIZATION, ALIVE)
FIRST: Id = "00000000-0000-0000-0000-000000000000"  # sorts before every id of ours

ONE = select(endpoint).where(endpoint.c.id == ENDPOINT, *OWN)
BY_ID = Statement(ONE, Endpoint)
HELD = Statement(ONE.with_for_update(), Endpoint)
PAGE = Statement(select(endpoint).where(*OWN).order_by(endpoint.c.id).limit(LIMIT).offset(OFFSET), Endpoint)
COUNT = Statement(select(func.count()).select_from(endpoint).where(*OWN), int)
ADD = Command(insert(endpoint).values({c.name: bindparam(c.name, type_=c.type) for c in endpoint.c}))
LISTENING = Statement(select(endpoint).where(ALIVE, endpoint.c.is_enabled).order_by(endpoint.c.id), Endpoint)
REMOVED = (  # what was told to them is forgotten before
    select(endpoint.c.id)
    .where(
        endpoint.c.deleted_at < bindparam("before", type_=Instant),
        ~exists().where(delivery.c.endpoint_id == endpoint.c.id),
    )
    .limit(LIMIT)
)
FORGET = Command(delete(endpoint).where(endpoint.c.id.in_(REMOVED)))
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

HELD_ANYHOW = Statement(select(endpoint).where(endpoint.c.id == ENDPOINT).with_for_update(), Endpoint)


def _with(mark: Column[Id]) -> Statement[tuple[Id, Id]]:
    """Endpoints whose `mark` says that something is left to do, after one of them, in the order of ids."""
    return Statement(
        select(endpoint.c.id, endpoint.c.organization_id)
        .where(mark.is_not(None), endpoint.c.id > bindparam("after", type_=Key))
        .order_by(endpoint.c.id)
        .limit(LIMIT),
        pair,
    )


GIVING_UP, REPLAYING = _with(endpoint.c.give_up_until), _with(endpoint.c.replay_after)
GAVE_UP = Command(change_rows(endpoint).where(endpoint.c.id == ENDPOINT).values(give_up_until=None))

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


async def forget(work: Work, before: datetime, limit: int) -> int:
    """Drop endpoints that were removed before, at most so many; how many there were."""
    return await work.db.run(FORGET, before=before, limit=limit)


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


async def note_well(work: Work, endpoint_id: Id, before: datetime) -> None:
    await work.db.run(WELL, endpoint_id=endpoint_id, now=work.now, before=before)


async def note_failing(work: Work, endpoint_id: Id) -> None:
    await work.db.run(FAILING, endpoint_id=endpoint_id, now=work.now)


async def hold_anyhow(work: Work, endpoint_id: Id) -> Endpoint | None:
    """Also one that is switched off, or removed; held until the work ends."""
    return await work.db.one(HELD_ANYHOW, endpoint_id=endpoint_id)


async def giving_up(work: Work, after: Id, limit: int) -> list[tuple[Id, Id]]:
    """Endpoints whose deliveries are still to be given up, with their organizations, in the order of ids."""
    return await work.db.all(GIVING_UP, after=after, limit=limit)


async def gave_up(work: Work, endpoint_id: Id) -> None:
    """It is done; no change that anybody made."""
    await work.db.run(GAVE_UP, endpoint_id=endpoint_id)


async def replaying(work: Work, after: Id, limit: int) -> list[tuple[Id, Id]]:
    """Endpoints that are to be sent again what was settled, as above."""
    return await work.db.all(REPLAYING, after=after, limit=limit)


async def administrators(work: Work, organization_id: Id) -> list[tuple[str, str | None]]:
    """Addresses and languages."""
    return await work.db.all(ADMINISTRATORS, organization_id=organization_id)
