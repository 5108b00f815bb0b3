"""SQL of who watched: the rows of a session in the order of persons, a part at a time."""

from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, bindparam, distinct, exists, func, select

from livehall.core.audience.model import Source, State, attendance
from livehall.core.participants.model import participant, shown_name
from livehall.core.people.model import account
from livehall.core.sessions.rights import Role
from livehall.kernel.db import Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

SESSION_ID = bindparam("session_id", type_=Key)
other = attendance.alias("other")


class Seen(msgspec.Struct, frozen=True, gc=False):  # plain values: nothing for the collector
    """One interval, or one replay."""

    visitor_key: str
    account_id: Id | None
    name: str
    role: Role
    source: Source
    state: State
    joined_at: datetime
    left_at: datetime | None
    watched_ms: int


class Named(msgspec.Struct, frozen=True, gc=False):
    """What of a participant tells who it is; whole rows of a large audience would take half the time."""

    id: Id
    session_id: Id | None
    account_id: Id | None
    email: str | None
    first_name: str | None
    last_name: str | None
    display_name: str | None
    external_id: str | None

    @property
    def name(self) -> str:
        return shown_name(self.display_name, self.first_name, self.last_name)


COLUMNS = (
    attendance.c.visitor_key,
    attendance.c.account_id,
    attendance.c.display_name,
    attendance.c.role,
    attendance.c.source,
    attendance.c.state,
    attendance.c.joined_at,
    attendance.c.left_at,
    attendance.c.watched_ms,
)
COUNTED = (
    attendance.c.session_id == SESSION_ID,
    attendance.c.joined_at.is_not(None),
    attendance.c.role != "monitor",
)
ORDER = (attendance.c.visitor_key, attendance.c.joined_at)
LIMIT = bindparam("limit", type_=Integer)
IS_PRESENT = exists().where(
    other.c.session_id == SESSION_ID,
    other.c.visitor_key == attendance.c.visitor_key,
    other.c.state == "present",
    other.c.source == "live",
    other.c.role != "monitor",
)
WHICH: dict[bool | None, tuple[ColumnElement[bool], ...]] = {
    None: COUNTED, True: (*COUNTED, IS_PRESENT), False: (*COUNTED, ~IS_PRESENT),
}  # fmt: skip
PART = {
    active: Statement(
        select(*COLUMNS)
        .where(*which, attendance.c.visitor_key > bindparam("after", type_=Text))
        .order_by(*ORDER)
        .limit(LIMIT),
        Seen,
    )
    for active, which in WHICH.items()
}
KEYS = {
    active: Statement(
        select(attendance.c.visitor_key)
        .where(*which)
        .distinct()
        .order_by(attendance.c.visitor_key)
        .limit(LIMIT)
        .offset(bindparam("offset", type_=Integer)),
        str,
    )
    for active, which in WHICH.items()
}
COUNT = {
    active: Statement(select(func.count(distinct(attendance.c.visitor_key))).where(*which), int)
    for active, which in WHICH.items()
}
OF_PEOPLE = Statement(
    select(*COLUMNS).where(*COUNTED, any_of(attendance.c.visitor_key, "visitor_keys")).order_by(*ORDER), Seen
)
OF_ACCOUNTS = Statement(
    select(*COLUMNS).where(*COUNTED, any_of(attendance.c.account_id, "account_ids")).order_by(*ORDER), Seen
)
SCOPES = any_of(participant.c.scope_id, "scope_ids")
ALIVE = participant.c.deleted_at.is_(None)
NAMED = select(
    participant.c.id,
    participant.c.session_id,
    participant.c.account_id,
    participant.c.email,
    participant.c.first_name,
    participant.c.last_name,
    participant.c.display_name,
    participant.c.external_id,
)
BY_ACCOUNT = Statement(NAMED.where(SCOPES, ALIVE, any_of(participant.c.account_id, "account_ids")), Named)
BY_ADDRESS = Statement(
    NAMED.where(SCOPES, ALIVE, participant.c.account_id.is_(None), any_of(participant.c.email, "emails")),
    Named,
)
ADDRESSES = Statement(
    select(account.c.id, account.c.email).where(any_of(account.c.id, "account_ids")), lambda *row: row
)


async def part(work: Work, session_id: Id, after: str, limit: int, active: bool | None) -> list[Seen]:
    """Up to so many rows of persons behind a key. `active`: only of those who are there now, or are not."""
    return await work.db.all(PART[active], session_id=session_id, after=after, limit=limit)


async def page(
    work: Work, session_id: Id, active: bool | None, limit: int, offset: int
) -> tuple[list[Seen], int]:
    """The rows of one page of persons, and the number of all, in three queries."""
    keys = await work.db.all(KEYS[active], session_id=session_id, limit=limit, offset=offset)
    total = await work.db.one(COUNT[active], session_id=session_id) or 0
    rows = await work.db.all(OF_PEOPLE, session_id=session_id, visitor_keys=keys) if keys else []
    return rows, total


async def of_accounts(work: Work, session_id: Id, account_ids: list[Id]) -> list[Seen]:
    """The rows of these people, in one query."""
    if not account_ids:
        return []
    return await work.db.all(OF_ACCOUNTS, session_id=session_id, account_ids=account_ids)


async def participants(
    work: Work, scope_ids: list[Id], account_ids: list[Id], emails: list[str]
) -> list[Named]:
    """Rows of these people, by account or, where nobody has taken it up yet, by address."""
    found: list[Named] = []
    if account_ids:
        found += await work.db.all(BY_ACCOUNT, scope_ids=scope_ids, account_ids=account_ids)
    if emails:
        found += await work.db.all(BY_ADDRESS, scope_ids=scope_ids, emails=emails)
    return found


async def addresses(work: Work, account_ids: list[Id]) -> dict[Id, str | None]:
    """Of accounts, whatever organization they are of."""
    return dict(await work.db.all(ADDRESSES, account_ids=account_ids)) if account_ids else {}
