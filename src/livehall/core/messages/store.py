"""SQL that is the same for all kinds of messages: who said what, as a stream."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    select,
)

from livehall.core.messages.model import Kind, message, message_vote
from livehall.core.participants.model import participant
from livehall.core.people.model import account
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Role
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

BATCH = 1000  # rows read at once
NOBODY = "00000000-0000-0000-0000-000000000000"

AUTHORS = 500  # whose messages are read at once

Order = Literal["time", "author"]
"""By time, or author by author."""

OF_SESSION, OF_ROOM = participant.alias("of_session"), participant.alias("of_room")
VOTES = (
    select(func.count()).where(message_vote.c.message_id == message.c.id).correlate(message).scalar_subquery()
)
OF_ACCOUNT = (  # read where nothing narrower is known
    select(account.c.email).where(account.c.id == message.c.account_id).correlate(message).scalar_subquery()
)
PARTICIPANT = func.coalesce(message.c.participant_id, OF_SESSION.c.id, OF_ROOM.c.id)
EMAIL = func.coalesce(OF_SESSION.c.email, OF_ROOM.c.email, OF_ACCOUNT)
SAID = (
    message.c.id,
    message.c.account_id,
    PARTICIPANT,
    EMAIL,
    message.c.display_name,
    message.c.role,
    message.c.kind,
    message.c.parent_id,
    message.c.body,
    message.c.state,
    message.c.is_anonymous,
)
STANDING = Statement(
    select(participant.c.id)
    .where(
        any_of(participant.c.scope_id, "scope_ids"),
        participant.c.account_id == bindparam("account_id", type_=Key),
        participant.c.deleted_at.is_(None),
    )
    .order_by(case((participant.c.session_id.is_(None), 1), else_=0))
    .limit(1),
    str,
)


class Said(msgspec.Struct, frozen=True, gc=False):  # plain values: nothing for the collector
    """One message that is still there, with who wrote it. Votes are counted from the rows."""

    id: Id
    account_id: Id | None
    participant_id: Id | None  # of the session, else of the room
    email: str | None
    name: str
    role: Role
    kind: Kind
    parent_id: Id | None
    text: str
    state: str | None
    is_anonymous: bool
    votes: int
    on_air_at: datetime | None
    created_at: datetime

    @property
    def attendee_id(self) -> Id | None:
        """How the author is called outside: the participant, else the account."""
        return self.participant_id or self.account_id


class Line(msgspec.Struct, frozen=True, gc=False):
    """What of a message a report by authors says; the whole rows of a large audience take half more time."""

    account_id: Id
    attendee_id: Id  # as of `Said`
    email: str | None
    text: str
    votes: int
    created_at: datetime


ByOne = list[Line]
"""All messages of one author, the oldest first."""


async def participant_of(work: Work, session: Session, account_id: Id | None) -> Id | None:
    """As whom somebody was invited or registered: to the session, else to the room."""
    if account_id is None:
        return None
    return await work.db.one(STANDING, scope_ids=[session.id, session.room_id], account_id=account_id)


async def said(
    desk: Desk, session: Session, kinds: tuple[Kind, ...], order: Order = "time"
) -> AsyncIterator[Said]:
    """Every message of these kinds, in an order; whoever asks.

    By author those whom no account wrote are left out. Nothing is held open between two batches, so that a
    slow reader keeps nobody waiting. Raises: DatabaseUnavailable.
    """
    statement = _said(kinds, order)
    author, last = NOBODY, NOBODY
    while True:
        async with desk.read(SYSTEM) as read:
            rows = await read.db.all(
                statement,
                session_id=session.id,
                room_id=session.room_id,
                author=author,
                last=last,
                limit=BATCH,
            )
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        author, last = rows[-1].account_id or NOBODY, rows[-1].id
        await asyncio.sleep(0)  # others have their turn, where the database answers at once


async def replies(desk: Desk, session: Session, kind: Kind, parent_ids: list[Id]) -> list[Said]:
    """What was said in answer to these messages, in the order of time; whoever asks."""
    async with desk.read(SYSTEM) as read:
        return await read.db.all(
            _replies(kind), session_id=session.id, room_id=session.room_id, parents=parent_ids
        )


async def by_author(desk: Desk, session: Session, kind: Kind) -> AsyncIterator[list[ByOne]]:
    """Every message of a kind that an account wrote, author by author; who wrote first comes first.

    Some authors at a time, with nothing held open in between; whoever asks. Raises: DatabaseUnavailable.
    """
    authors, rows_of = _first(kind), _of_authors(kind)
    last = NOBODY
    while True:
        async with desk.read(SYSTEM) as read:
            firsts = await read.db.all(authors, session_id=session.id, last=last, limit=AUTHORS)
            rows = await read.db.all(
                rows_of,
                session_id=session.id,
                room_id=session.room_id,
                authors=sorted(each.author for each in firsts),
            )
        written: dict[Id, ByOne] = {each.author: [] for each in firsts}
        for row in rows:
            written[row.account_id].append(row)
        yield [messages for messages in written.values() if messages]  # some may be gone since
        if len(firsts) < AUTHORS:
            return
        last = firsts[-1].id
        await asyncio.sleep(0)


class First(msgspec.Struct, frozen=True, gc=False):
    """The first message of an author."""

    id: Id
    author: Id


@lru_cache(maxsize=4)
def _first(kind: Kind) -> Statement[First]:
    earlier = message.alias("earlier")
    has_earlier = exists().where(
        earlier.c.session_id == message.c.session_id,
        earlier.c.account_id == message.c.account_id,
        earlier.c.kind == kind,
        earlier.c.deleted_at.is_(None),
        # An author's messages are found by author; a bare comparison of ids has one database read by time.
        func.coalesce(earlier.c.id, earlier.c.id) < message.c.id,
    )
    return Statement(
        select(message.c.id, message.c.account_id)
        .where(
            message.c.session_id == bindparam("session_id", type_=Key),
            message.c.account_id.is_not(None),
            message.c.kind == kind,
            message.c.deleted_at.is_(None),
            message.c.id > bindparam("last", type_=Key),
            ~has_earlier,
        )
        .order_by(message.c.id)
        .limit(bindparam("limit", type_=Integer)),
        First,
    )


@lru_cache(maxsize=8)
def _said(kinds: tuple[Kind, ...], order: Order) -> Statement[Said]:
    who, when = message.c.account_id, message.c.id
    author, last = bindparam("author", type_=Key), bindparam("last", type_=Key)
    found = _of_session(kinds).limit(bindparam("limit", type_=Integer))
    if order == "time":
        return Statement(found.where(when > last).order_by(when), Said)
    # Two conditions, since a comparison of rows uses no index on one of the databases.
    found = found.where(who >= author, (who > author) | (when > last))
    return Statement(found.order_by(who, when), Said)


@lru_cache(maxsize=4)
def _of_authors(kind: Kind) -> Statement[Line]:
    columns = (
        message.c.account_id,
        func.coalesce(PARTICIPANT, message.c.account_id),
        EMAIL,
        message.c.body,
        _votes((kind,)),
        message.c.created_at,
    )
    found = _of_session((kind,), columns).where(any_of(message.c.account_id, "authors"))
    return Statement(found.order_by(message.c.account_id, message.c.id), Line)


@lru_cache(maxsize=4)
def _replies(kind: Kind) -> Statement[Said]:
    found = _of_session((kind,)).where(
        any_of(message.c.parent_id, "parents"),
        message.c.kind == literal_column(f"'{kind}'"),  # in the text, so that the index of its rows is used
    )
    return Statement(found.order_by(message.c.id), Said)


def _of_session(kinds: tuple[Kind, ...], columns: Sequence[ColumnElement[Any]] = ()) -> Select[Any]:
    """Those of `Said`, unless others are named."""
    return (
        select(*(columns or (*SAID, _votes(kinds), message.c.on_air_at, message.c.created_at)))
        .select_from(message)
        .outerjoin(OF_SESSION, _is_author(OF_SESSION, "session_id"))
        .outerjoin(OF_ROOM, _is_author(OF_ROOM, "room_id"))
        .where(
            message.c.session_id == bindparam("session_id", type_=Key),
            message.c.kind.in_(kinds),
            message.c.deleted_at.is_(None),
        )
    )


def _votes(kinds: tuple[Kind, ...]) -> ColumnElement[int]:
    return VOTES if "question" in kinds else literal(0, Integer)


def _is_author(of: FromClause, scope: str) -> ColumnElement[bool]:
    return and_(
        of.c.scope_id == bindparam(scope, type_=Key),
        of.c.account_id == message.c.account_id,
        of.c.deleted_at.is_(None),
    )
