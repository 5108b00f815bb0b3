"""SQL of questions. `vote_count` is counted from the rows of votes (I12), gathered by `jobs`."""

from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.messages.model import QuestionState, message, message_vote
from livehall.core.questions.model import ANSWER_COLUMNS, COLUMNS, PUBLIC, Answer, Question
from livehall.core.sessions.model import IS_OPEN, session
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

Sort = Literal["votes", "time", "-time"]

ALIVE = message.c.deleted_at.is_(None)
SESSION = message.c.session_id == bindparam("session_id", type_=Key)
# Written out, so that both databases use the indexes of these kinds.
IS_QUESTION = message.c.kind == literal_column("'question'")
IS_ANSWER = message.c.kind == literal_column("'answer'")
WHICH = message.c.id == bindparam("which", type_=Key)
IS_OWN = message.c.account_id == bindparam("account_id", type_=Key)
IS_PUBLIC = message.c.state.in_(PUBLIC)
VOTES = (
    select(func.count()).where(message_vote.c.message_id == message.c.id).correlate(message).scalar_subquery()
)

BY_ID = select(*COLUMNS).where(
    message.c.id == bindparam("question_id", type_=Key), SESSION, IS_QUESTION, ALIVE
)
GET = Statement(BY_ID, Question)
HOLD = Statement(BY_ID.with_for_update(key_share=True), Question)
ADD = Command(
    insert(message).values(
        {**{c.name: bindparam(c.name, type_=c.type) for c in COLUMNS}, "kind": literal_column("'question'")}
    )
)
ADD_ANSWER = Command(
    insert(message).values(
        {c.name: bindparam(c.name, type_=c.type) for c in ANSWER_COLUMNS}
        | {"kind": literal_column("'answer'")}
    )
)
ANSWERS = Statement(
    select(*ANSWER_COLUMNS)
    .where(any_of(message.c.parent_id, "question_ids"), IS_ANSWER, ALIVE)
    .order_by(message.c.id),
    Answer,
)
CHANGE = Command(
    update(message)
    .where(WHICH)
    .values(
        body=bindparam("body", type_=Text),
        is_anonymous=bindparam("is_anonymous", type_=message.c.is_anonymous.type),
        state=bindparam("state", type_=Text),
        pinned_at=bindparam("pinned_at", type_=Instant),
    )
)
DELETE = Command(
    update(message)
    .where(WHICH)
    .values(deleted_at=bindparam("at", type_=Instant), deleted_by=bindparam("by", type_=Key))
)
OF_PERSON = Statement(
    select(*COLUMNS).where(SESSION, IS_QUESTION, ALIVE, IS_OWN).order_by(message.c.id).with_for_update(),
    Question,
)
PENDING = Statement(
    select(*COLUMNS)
    .where(SESSION, IS_QUESTION, ALIVE, message.c.state == literal_column("'pending'"))
    .order_by(message.c.id)
    .limit(bindparam("limit", type_=Integer)),
    Question,
)
VOTE = Command(
    upsert(message_vote)
    .values({c.name: bindparam(c.name, type_=c.type) for c in message_vote.c})
    .on_conflict_do_nothing(index_elements=["message_id", "voter_key"])
)
MY_VOTE = and_(
    any_of(message_vote.c.message_id, "question_ids"),
    message_vote.c.voter_key == bindparam("voter_key", type_=Text),
)
UNVOTE = Command(delete(message_vote).where(MY_VOTE))
VOTED = Statement(select(message_vote.c.message_id).where(MY_VOTE), str)
COUNT_VOTES = Statement(
    select(func.count()).where(message_vote.c.message_id == bindparam("question_id", type_=Key)), int
)
AMONG = and_(any_of(message.c.id, "question_ids"), IS_QUESTION, ALIVE)
HOLD_MANY = Statement(
    select(message.c.id).where(AMONG).order_by(message.c.id).with_for_update(key_share=True), str
)
RECOUNT = Statement(
    update(message).where(AMONG, message.c.vote_count != VOTES).values(vote_count=VOTES).returning(*COLUMNS),
    Question,
)
OF_OPEN_SESSIONS = Statement(
    select(message.c.id)
    .join(session, session.c.id == message.c.session_id)
    .where(IS_OPEN, IS_QUESTION, ALIVE),
    str,
)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    account_id: Id | None  # who asks: their own are among them, whatever the state
    sees_all: bool = False
    state: QuestionState | None = None
    only_own: bool = False
    sort: Sort = "votes"
    offset: int = 0
    limit: int = 20


class Which(msgspec.Struct, frozen=True):
    """The filters of a list, as the key of its statement."""

    sees_all: bool
    by_state: bool
    only_own: bool


async def add(work: Work, row: Question) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def add_answer(work: Work, row: Answer) -> None:
    await work.db.run(ADD_ANSWER, **msgspec.structs.asdict(row))


