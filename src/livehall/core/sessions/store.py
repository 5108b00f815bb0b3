"""SQL of sessions."""

from collections.abc import Mapping
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
    func,
    or_,
    select,
    update,
)

from livehall.core.rooms import store as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.rooms.model import Room, room
from livehall.core.rooms.store import visible_to
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import IS_OPEN, Session, Status, session
from livehall.kernel.actor import Actor
from livehall.kernel.db import Command, Instant, Key, Statement, any_of, filled, new_row, revise
from livehall.kernel.ids import Id
from livehall.kernel.letters import WORDS, pattern
from livehall.kernel.phrases import holding, narrowed
from livehall.kernel.totals import total_of
from livehall.kernel.work import Work

Sort = Literal["scheduled_start_time", "-scheduled_start_time", "created_at", "-created_at"]

SESSION_ID = bindparam("session_id", type_=Key)
COLUMNS = len(session.c)
ALIVE = session.c.deleted_at.is_(None)
IN_ROOM = select(session).join(room, session.c.room_id == room.c.id)
BOUND: ColumnElement[bool] = or_(  # a token bound to one session shows no other
    bindparam("bound_to", type_=Key).is_(None), session.c.id == bindparam("bound_to", type_=Key)
)
BEFORE_THE_CURTAIN: ColumnElement[bool] = or_(
    session.c.status.in_(("scheduled", "live", "ended")), rooms.IS_MINE
)
"""What lists show: the staff also sees what is backstage or cancelled."""

BY_ID = Statement(IN_ROOM.where(session.c.id == SESSION_ID, ALIVE, rooms.VISIBLE, BOUND), Session)
OWN = Statement(
    IN_ROOM.where(
        session.c.id == SESSION_ID,
        ALIVE,
        room.c.deleted_at.is_(None),
        session.c.organization_id == rooms.ORGANIZATION,
        rooms.SCOPE,
        BOUND,
    ),
    Session,
)
ANY = Statement(select(session).where(session.c.id == SESSION_ID, ALIVE), Session)
EVER = Statement(select(session).where(session.c.id == SESSION_ID), Session)
BY_IDS = Statement(select(session).where(any_of(session.c.id, "session_ids"), ALIVE), Session)
LOCKED = Statement(select(session).where(session.c.id == SESSION_ID, ALIVE).with_for_update(), Session)
KEPT = Statement(
    select(session.c.id).where(session.c.id == SESSION_ID).with_for_update(read=True, key_share=True), str
)
ONE_IN_ROOM = Statement(
    select(session.c.id).where(session.c.room_id == bindparam("room_id", type_=Key), ALIVE).limit(1), str
)
OPEN = Statement(select(session).where(IS_OPEN, ALIVE).order_by(session.c.id), Session)
STATUS_OF = Statement(select(session.c.id).where(any_of(session.c.id, "session_ids"), session.c.status.in_(
    ("backstage", "live")), ALIVE), str)  # fmt: skip
