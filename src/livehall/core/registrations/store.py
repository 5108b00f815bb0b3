"""SQL of registrations: rows of `participant` that have registered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from livehall.core.audience.model import attendance
from livehall.core.participants.model import Participant, Registration, participant
from livehall.core.registrations.rules import COUNTING
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, revise
from livehall.kernel.ids import Id
from livehall.kernel.letters import WORDS, pattern
from livehall.kernel.work import Work

Sort = Literal["registered_at", "-registered_at", "name", "-name", "email"]
Presence = Literal["present", "attended", "absent"]

P = participant.c
ALIVE = P.deleted_at.is_(None)
REGISTERED = P.registration.is_not(None)
SCOPES = any_of(P.scope_id, "scope_ids")
ROOM_ID = bindparam("room_id", type_=Key)
PERSON = cast(P.account_id, Text)  # as rows of attendance name them


class json_of(FunctionElement[str]):  # noqa: N801  # reads as SQL
    """One member of a Json column, as JSON text."""

    type = Text()
    inherit_cache = False


@compiles(json_of, "sqlite")
def _json_of_sqlite(element: json_of, compiler: SQLCompiler, **options: object) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} -> ('$.' || {name}))"


@compiles(json_of, "postgresql")
def _json_of_postgres(element: json_of, compiler: SQLCompiler, **options: object) -> str:
    column, name = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} -> CAST({name} AS TEXT))::text"


OF_ACCOUNT = Statement(
    select(participant)
    .where(SCOPES, ALIVE, P.account_id == bindparam("account_id", type_=Key))
    .with_for_update(),
    Participant,
)
BY_EMAILS = Statement(
    select(participant).where(SCOPES, ALIVE, any_of(P.email, "emails")).with_for_update(), Participant
)
BY_TOKEN = Statement(
    select(participant).where(
        P.access_token_hash == bindparam("token_hash"), ALIVE, or_(REGISTERED, P.invited_at.is_not(None))
    ),
    Participant,
)
BY_ID = Statement(
    select(participant).where(
        P.id == bindparam("participant_id", type_=Key),
        P.organization_id == bindparam("organization_id", type_=Key),
        ALIVE,
        REGISTERED,
    ),
    Participant,
)
ANY = Statement(select(participant).where(P.id == bindparam("participant_id", type_=Key), ALIVE), Participant)
HELD = Statement(
    select(participant).where(P.id == bindparam("participant_id", type_=Key), ALIVE).with_for_update(),
    Participant,
)
ADD = Command(insert(participant).values({c.name: bindparam(c.name, type_=c.type) for c in participant.c}))
TAKEN = Statement(
    select(P.scope_id, func.count())
    .where(P.room_id == ROOM_ID, ALIVE, P.registration.in_(COUNTING))
    .group_by(P.scope_id),
    lambda *row: row,
)
UPCOMING = Statement(
    select(session)
    .where(
        session.c.room_id == ROOM_ID,
        session.c.deleted_at.is_(None),
        session.c.status.in_(("scheduled", "backstage", "live")),
    )
    .order_by(func.coalesce(session.c.scheduled_start_at, session.c.created_at), session.c.id)
    .limit(bindparam("limit", type_=Integer)),
    Session,
)
IS_LIVE = attendance.c.source == "live"
SEEN = and_(IS_LIVE, attendance.c.joined_at.is_not(None))
PRESENCE = Statement(
    select(
        attendance.c.visitor_key,
        func.min(attendance.c.joined_at),
        func.max(case((attendance.c.state == "present", 1), else_=0)),
    )
    .join(session, session.c.id == attendance.c.session_id)
    .where(
        session.c.room_id == ROOM_ID,
        or_(
            bindparam("session_id", type_=Key).is_(None),
            session.c.id == bindparam("session_id", type_=Key),
        ),
        any_of(attendance.c.visitor_key, "people"),
        SEEN,
    )
    .group_by(attendance.c.visitor_key),
    lambda *row: row,
)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which registrations of a list. `answers`: of the form's fields, all of which must be so."""

    search: str = ""
    status: Registration | None = None
    presence: Presence | None = None
    answers: Mapping[str, str | bool] = {}
    sort: Sort = "-registered_at"
    offset: int = 0
    limit: int = 20


