"""SQL of lists of sessions, filtered by what they are and by their kept figures.

Only SQL compares: the texts of statements are made once for each combination of filters. Counting reads one
index and nothing else (`session_listed`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, Self

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, and_, bindparam, case, exists, func, not_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import Boolean

from livehall.core.participants import store as participants
from livehall.core.participants.model import participant
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import room
from livehall.core.sessions import bans
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Instant, Statement
from livehall.kernel.letters import pattern
from livehall.kernel.work import Work

Operator = Literal["eq", "neq", "gt", "gte", "lt", "lte", "in", "notin", "contains"]

SOURCE: ColumnElement[str] = func.coalesce(
    session.c.provider, case((session.c.mode == "external", "other"), else_="built_in")
)
"""Who plays it: `built_in` is us."""

COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "title": session.c.title,
    "status": session.c.status,
    "begins_at": session.c.begins_at,
    "source": SOURCE,
    "format": session.c.format,
    "invited": session.c.invited,
    "registrants": session.c.registrants,
    "attendees": session.c.attendees,
    "no_shows": session.c.no_shows,
    "attendance_rate": session.c.attendance_rate,
    "average_view_s": session.c.average_view_s,
    "replay_views": session.c.replay_views,
}
FIGURES = (
    "invited",
    "registrants",
    "attendees",
    "no_shows",
    "attendance_rate",
    "average_view_s",
    "replay_views",
)
MOST = 2**31 - 1  # that a column of figures holds; what is asked for beyond it is as far as that
LASTING = session.c.deleted_at.is_(None)
EVER = datetime(1, 1, 1, tzinfo=UTC)
MINE = (LASTING, session.c.organization_id == rooms.ORGANIZATION)


def _is(scope: ColumnElement[str], role: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the actor has such a role in a scope: by account, or as one who was appointed by address.

    The actor's own scopes are gathered once and not asked for session by session: they are few.
    """
    held = select(participant.c.scope_id).where(participants.ALIVE, role)
    return or_(
        scope.in_(held.where(participants.BY_ACCOUNT)),
        scope.in_(held.where(participants.BY_ADDRESS, participant.c.account_id.is_(None))),
    )


def _is_co_host(scope: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(
        _is(scope, participant.c.role == "co_host"),
        not_(_is(scope, participant.c.role.not_in(("viewer", "co_host")))),
    )


RUNS: ColumnElement[bool] = or_(
    room.c.host_id == rooms.ACCOUNT,
    and_(
        or_(
            _is_co_host(session.c.id),  # the narrowest scope wins
            and_(not_(_is(session.c.id, participant.c.role != "viewer")), _is_co_host(room.c.id)),
        ),
        not_(
            exists().where(
                bans.ban.c.session_id == session.c.id, bans.ban.c.account_id == bans.ACCOUNT, *bans.IN_FORCE
            )
        ),
    ),
)
"""Whether the actor, who is no administrator, may run the session: `session.run` of `rights`, as SQL.

What somebody may not know is null to them, and null meets no filter: else filters would tell the figures.
"""
SINCE_EVER = session.c.begins_at >= bindparam("ever", type_=Instant)
"""Says nothing, and leads SQLite to the index; one lower bound is all that it searches by."""


class Condition(msgspec.Struct, frozen=True):
    """`field`: a name of `COLUMNS`, or `has_replay` (eq). `value`: a tuple for `in` and `notin`."""

    field: str
    operator: Operator
    value: Any


KIN = {"i": "\u0130", "k": "\u212a"}
"""Letters beyond ASCII that have one of it as their lower case: İ and the kelvin."""


class like(ColumnElement[bool]):  # noqa: N801  # reads as SQL
    """Whether a text holds another one, whatever the case: by the database's own means for plain letters.

    `kin`: those letters of `KIN` that the other one has.
    """

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[str], pattern: ColumnElement[str], kin: str) -> None:
        self.column, self.pattern, self.kin = column, pattern, kin

    def self_group(self, against: object = None) -> Self:
        """As it is: SQLAlchemy would write `… = 1` on SQLite."""
        return self


@compiles(like, "sqlite")
def _like_sqlite(element: like, compiler: SQLCompiler, **options: object) -> str:
    column, pattern = (compiler.process(each, **options) for each in (element.column, element.pattern))
    for letter in element.kin:  # it knows the case of ASCII letters; each call costs as much as comparing
        column = f"replace({column}, '{KIN[letter]}', '{letter}')"
    return f"({column} LIKE {pattern} ESCAPE '\\')"