IDLE = Statement(
    select(session.c.id, session.c.stream_since, room.c.idle_limit_s)
    .join(room, session.c.room_id == room.c.id)
    .where(
        IS_OPEN,
        session.c.status == "live",
        session.c.stream_state != "active",
        session.c.mode != "external",
        room.c.kind != "meeting",  # who is there counts, not what they send (`audience.jobs`)
        ALIVE,
    ),
    lambda *row: row,
)
REMOVE_IN = Command(
    update(session)
    .where(session.c.room_id == bindparam("where", type_=Key), ALIVE)
    .values(deleted_at=bindparam("moment", type_=Instant))
)
BUMP = Statement(
    update(session)
    .where(session.c.id == SESSION_ID)
    .values(revision=session.c.revision + 1)
    .returning(session.c.revision),
    int,
)
UNPIN = Statement(
    update(session)
    .where(
        session.c.id == SESSION_ID,
        session.c.pinned_id.is_not(None),
        or_(
            bindparam("account_id", type_=Key).is_(None),
            session.c.pinned_id == bindparam("account_id", type_=Key),
        ),
    )
    .values(
        pinned_id=None,
        revision=session.c.revision + 1,
        updated_at=bindparam("moment", type_=Instant),
    )
    .returning(*session.c),
    Session,
)
COUNT_VIEWERS = Statement(
    update(session)
    .where(session.c.id == SESSION_ID, session.c.viewer_count != bindparam("present", type_=Integer))
    .values(
        viewer_count=bindparam("present", type_=Integer),
        max_viewers=bindparam("peak", type_=Integer),
    )
    .returning(session.c.viewer_count, session.c.max_viewers, session.c.revision),
    lambda *row: row,
)
"""(count, peak, revision)"""
HOLDING = holding("session", "title")


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions of a list; in a room, or of all rooms that anybody may find."""

    room_id: Id | None = None  # whoever may see the room
    only_room_id: Id | None = None  # a filter: of the rooms that anybody may find
    statuses: tuple[Status, ...] = ()
    since: datetime | None = None  # scheduled or started at or after
    until: datetime | None = None  # scheduled or started before
    search: str = ""
    sort: Sort | Literal["on_air"] = "-scheduled_start_time"
    offset: int = 0
    limit: int = 20


async def get(work: Work, session_id: Id) -> Session:
    """The session, whoever asks: for reports and reactions. Raises: SessionNotFound."""
    found = await work.db.one(ANY, session_id=session_id)
    if found is None:
        raise SessionNotFound
    return found


async def ever(work: Work, session_id: Id) -> Session:
    """The same, also when it was removed: for what came of it and goes on. Raises: SessionNotFound."""
    found = await work.db.one(EVER, session_id=session_id)
    if found is None:
        raise SessionNotFound
    return found


async def by_ids(work: Work, session_ids: set[Id]) -> dict[Id, Session]:
    """Those that are there, whoever asks, in one query."""
    if not session_ids:
        return {}
    found = await work.db.all(BY_IDS, session_ids=sorted(session_ids))
    return {each.id: each for each in found}


async def visible(work: Work, session_id: Id, actor: Actor | None = None) -> Session:
    """The session, if the actor (the work's own, unless another is given) may see it.

    Raises: SessionNotFound.
    """
    actor = actor or work.actor
    found = await work.db.one(BY_ID, session_id=session_id, **visible_to(actor), bound_to=actor.session_id)
    if found is None:
        raise SessionNotFound
    return found


async def own(work: Work, session_id: Id) -> Session:
    """The session, if it is of the actor's organization: what the staff's operations reach.

    Raises: SessionNotFound.
    """
    found = await work.db.one(
        OWN,
        session_id=session_id,
        organization_id=work.actor.organization_id,
        scope=work.actor.library_id,
        bound_to=work.actor.session_id,
    )
    if found is None:
        raise SessionNotFound
    return found


async def has_sessions(work: Work, room_id: Id) -> bool:
    """Whether any session, of whatever state, is in a room."""
    return await work.db.one(ONE_IN_ROOM, room_id=room_id) is not None


async def hold(work: Work, session: Session) -> tuple[Session, Room]:
    """Both rows as they are now, held until the work ends; always the room first.

    Raises: SessionNotFound, when it was deleted meanwhile.
    """
    try:
        room = await rooms.hold(work, session.room_id)
    except RoomNotFound as error:
        raise SessionNotFound from error
    held = await work.db.one(LOCKED, session_id=session.id)
    if held is None:
        raise SessionNotFound
    return held, room


async def keep(work: Work, session_id: Id) -> None:
    """From here on nobody else holds the session until the work ends: what is read of it next stays so.

    It waits for who holds it (an end, a ban), not for others who keep it, nor for who only notes something
    in it: no longer than writing a row that belongs to the session would wait anyway.
    """
    await work.db.one(KEPT, session_id=session_id)


async def open_sessions(work: Work) -> list[Session]:
    """All that are in backstage or live."""
    return await work.db.all(OPEN)


async def which_are_open(work: Work, session_ids: set[str]) -> set[str]:
    return set(await work.db.all(STATUS_OF, session_ids=sorted(session_ids)))


async def idle(work: Work) -> list[Id]:
    """Live sessions that have been without any source for their room's limit."""
    rows = await work.db.all(IDLE)
    return [
        session_id
        for session_id, since, limit_s in rows
        if since is not None and (work.now - since).total_seconds() >= limit_s
    ]


async def add(work: Work, row: Session) -> None:
    values = filled(row)
    await work.db.run(new_row(session, values), **values)


async def bump(work: Work, session_id: Id) -> int:
    """Raise the revision by one: once for each event on the `session:` channel (C23)."""
    revision = await work.db.one(BUMP, session_id=session_id)
    if revision is None:
        raise SessionNotFound
    return revision


async def change(work: Work, session_id: Id, columns: Mapping[str, object]) -> Session:
    """Set columns and raise the revision: the change is told by exactly one event, which carries it.

    Raises: Duplicate, when another session of the room is open (I1); the work must end.
    """
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(session, Session, values), which=session_id, **values)
    if changed is None:
        raise SessionNotFound
    return changed


async def remove_in(work: Work, room_id: Id) -> None:
    """All that are in a room and not removed yet, softly."""
    await work.db.run(REMOVE_IN, where=room_id, moment=work.now)


