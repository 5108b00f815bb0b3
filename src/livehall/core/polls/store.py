"""SQL of polls. Counts are made from the rows (I12), for any number of polls in one query."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Integer, Text, bindparam, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.polls.model import Poll, Tally, poll, poll_vote
from livehall.core.polls.rules import tally_of
from livehall.kernel.db import Command, Instant, Json, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

SESSION = poll.c.session_id == bindparam("session_id", type_=Key)
ID = poll.c.id == bindparam("poll_id", type_=Key)
WHICH = poll.c.id == bindparam("which", type_=Key)
OPEN = poll.c.status == "open"

ADD = Command(insert(poll).values({c.name: bindparam(c.name, type_=c.type) for c in poll.c}))
BY_ID = Statement(select(poll).where(ID, SESSION), Poll)
HELD = Statement(select(poll).where(ID, SESSION).with_for_update(), Poll)
KEPT_OPEN = Statement(select(poll).where(ID, SESSION).with_for_update(read=True, skip_locked=True), Poll)
OF_SESSION = Statement(
    select(poll).where(SESSION, any_of(poll.c.status, "statuses")).order_by(poll.c.id), Poll
)
OPEN_HELD = Statement(select(poll).where(SESSION, OPEN).order_by(poll.c.id).with_for_update(), Poll)
NEWEST_OPEN = Statement(
    select(poll).where(SESSION, OPEN).order_by(poll.c.id.desc()).limit(bindparam("limit", type_=Integer)),
    Poll,
)
ALL_OPEN = Statement(select(poll).where(OPEN).order_by(poll.c.id), Poll)
OPEN_AMONG = Statement(select(poll).where(any_of(poll.c.id, "poll_ids"), OPEN).order_by(poll.c.id), Poll)
DUE = Statement(select(poll).where(OPEN, poll.c.closes_at <= bindparam("moment", type_=Instant)), Poll)
NUMBERS = Statement(
    select(func.count(), func.coalesce(func.sum(case((OPEN, 1), else_=0)), 0)).where(SESSION),
    lambda *row: row,
)
"""(polls, open ones)"""
REWRITE = Command(
    update(poll)
    .where(WHICH)
    .values(
        question=bindparam("question", type_=Text),
        options=bindparam("options", type_=Json),
        allow_multiple=bindparam("allow_multiple", type_=poll.c.allow_multiple.type),
        show_results=bindparam("show_results", type_=Text),
        duration_s=bindparam("duration_s", type_=Integer),
        status=bindparam("status", type_=Text),
        closes_at=bindparam("closes_at", type_=Instant),
        updated_at=bindparam("updated_at", type_=Instant),
    )
)
CLOSE = Command(
    update(poll)
    .where(WHICH)
    .values(
        status="closed",
        closed_at=bindparam("closed_at", type_=Instant),
        updated_at=bindparam("updated_at", type_=Instant),
        voters=bindparam("voters", type_=Integer),
        votes=bindparam("votes", type_=Json),
    )
)
CAST = Command(
    upsert(poll_vote)
    .values({c.name: bindparam(c.name, type_=c.type) for c in poll_vote.c})
    .on_conflict_do_update(
        index_elements=["poll_id", "voter_key"], set_={"choices": bindparam("choices", type_=Integer)}
    )
)
COUNTS = Statement(
    select(poll_vote.c.poll_id, poll_vote.c.choices, func.count())
    .where(any_of(poll_vote.c.poll_id, "poll_ids"))
    .group_by(poll_vote.c.poll_id, poll_vote.c.choices),
    lambda *row: row,
)
"""(poll, choices, voters who chose just so)"""
BALLOTS = Statement(
    select(poll_vote.c.poll_id, poll_vote.c.choices).where(
        any_of(poll_vote.c.poll_id, "poll_ids"), any_of(poll_vote.c.voter_key, "voter_keys")
    ),
    lambda *row: row,
)


async def add(work: Work, row: Poll) -> None:
    await work.db.run(ADD, **msgspec.structs.asdict(row))


async def get(work: Work, session_id: Id, poll_id: Id) -> Poll | None:
    return await work.db.one(BY_ID, session_id=session_id, poll_id=poll_id)


async def hold(work: Work, session_id: Id, poll_id: Id) -> Poll | None:
    """The poll as it is now, held until the work ends; its session's row is held before."""
    return await work.db.one(HELD, session_id=session_id, poll_id=poll_id)