class Seen(msgspec.Struct, frozen=True):
    """When somebody was there first, and whether they are there now."""

    since: datetime
    is_present: bool


async def find_held(
    work: Work, scope_ids: Collection[Id], email: str, account_id: Id | None
) -> list[Participant]:
    """The rows of a person in these scopes, whether registered or not; held."""
    found = {row.id: row for row in await by_emails(work, scope_ids, [email])}
    if account_id is not None:
        rows = await work.db.all(OF_ACCOUNT, scope_ids=sorted(scope_ids), account_id=account_id)
        found |= {row.id: row for row in rows}
    return list(found.values())


async def by_emails(work: Work, scope_ids: Collection[Id], emails: Collection[str]) -> list[Participant]:
    """The rows of many people; held."""
    return await work.db.all(BY_EMAILS, scope_ids=sorted(scope_ids), emails=sorted(emails))


async def by_token(work: Work, token_hash: bytes) -> Participant | None:
    return await work.db.one(BY_TOKEN, token_hash=token_hash)


async def by_id(work: Work, participant_id: Id, organization_id: Id | None) -> Participant | None:
    return await work.db.one(BY_ID, participant_id=participant_id, organization_id=organization_id)


async def get(work: Work, participant_id: Id) -> Participant | None:
    """Whoever it is of."""
    return await work.db.one(ANY, participant_id=participant_id)


async def hold(work: Work, participant_id: Id) -> Participant | None:
    """As it is now, held until the work ends; the room's row is held before."""
    return await work.db.one(HELD, participant_id=participant_id)


async def add(work: Work, rows: Sequence[Participant]) -> None:
    """Raises: Duplicate (I6); the work must end."""
    await work.db.many(ADD, [msgspec.structs.asdict(row) for row in rows])


