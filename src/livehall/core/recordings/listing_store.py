"""SQL of recordings that are published, or are to be."""

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
    exists,
    func,
    or_,
    select,
    text,
)

from livehall.core.recordings.model import Recording, recording
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import room
from livehall.core.sessions import bans
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import session
from livehall.kernel.db import Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.letters import WORDS, pattern
from livehall.kernel.phrases import narrowed
from livehall.kernel.totals import total_of
from livehall.kernel.work import Work

Sort = Literal["published_at", "-published_at"]  # anybody may ask: no other order has an index

TO_PUBLISH = Statement(
    select(recording.c.id)
    .where(
        recording.c.publish_at.is_not(None),
        recording.c.publish_at <= bindparam("now", type_=Instant),
        recording.c.status == "ready",
    )
    .order_by(recording.c.publish_at)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("passed_over", type_=Integer)),
    str,
)
WATCHED: ColumnElement[bool] = and_(  # by whoever may find the room
    recording.c.published_at.is_not(None),
    or_(
        recording.c.visibility == "public",
        and_(recording.c.visibility == "members", recording.c.organization_id == rooms.ORGANIZATION),
    ),
)
NOT_BANNED: ColumnElement[bool] = or_(
    rooms.IS_MINE,
    ~exists().where(bans.ban.c.session_id == recording.c.session_id, bans.OF_PERSON, *bans.IN_FORCE),
)
TITLES = (recording.c.title, session.c.title, room.c.title)

_OF_PHRASE = """
select r.id from phrase_grams cross join phrase on phrase.number = phrase_grams.rowid
cross join {table} as t on t.title = phrase.text {more} where phrase_grams match :wanted
"""
HOLDING = Statement(  # a word in one of `TITLES` (`kernel.phrases`)
    text(
        " union all ".join(
            _OF_PHRASE.format(table=table, more=more)
            for table, more in (
                ("recording", "cross join recording as r on r.id = t.id"),
                ("session", "cross join recording as r on r.session_id = t.id"),
                (
                    "room",
                    "cross join recording as r on r.organization_id = t.organization_id and r.room_id = t.id",
                ),
            )
        )
        + " limit :most"
    ).bindparams(
        bindparam("wanted", type_=Text, required=True), bindparam("most", type_=Integer, required=True)
    ),
    str,
)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which replays of a list."""

    room_id: Id | None = None
    library_id: Id | None = None
    search: str = ""
    sort: Sort = "-published_at"
    offset: int = 0
    limit: int = 20


class Which(msgspec.Struct, frozen=True):
    """The filters of a list, as the key of its statement."""

    words: int = 0
    in_room: bool = False
    in_library: bool = False
    narrowed: bool = False  # to ids that are known (`kernel.phrases`)


async def to_publish(work: Work, most: int, passed_over: int = 0) -> list[Id]:
    """Recordings that are ready and whose time has come, the earliest first, without so many at the head."""
    return await work.db.all(TO_PUBLISH, now=work.now, most=most, passed_over=passed_over)


async def page(work: Work, query: Query) -> tuple[list[Recording], int]:
    """One page and the number of all, in two queries at most, and one where words are looked up."""
    searched = query.search.split()[:WORDS]
    values: dict[str, object] = {
        **rooms.visible_to(work.actor),
        **{f"word{number}": pattern(word) for number, word in enumerate(searched)},
        "bound_to": work.actor.session_id,
        "device_key": work.actor.visitor_key,
        "room_id": query.room_id,
        "library_id": query.library_id,
    }
    # Of several words each may stand in another title: the longest tells most.
    found = await narrowed(work, HOLDING, sorted(searched, key=len)[-1:])
    if found is not None:
        values["found"] = found
    which = Which(len(searched), query.room_id is not None, query.library_id is not None, found is not None)
    rows = await work.db.all(
        listed(which, query.sort), **values, moment=work.now, limit=query.limit, offset=query.offset
    )
    values["moment"] = work.now.replace(second=0, microsecond=0)  # so that a count can be remembered
    total = await total_of(
        work, _count(which), values, shown=len(rows), offset=query.offset, limit=query.limit
    )
    return rows, total


@lru_cache(maxsize=128)
def listed(which: Which, sort: Sort) -> Statement[Recording]:
    order, last = recording.c.published_at, recording.c.id
    ordered = (order.desc(), last.desc()) if sort.startswith("-") else (order, last)
    return Statement(
        _joined(select(recording), which)
        .order_by(*ordered)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Recording,
    )


@lru_cache(maxsize=32)
def _count(which: Which) -> Statement[int]:
    return Statement(_joined(select(func.count()).select_from(recording), which), int)


def _joined(chosen: Select[Any], which: Which) -> Select[Any]:
    conditions = [WATCHED, sessions.ALIVE, sessions.BOUND, rooms.LISTED, NOT_BANNED]
    for number in range(which.words):
        word = bindparam(f"word{number}", type_=Text)
        conditions.append(or_(*(title.ilike(word, escape="\\") for title in TITLES)))
    if which.in_room:
        conditions.append(recording.c.room_id == bindparam("room_id", type_=Key))
    if which.in_library:
        conditions.append(room.c.library_id == bindparam("library_id", type_=Key))
    if which.narrowed:
        conditions.append(any_of(recording.c.id, "found"))
    return (
        chosen.join(session, recording.c.session_id == session.c.id)
        .join(room, recording.c.room_id == room.c.id)
        .where(*conditions)
    )