async def get(work: Work, session_id: Id, question_id: Id) -> Question | None:
    return await work.db.one(GET, session_id=session_id, question_id=question_id)


async def hold(work: Work, session_id: Id, question_id: Id) -> Question | None:
    """The question as it is now, held until the work ends; its session's row is held before. Votes go on."""
    return await work.db.one(HOLD, session_id=session_id, question_id=question_id)


async def hold_all_of(work: Work, session_id: Id, account_id: Id) -> list[Question]:
    """All that one person asked and has not taken back."""
    return await work.db.all(OF_PERSON, session_id=session_id, account_id=account_id)


async def rewrite(work: Work, row: Question) -> None:
    """Store text, anonymity, state and pin as they are now."""
    await work.db.run(
        CHANGE,
        which=row.id,
        body=row.body,
        is_anonymous=row.is_anonymous,
        state=row.state,
        pinned_at=row.pinned_at,
    )


async def remove(work: Work, question_id: Id) -> None:
    await work.db.run(DELETE, which=question_id, at=work.now, by=work.actor.account_id)


async def page(work: Work, query: Query) -> tuple[list[Question], int]:
    """One page, what is pinned first, and the number of all; in two queries."""
    which = Which(query.sees_all, query.state is not None, query.only_own)
    values = {"session_id": query.session_id, "account_id": query.account_id, "state": query.state}
    rows = await work.db.all(_page(which, query.sort), **values, limit=query.limit, offset=query.offset)
    return rows, await work.db.one(_count(which), **values) or 0


async def top(work: Work, session_id: Id, limit: int) -> list[Question]:
    """What the audience sees, the most wanted first."""
    return await work.db.all(
        _page(Which(False, False, False), "votes"),
        session_id=session_id,
        account_id=None,
        limit=limit,
        offset=0,
    )


async def pending(work: Work, session_id: Id, limit: int) -> list[Question]:
    """What waits to be published, the oldest first."""
    return await work.db.all(PENDING, session_id=session_id, limit=limit)


async def answers(work: Work, question_ids: Collection[Id]) -> dict[Id, list[Answer]]:
    """Of many questions, each in order of writing, in one query."""
    found: dict[Id, list[Answer]] = defaultdict(list)
    if question_ids:
        for row in await work.db.all(ANSWERS, question_ids=sorted(question_ids)):
            found[row.parent_id].append(row)
    return found


async def vote(work: Work, row: Question, voter_key: str) -> None:
    """I7: a second vote of the same person is none."""
    await work.db.run(VOTE, message_id=row.id, voter_key=voter_key, organization_id=row.organization_id)


async def take_vote_back(work: Work, question_id: Id, voter_key: str) -> None:
    await work.db.run(UNVOTE, question_ids=[question_id], voter_key=voter_key)


async def voted(work: Work, question_ids: Collection[Id], voter_key: str | None) -> set[Id]:
    """Which of these one person has voted for."""
    if voter_key is None or not question_ids:
        return set()
    return set(await work.db.all(VOTED, question_ids=sorted(question_ids), voter_key=voter_key))


async def count_votes(work: Work, question_id: Id) -> int:
    return await work.db.one(COUNT_VOTES, question_id=question_id) or 0


async def of_open_sessions(work: Work) -> list[Id]:
    return await work.db.all(OF_OPEN_SESSIONS)


async def recount(work: Work, question_ids: Collection[Id]) -> list[Question]:
    """Count the votes of these from the rows (I12); those whose number was another, as they are now.

    They are held first: of two that count at once, the later one sees what the earlier one saw.
    """
    if not question_ids:
        return []
    wanted = sorted(question_ids)
    await work.db.all(HOLD_MANY, question_ids=wanted)
    return await work.db.all(RECOUNT, question_ids=wanted)


@lru_cache(maxsize=32)
def _page(which: Which, sort: Sort) -> Statement[Question]:
    order: tuple[ColumnElement[object], ...] = {
        "votes": (message.c.vote_count.desc(), message.c.id),
        "time": (message.c.id,),
        "-time": (message.c.id.desc(),),
    }[sort]
    unpinned = case((message.c.pinned_at.is_(None), 1), else_=0)
    return Statement(
        _filtered(select(*COLUMNS), which)
        .order_by(unpinned, message.c.pinned_at.desc(), *order)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Question,
    )


@lru_cache(maxsize=16)
def _count(which: Which) -> Statement[int]:
    return Statement(_filtered(select(func.count()).select_from(message), which), int)


def _filtered(found: Select[Any], which: Which) -> Select[Any]:
    found = found.where(SESSION, IS_QUESTION, ALIVE)
    if which.only_own:
        found = found.where(IS_OWN)
    elif not which.sees_all:
        found = found.where(or_(IS_PUBLIC, IS_OWN))
    if which.by_state:
        found = found.where(message.c.state == bindparam("state", type_=Text))
    return found