async def change(work: Work, participant_id: Id, columns: Mapping[str, object]) -> Participant:
    """Set columns, raise the revision. The row is held."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(participant, Participant, values), which=participant_id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


async def taken(work: Work, room_id: Id) -> dict[Id, int]:
    """How many places registrants take, by scope: the room or one of its sessions."""
    return dict(await work.db.all(TAKEN, room_id=room_id))


async def upcoming(work: Work, room_id: Id, limit: int) -> list[Session]:
    """Those that are not over, the next one first."""
    return await work.db.all(UPCOMING, room_id=room_id, limit=limit)


async def presence(
    work: Work, room_id: Id, session_id: Id | None, account_ids: Collection[Id]
) -> dict[Id, Seen]:
    """Of those who were there: in one session, or in any of the room."""
    if not account_ids:
        return {}
    rows = await work.db.all(PRESENCE, room_id=room_id, session_id=session_id, people=sorted(account_ids))
    return {person: Seen(since, bool(present)) for person, since, present in rows}


async def page(work: Work, room_id: Id, session_id: Id | None, query: Query) -> tuple[list[Participant], int]:
    """One page and the number of all, in two queries.

    Of a session: with those who registered for all sessions of the room, each address once.
    """
    words = [pattern(word) for word in query.search.split()[:WORDS]]
    values: dict[str, object] = {
        "room_id": room_id,
        "session_id": session_id,
        "status": query.status,
        **{f"word{number}": word for number, word in enumerate(words)},
    }
    for number, (name, value) in enumerate(sorted(query.answers.items())):
        values |= {f"field{number}": name, f"answer{number}": msgspec.json.encode(value).decode()}
    which = (
        session_id is not None, len(words), query.status is not None, query.presence, len(query.answers)
    )  # fmt: skip
    rows = await work.db.all(_page(*which, query.sort), **values, limit=query.limit, offset=query.offset)
    return rows, await work.db.one(_count(*which), **values) or 0


async def following(
    work: Work, room_id: Id, session_id: Id | None, after: Participant | None, limit: int
) -> list[Participant]:
    """Those who registered next after one, or the first; of whom `page` has without a filter."""
    values: dict[str, object] = {"room_id": room_id, "session_id": session_id, "limit": limit}
    if after is not None:
        values |= {"at": after.registered_at, "last": after.id}
    return await work.db.all(_following(session_id is not None, after is None), **values)


NAME = func.lower(func.coalesce(P.last_name, P.display_name, P.first_name, P.email, ""))
ORDERS: dict[str, ColumnElement[Any]] = {
    "registered_at": P.registered_at,
    "name": NAME,
    "email": func.coalesce(P.email, ""),
}


@lru_cache(maxsize=256)
def _page(
    of_session: bool, words: int, by_status: bool, presence: Presence | None, answers: int, sort: Sort
) -> Statement[Participant]:
    column = ORDERS[sort.removeprefix("-")]
    order = (column.desc(), P.id.desc()) if sort.startswith("-") else (column, P.id)
    return Statement(
        select(participant)
        .where(*_filters(of_session, words, by_status, presence, answers))
        .order_by(*order)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Participant,
    )


@lru_cache(maxsize=4)
def _following(of_session: bool, is_first: bool) -> Statement[Participant]:
    at, last = bindparam("at", type_=Instant), bindparam("last", type_=Key)
    after = () if is_first else (P.registered_at >= at, or_(P.registered_at > at, P.id > last))
    return Statement(
        select(participant)
        .where(*_filters(of_session, 0, False, None, 0), *after)
        .order_by(P.registered_at, P.id)
        .limit(bindparam("limit", type_=Integer)),
        Participant,
    )


@lru_cache(maxsize=64)
def _count(
    of_session: bool, words: int, by_status: bool, presence: Presence | None, answers: int
) -> Statement[int]:
    return Statement(
        select(func.count())
        .select_from(participant)
        .where(*_filters(of_session, words, by_status, presence, answers)),
        int,
    )


def _filters(
    of_session: bool, words: int, by_status: bool, presence: Presence | None, answers: int
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [ALIVE, REGISTERED]
    found.append(P.room_id == ROOM_ID)
    if of_session:
        found.append(_of_session())
    for number in range(words):
        word = bindparam(f"word{number}", type_=Text)
        texts = (P.first_name, P.last_name, P.display_name, P.email, P.external_id)
        found.append(or_(*(func.coalesce(text, "").ilike(word, escape="\\") for text in texts)))
    if by_status:
        found.append(P.registration == bindparam("status", type_=Text))
    if presence is not None:
        was_there = _was_there(of_session, is_now=presence == "present")
        found.append(~was_there if presence == "absent" else was_there)
    for number in range(answers):
        answer = json_of(P.answers, bindparam(f"field{number}", type_=Text))
        found.append(answer == bindparam(f"answer{number}", type_=Text))
    return found


def _of_session() -> ColumnElement[bool]:
    """Of the session, or of the whole room by an address that did not register for the session too."""
    own, session_id = participant.alias("own"), bindparam("session_id", type_=Key)
    twice = exists().where(
        own.c.scope_id == session_id,
        own.c.email == P.email,
        own.c.registration.is_not(None),
        own.c.deleted_at.is_(None),
    )
    return or_(P.scope_id == session_id, and_(P.scope_id == ROOM_ID, ~twice))


def _was_there(of_session: bool, *, is_now: bool) -> ColumnElement[bool]:
    """In the session of the list, or in any session of the room."""
    came = [attendance.c.visitor_key == PERSON, SEEN]
    if is_now:
        came.append(attendance.c.state == "present")
    if of_session:
        return exists().where(attendance.c.session_id == bindparam("session_id", type_=Key), *came)
    return exists().where(
        attendance.c.session_id == session.c.id, session.c.room_id == participant.c.room_id, *came
    )