async def unpin(work: Work, session_id: Id, account_id: Id | None) -> Session | None:
    """Pin nobody, where this person is pinned, or, with None, anybody; the changed row, if that was so."""
    return await work.db.one(UNPIN, session_id=session_id, account_id=account_id, moment=work.now)


async def note(work: Work, session_id: Id, columns: Mapping[str, object]) -> None:
    """Set columns that no event tells; the revision stays."""
    await work.db.run(_note(tuple(sorted(columns))), which=session_id, **columns)


async def set_viewer_count(work: Work, session: Session, count: int) -> tuple[int, int, int] | None:
    """Note how many watch, counted from the rows (I12): (count, peak, revision); None when it was known.

    Carries the present revision (C23).
    """
    return await work.db.one(
        COUNT_VIEWERS, session_id=session.id, present=count, peak=max(count, session.max_viewers)
    )


async def page(work: Work, query: Query) -> tuple[list[Session], int]:
    """One page and the number of all, in two queries at most."""
    searched = query.search.split()[:WORDS]
    words = [pattern(word) for word in searched]
    values: dict[str, object] = {
        **visible_to(work.actor),
        **{f"word{number}": word for number, word in enumerate(words)},
        "bound_to": work.actor.session_id,
        "room_id": query.room_id or query.only_room_id,
        "statuses": list(query.statuses),
        "since": query.since,
        "until": query.until,
    }
    which = Which(
        query.room_id is not None,
        query.only_room_id is not None,
        bool(query.statuses),
        query.since is not None,
        query.until is not None,
        len(words),
        bool(query.statuses) and set(query.statuses) <= {"backstage", "live"},
    )
    found = await narrowed(work, HOLDING, searched)
    if found is not None:
        which, values = msgspec.structs.replace(which, narrowed=True), {**values, "found": found}
    rows = await work.db.all(_page(which, query.sort), **values, limit=query.limit, offset=query.offset)
    total = await total_of(
        work, _count(which), values, shown=len(rows), offset=query.offset, limit=query.limit
    )
    return rows, total


class Which(msgspec.Struct, frozen=True):
    """The filters of a list, as the key of its statement."""

    in_room: bool
    by_room: bool
    by_status: bool
    since: bool
    until: bool
    words: int
    only_open: bool = False  # nothing but backstage and live: few, whatever the house holds
    narrowed: bool = False  # to ids that are known (`kernel.phrases`)


@lru_cache(maxsize=32)
def _note(names: tuple[str, ...]) -> Command:
    values: dict[str, Any] = {name: bindparam(name, type_=session.c[name].type) for name in names}
    return Command(update(session).where(session.c.id == bindparam("which", type_=Key)).values(**values))


@lru_cache(maxsize=256)
def _page(which: Which, sort: str) -> Statement[Session]:
    return Statement(
        IN_ROOM.where(*_filters(which))
        .order_by(*_order(sort))
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Session,
    )


@lru_cache(maxsize=64)
def _count(which: Which) -> Statement[int]:
    counted = select(func.count()).select_from(session).join(room, session.c.room_id == room.c.id)
    return Statement(counted.where(*_filters(which)), int)


def _filters(which: Which) -> list[ColumnElement[bool]]:
    begins = func.coalesce(session.c.scheduled_start_at, session.c.started_at)
    found: list[ColumnElement[bool]] = [ALIVE, BOUND, BEFORE_THE_CURTAIN, rooms.SCOPE]
    found.append(rooms.VISIBLE if which.in_room else or_(rooms.LISTED, and_(rooms.ALIVE, rooms.IS_MINE)))
    if which.in_room or which.by_room:
        found.append(session.c.room_id == bindparam("room_id", type_=Key))
    if which.by_status:
        found.append(any_of(session.c.status, "statuses"))
    if which.only_open:
        found.append(IS_OPEN)
    if which.narrowed:
        found.append(any_of(session.c.id, "found"))
    if which.since:
        found.append(begins >= bindparam("since", type_=Instant))
    if which.until:
        found.append(begins < bindparam("until", type_=Instant))
    found += [
        session.c.title.ilike(bindparam(f"word{number}", type_=Text), escape="\\")
        for number in range(which.words)
    ]
    return found


def _order(sort: str) -> tuple[ColumnElement[Any], ...]:
    if sort == "on_air":
        return (session.c.viewer_count.desc(), session.c.started_at.desc(), session.c.id.desc())
    if sort == "created_at":
        return session.c.created_at, session.c.id
    if sort == "-created_at":
        return session.c.created_at.desc(), session.c.id.desc()
    start = session.c.scheduled_start_at
    if sort.startswith("-"):
        return start.desc().nulls_last(), session.c.id.desc()
    return start.nulls_last(), session.c.id
