"""SQL of meetings: what an operation needs of room, session and plan, in one statement each."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Text, and_, bindparam, select

from livehall.core.people.model import Plan, organization, plan
from livehall.core.rooms import store as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.rooms.model import Room, library, room
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Key, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

T = TypeVar("T")
OF_SESSION, OF_ROOM = len(session.c), len(room.c)
MINE: tuple[ColumnElement[bool], ...] = (
    session.c.deleted_at.is_(None),
    rooms.ALIVE,
    rooms.SCOPE,
    rooms.IS_MINE,
)


def _both(*columns: Any) -> tuple[Session, Room]:
    return Session(*columns[:OF_SESSION]), Room(*columns[OF_SESSION:])


def _ground(library_id: Id | None, *columns: Any) -> tuple[Id | None, Plan | None]:
    return library_id, Plan(*columns) if columns[0] is not None else None


def _statement(*where: ColumnElement[bool]) -> Statement[tuple[Session, Room]]:
    shape: Callable[..., tuple[Session, Room]] = _both
    joined = select(session, room).join(room, session.c.room_id == room.c.id)
    return Statement(joined.where(*where).order_by(session.c.id).limit(1), shape)


LINKED = (room.c.slug == bindparam("link", type_=Text), room.c.kind == "meeting", *MINE)
BY_LINK = _statement(*LINKED)


def linked(shape: Callable[..., T], *columns: ColumnElement[Any]) -> Statement[T]:
    """Something of the meeting behind a link (`by`)."""
    joined = select(*columns).select_from(session).join(room, session.c.room_id == room.c.id)
    return Statement(joined.where(*LINKED).order_by(session.c.id).limit(1), shape)


ID_BY_LINK = linked(str, session.c.id)
BY_ID = _statement(
    session.c.id == bindparam("session_id", type_=Key),
    session.c.organization_id == rooms.ORGANIZATION,
    session.c.deleted_at.is_(None),
    rooms.ALIVE,
    rooms.SCOPE,
)
MEETING = _statement(
    session.c.id == bindparam("session_id", type_=Key),
    session.c.deleted_at.is_(None),
    rooms.ALIVE,
    room.c.kind == "meeting",
)
GROUND = Statement(
    select(library.c.id, plan)
    .select_from(organization)
    .outerjoin(plan, plan.c.id == organization.c.plan_id)
    .outerjoin(
        library,
        and_(
            library.c.organization_id == organization.c.id,
            library.c.is_default,
            library.c.deleted_at.is_(None),
        ),
    )
    .where(organization.c.id == rooms.ORGANIZATION),
    _ground,
)
WAITING = Statement(
    select(session)
    .where(
        session.c.room_id == bindparam("room_id", type_=Key),
        session.c.status == "scheduled",
        session.c.deleted_at.is_(None),
    )
    .order_by(session.c.scheduled_start_at.nulls_first(), session.c.id)
    .limit(1),
    Session,
)


async def by_link(work: Work, link: str) -> tuple[Session, Room]:
    """The meeting behind a link, for its maker and for administrators. Raises: SessionNotFound."""
    return await by(work, BY_LINK, link)


async def id_by_link(work: Work, link: str) -> Id:
    """The same, where it is enough to know which one. Raises: SessionNotFound."""
    return await by(work, ID_BY_LINK, link)


async def by(work: Work, statement: Statement[T], link: str) -> T:
    """What a `linked` statement finds, for the same people. Raises: SessionNotFound."""
    if "\0" in link:  # which PostgreSQL does not take
        raise SessionNotFound
    found = await work.db.one(statement, link=link, **rooms.visible_to(work.actor))
    if found is None:
        raise SessionNotFound
    return found


async def by_id(work: Work, session_id: Id) -> tuple[Session, Room]:
    """A session of the actor's organization with its room. Raises: SessionNotFound."""
    actor = work.actor
    found = await work.db.one(
        BY_ID, session_id=session_id, organization_id=actor.organization_id, scope=actor.library_id
    )
    if found is None or actor.session_id not in (None, session_id):
        raise SessionNotFound
    return found


async def meeting(work: Work, session_id: Id) -> Session | None:
    """The session of a meeting, whoever asks."""
    found = await work.db.one(MEETING, session_id=session_id)
    return found[0] if found else None


async def ground(work: Work, organization_id: Id) -> tuple[Id | None, Plan | None]:
    """The organization's default library, and its plan."""
    found = await work.db.one(GROUND, organization_id=organization_id)
    if found is None:
        raise RoomNotFound
    return found


async def next_in(work: Work, room_id: Id) -> Session | None:
    """The session of a room that is to begin first."""
    return await work.db.one(WAITING, room_id=room_id)
