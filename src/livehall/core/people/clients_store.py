"""SQL of API clients."""

from datetime import datetime

import msgspec
from sqlalchemy import Integer, LargeBinary, Text, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.people.model import ApiClient, api_client, revoked_token
from livehall.core.people.store import ORGANIZATION_ID
from livehall.kernel.db import Command, Instant, Key, Statement, revise
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

CLIENT = bindparam("client", type_=Key)
IN_FORCE = api_client.c.revoked_at.is_(None)
OF_ORGANIZATION = (IN_FORCE, api_client.c.organization_id == ORGANIZATION_ID)
SECRET = bindparam("secret_hash", type_=LargeBinary)
NOW = bindparam("now", type_=Instant)

NOT_EXPIRED = or_(api_client.c.expires_at.is_(None), api_client.c.expires_at > NOW)
MOST_OF_ONE_ISSUER = 10  # of one organization
MOST_TRIED = 500  # of all

BY_SECRET = Statement(
    select(api_client).where(
        IN_FORCE,
        NOT_EXPIRED,
        api_client.c.kind == "api_key",
        or_(
            api_client.c.secret_hash == SECRET,
            and_(api_client.c.previous_hash == SECRET, api_client.c.previous_until > NOW),
        ),
    ),
    ApiClient,
)
ISSUER = bindparam("issuer", type_=Text)
PLACE = func.row_number().over(partition_by=api_client.c.organization_id, order_by=api_client.c.id)
RANKED = (
    select(api_client.c.id, PLACE.label("place"))
    .where(api_client.c.issuer == ISSUER, IN_FORCE, NOT_EXPIRED)
    .subquery()
)
BY_ISSUER = Statement(  # each organization's first before anybody's second: nobody can crowd others out
    select(api_client)
    .join(RANKED, RANKED.c.id == api_client.c.id)
    .where(RANKED.c.place <= MOST_OF_ONE_ISSUER)
    .order_by(RANKED.c.place, api_client.c.id)
    .limit(MOST_TRIED),
    ApiClient,
)
COUNT_OF_ISSUER = Statement(
    select(func.count()).select_from(api_client).where(api_client.c.issuer == ISSUER, *OF_ORGANIZATION),
    int,
)
BY_CLIENT_ID = Statement(
    select(api_client).where(
        api_client.c.client_id == bindparam("client_id", type_=Text),
        api_client.c.kind == "oauth",
        IN_FORCE,
        NOT_EXPIRED,
    ),
    ApiClient,
)
ONE = select(api_client).where(api_client.c.id == CLIENT, *OF_ORGANIZATION)
BY_ID = Statement(ONE, ApiClient)
LOCKED = Statement(ONE.with_for_update(), ApiClient)
PAGE = Statement(
    select(api_client)
    .where(*OF_ORGANIZATION)
    .order_by(api_client.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
    .offset(bindparam("offset", type_=Integer)),
    ApiClient,
)
COUNT = Statement(select(func.count()).select_from(api_client).where(*OF_ORGANIZATION), int)
ADD = Command(insert(api_client).values({c.name: bindparam(c.name, type_=c.type) for c in api_client.c}))
TOUCH = Command(
    update(api_client)
    .where(
        api_client.c.id == CLIENT,
        or_(
            api_client.c.last_used_at.is_(None),
            api_client.c.last_used_at < bindparam("before", type_=Instant),
        ),
    )
    .values(last_used_at=NOW)
)

TOKEN = bindparam("token", type_=Key)
REVOKED = Statement(select(func.count()).select_from(revoked_token).where(revoked_token.c.id == TOKEN), int)
REVOKE = Command(
    upsert(revoked_token)
    .values(id=TOKEN, expires_at=bindparam("expires_at", type_=Instant))
    .on_conflict_do_nothing()
)
FORGET = Command(delete(revoked_token).where(revoked_token.c.expires_at <= NOW))


async def by_client_id(work: Work, client_id: str) -> ApiClient | None:
    """The OAuth client in force with this public id."""
    return await work.db.one(BY_CLIENT_ID, client_id=client_id, now=work.now)


async def token_is_revoked(work: Work, token: Id) -> bool:
    return (await work.db.one(REVOKED, token=token) or 0) > 0


async def revoke_token(work: Work, token: Id, expires_at: datetime) -> None:
    """Harmless when it is, also by two at once."""
    await work.db.run(REVOKE, token=token, expires_at=expires_at)


async def forget_tokens(work: Work) -> None:
    """Those that are over anyhow."""
    await work.db.run(FORGET, now=work.now)


async def by_secret(work: Work, secret_hash: bytes) -> ApiClient | None:
    """The one in force with this secret, or with it as the one before and its time not over."""
    return await work.db.one(BY_SECRET, secret_hash=secret_hash, now=work.now)


async def by_issuer(work: Work, issuer: str) -> list[ApiClient]:
    """Signing secrets in force whose tokens name this issuer: each organization's oldest, its second, …

    Issuers are names that people choose: several may use the same. An organization has at most ten of one,
    and its first comes before another's second, so that whoever takes somebody's name takes no place.
    """
    return await work.db.all(BY_ISSUER, issuer=issuer, now=work.now)


async def count_of_issuer(work: Work, organization_id: Id, issuer: str) -> int:
    return await work.db.one(COUNT_OF_ISSUER, organization_id=organization_id, issuer=issuer) or 0


async def get(work: Work, client: Id, organization_id: Id) -> ApiClient | None:
    return await work.db.one(BY_ID, client=client, organization_id=organization_id)


async def hold(work: Work, client: Id, organization_id: Id) -> ApiClient | None:
    """The same, held until the work ends."""
    return await work.db.one(LOCKED, client=client, organization_id=organization_id)


async def page(work: Work, organization_id: Id, limit: int, offset: int) -> tuple[list[ApiClient], int]:
    """Those in force, the newest first, and the number of all."""
    rows = await work.db.all(PAGE, organization_id=organization_id, limit=limit, offset=offset)
    return rows, await work.db.one(COUNT, organization_id=organization_id) or 0


async def add(work: Work, row: ApiClient) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def change(work: Work, row: ApiClient, columns: dict[str, object]) -> ApiClient:
    """Set columns, raise the revision."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(api_client, ApiClient, values), which=row.id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def touch(work: Work, client: Id, before: datetime) -> None:
    """Note a use, unless one since `before` is noted."""
    await work.db.run(TOUCH, client=client, before=before, now=work.now)