async def keep_open(work: Work, session_id: Id, poll_id: Id) -> Poll | None:
    """The poll as it is now and stays until the work ends; others may vote meanwhile.

    None too while another work is closing it: who casts a vote never waits, so that votes of several
    polls may share one transaction without a deadlock.
    """
    return await work.db.one(KEPT_OPEN, session_id=session_id, poll_id=poll_id)


async def of_session(work: Work, session_id: Id, statuses: Collection[str]) -> list[Poll]:
    """In order of making."""
    return await work.db.all(OF_SESSION, session_id=session_id, statuses=sorted(statuses))


async def hold_open(work: Work, session_id: Id) -> list[Poll]:
    return await work.db.all(OPEN_HELD, session_id=session_id)


async def newest_open(work: Work, session_id: Id, limit: int) -> list[Poll]:
    return await work.db.all(NEWEST_OPEN, session_id=session_id, limit=limit)


async def all_open(work: Work) -> list[Poll]:
    """Of all sessions."""
    return await work.db.all(ALL_OPEN)


async def open_among(work: Work, poll_ids: Collection[Id]) -> list[Poll]:
    return await work.db.all(OPEN_AMONG, poll_ids=sorted(poll_ids))


async def due(work: Work) -> list[Poll]:
    """Open ones whose time is over."""
    return await work.db.all(DUE, moment=work.now)


async def numbers(work: Work, session_id: Id) -> tuple[int, int]:
    """How many polls a session has, and how many of them are open."""
    return await work.db.one(NUMBERS, session_id=session_id) or (0, 0)


async def rewrite(work: Work, row: Poll) -> None:
    """Store a draft as it is now, or as it was opened."""
    values = msgspec.structs.asdict(row)
    await work.db.run(REWRITE, which=row.id, **{name: values[name] for name in REWRITTEN})


REWRITTEN = (
    "question", "options", "allow_multiple", "show_results", "duration_s", "status", "closes_at", "updated_at"
)  # fmt: skip


async def close(work: Work, row: Poll, tally: Tally, at: datetime) -> Poll:
    """`row` is held."""
    votes = list(tally.votes)
    await work.db.run(
        CLOSE, which=row.id, closed_at=at, updated_at=work.now, voters=tally.voters, votes=votes
    )
    return msgspec.structs.replace(
        row, status="closed", closed_at=at, updated_at=work.now, voters=tally.voters, votes=votes
    )


async def cast(work: Work, row: Poll, voter_key: str, account_id: Id | None, choices: int) -> None:
    """Store a vote, in the place of an earlier one of the same voter."""
    await work.db.run(
        CAST,
        poll_id=row.id,
        voter_key=voter_key,
        organization_id=row.organization_id,
        account_id=account_id,
        choices=choices,
    )


async def tallies(work: Work, polls: Collection[Poll]) -> dict[Id, Tally]:
    """Counted from the rows, in one query."""
    if not polls:
        return {}
    ballots: dict[Id, list[tuple[int, int]]] = defaultdict(list)
    for poll_id, choices, voters in await work.db.all(COUNTS, poll_ids=[each.id for each in polls]):
        ballots[poll_id].append((choices, voters))
    return {each.id: tally_of(each, ballots[each.id]) for each in polls}


async def ballots(work: Work, voter_keys: Mapping[Id, str]) -> dict[Id, int]:
    """What one voter chose, of polls by id with the voter's key in each, in one query."""
    if not voter_keys:
        return {}
    return dict(
        await work.db.all(BALLOTS, poll_ids=sorted(voter_keys), voter_keys=sorted(set(voter_keys.values())))
    )