@compiles(like, "postgresql")
def _like_postgres(element: like, compiler: SQLCompiler, **options: object) -> str:
    column, pattern = (compiler.process(each, **options) for each in (element.column, element.pattern))
    return f"({column} ILIKE {pattern} ESCAPE '\\')"


async def page(
    work: Work, conditions: Sequence[Condition], limit: int, offset: int
) -> tuple[list[Session], int]:
    """One page by start, those of the same start by id, and the number of all, in at most two queries."""
    shape, values = _shape(conditions)
    sees_all = work.actor.is_admin
    bound = {**rooms.visible_to(work.actor), **values, "ever": EVER, "moment": work.now}
    rows = await work.db.all(_page(shape, sees_all), **bound, limit=limit, offset=offset)
    if len(rows) < limit and (rows or not offset):  # the end of the list says how long it is
        return rows, offset + len(rows)
    return rows, await work.db.one(_count(shape, sees_all), **bound) or 0


def _cost(condition: Condition) -> int:
    """Of one comparison: the cheap ones come first, and the dear ones compare what those have left."""
    if condition.operator == "contains":
        return 2
    return 1 if condition.operator in ("in", "notin") or condition.field in ("title", "source") else 0


Shape = tuple[tuple[str, str, str], ...]


def _shape(conditions: Sequence[Condition]) -> tuple[Shape, dict[str, object]]:
    """The conditions without their values, the cheap ones first; and the values by parameter."""
    shape: list[tuple[str, str, str]] = []
    values: dict[str, object] = {}
    for number, each in enumerate(sorted(conditions, key=_cost)):
        kind, value = "", each.value
        if each.operator == "contains":
            kind = "letters"
            if value.isascii():
                kind = "ascii:" + "".join(letter for letter in KIN if letter in value.lower())
            value = pattern(value)
        elif each.operator in ("in", "notin"):
            kind = str(len(value))
            values |= {f"value{number}_{at}": part for at, part in enumerate(value)}
        elif each.field == "has_replay":
            kind = "true" if value else "false"
        elif each.field in FIGURES:
            value = min(max(value, -MOST), MOST)
        values[f"value{number}"] = value
        shape.append((each.field, each.operator, kind))
    return tuple(shape), values


@lru_cache(maxsize=512)
def _page(shape: Shape, sees_all: bool) -> Statement[Session]:
    found = select(session)
    if not sees_all:
        found = found.join(room, session.c.room_id == room.c.id).where(*_reach(shape))
    return Statement(
        found.where(*MINE, *_conditions(shape))
        .order_by(session.c.begins_at, session.c.id)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Session,
    )


@lru_cache(maxsize=512)
def _count(shape: Shape, sees_all: bool) -> Statement[int]:
    found = select(func.count()).select_from(session)
    if not sees_all:
        found = found.join(room, session.c.room_id == room.c.id).where(*_reach(shape))
    return Statement(found.where(*MINE, *_conditions(shape)), int)


def _reach(shape: Shape) -> list[ColumnElement[bool]]:
    """What somebody may see who is no administrator; by figures, what they may run."""
    return [rooms.VISIBLE, RUNS] if any(field in FIGURES for field, _, _ in shape) else [rooms.VISIBLE]


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    found = [_condition(f"value{number}", *each) for number, each in enumerate(shape)]
    has_bound = any(field == "begins_at" and operator in ("gt", "gte", "eq") for field, operator, _ in shape)
    return found if has_bound else [SINCE_EVER, *found]


def _condition(name: str, field: str, operator: str, kind: str) -> ColumnElement[bool]:
    if field == "has_replay":
        return session.c.has_replay.is_(kind == "true")
    column = COLUMNS[field]
    if operator == "contains":
        pattern = bindparam(name, type_=Text)
        plain, _, kin = kind.partition(":")
        return like(column, pattern, kin) if plain == "ascii" else column.ilike(pattern, escape="\\")
    if operator in ("in", "notin"):
        listed = column.in_([bindparam(f"{name}_{at}", type_=Text) for at in range(int(kind))])
        return listed if operator == "in" else not_(listed)
    value: ColumnElement[Any] = bindparam(
        name, type_=Instant if field == "begins_at" else Integer if field in FIGURES else Text
    )
    match operator:
        case "eq":
            return column == value
        case "neq":
            return column != value
        case "gt":
            return column > value
        case "gte":
            return column >= value
        case "lt":
            return column < value
    return column <= value


__all__ = ["Condition", "Operator", "page"]
