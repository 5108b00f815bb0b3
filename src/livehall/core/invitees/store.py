"""SQL of people with a standing towards a session."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, and_, bindparam, exists, func, or_, select

from livehall.core.audience.model import attendance
from livehall.core.participants.model import Participant, ParticipantRole, participant
from livehall.core.people.model import account, membership
from livehall.kernel.db import Key, Statement, any_of, revise
from livehall.kernel.ids import Id
from livehall.kernel.letters import pattern
from livehall.kernel.work import Work

SESSION_ID, ROOM_ID = bindparam("session_id", type_=Key), bindparam("room_id", type_=Key)
LEAST_REPLAY_MS = 5000  # of media: a replay view (domain, figures)

narrower = participant.alias("narrower")
ALIVE = participant.c.deleted_at.is_(None)
IN_SCOPE: ColumnElement[bool] = or_(  # the narrowest scope wins, wider ones are inherited
    participant.c.scope_id == SESSION_ID,
    and_(
        participant.c.scope_id == ROOM_ID,
        ~exists().where(
            narrower.c.scope_id == SESSION_ID,
            narrower.c.deleted_at.is_(None),
            or_(
                narrower.c.account_id == participant.c.account_id,
                narrower.c.email == participant.c.email,
            ),
        ),
    ),
)
owner = account.alias("owner")
MEMBER = (
    select(account.c.id)
    .join(membership, membership.c.account_id == account.c.id)
    .where(
        account.c.email == participant.c.email,
        account.c.deleted_at.is_(None),
        membership.c.organization_id == participant.c.organization_id,
        membership.c.is_guest.is_(False),
    )
    .correlate(participant)  # however deep it stands
    .scalar_subquery()
)
WHO: ColumnElement[str] = func.coalesce(participant.c.account_id, MEMBER)
"""The account behind a participant: their own, else the member with the address that was invited."""
ADDRESS: ColumnElement[str] = func.coalesce(participant.c.email, owner.c.email)
JOINED = participant.outerjoin(owner, owner.c.id == participant.c.account_id)

LIVE = and_(attendance.c.session_id == SESSION_ID, attendance.c.account_id == WHO)
ATTENDED: ColumnElement[bool] = exists().where(
    LIVE,
    attendance.c.source == "live",
    attendance.c.joined_at.is_not(None),
    attendance.c.role != "monitor",
)
PRESENT: ColumnElement[bool] = exists().where(
    LIVE, attendance.c.source == "live", attendance.c.state == "present", attendance.c.role != "monitor"
)
REPLAYED: ColumnElement[bool] = exists().where(
    LIVE, attendance.c.source == "replay", attendance.c.watched_ms >= LEAST_REPLAY_MS
)
DECLINED: ColumnElement[bool] = or_(
    func.coalesce(participant.c.rsvp, "") == "declined",
    func.coalesce(participant.c.registration, "").in_(("denied", "cancelled")),
)
ACCEPTED: ColumnElement[bool] = and_(
    ~DECLINED,
    or_(
        func.coalesce(participant.c.rsvp, "") == "accepted",
        func.coalesce(participant.c.registration, "") == "approved",
    ),
)
STATUS: Mapping[str, ColumnElement[bool]] = {
    "declined": DECLINED,
    "accepted": ACCEPTED,
    "invited": and_(~DECLINED, ~ACCEPTED),
}
TEXTS: Mapping[str, ColumnElement[Any]] = {
    "first_name": participant.c.first_name,
    "last_name": participant.c.last_name,
    "email": ADDRESS,
}

HELD = Statement(
    select(participant)
    .where(participant.c.id == bindparam("participant_id", type_=Key), IN_SCOPE, ALIVE)
    .with_for_update(),
    Participant,
)
ADDRESSES = Statement(
    select(participant.c.id, ADDRESS, WHO)
    .select_from(JOINED)
    .where(any_of(participant.c.id, "participant_ids")),
    lambda *row: row,
)
BY_ID = Statement(
    select(participant).where(participant.c.id == bindparam("participant_id", type_=Key), ALIVE), Participant
)


CONCERNED = Statement(  # in the order of ids, a part at a time
    select(participant.c.id)
    .where(
        IN_SCOPE,
        ALIVE,
        ~DECLINED,
        or_(participant.c.invited_at.is_not(None), participant.c.registration == "pending"),
        # Who is registered is told by `reminders`, with the entry of the calendar.
        or_(participant.c.registration.is_(None), participant.c.registration != "approved"),
        participant.c.id > bindparam("after", type_=Key),
    )
    .order_by(participant.c.id)
    .limit(bindparam("limit", type_=Integer)),
    str,
)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which people of a session. `equal` and `contains`: by `first_name`, `last_name`, `email`."""

    search: str = ""  # in names and address
    equal: Mapping[str, str] = {}
    contains: Mapping[str, str] = {}
    roles: tuple[ParticipantRole, ...] = ()
    statuses: tuple[str, ...] = ()
    attended: bool | None = None
    present: bool | None = None
    replayed: bool | None = None
    offset: int = 0
    limit: int = 20


class Which(msgspec.Struct, frozen=True):
    """The filters of a list, as the key of its statement."""

    search: bool
    equal: tuple[str, ...]
    contains: tuple[str, ...]
    roles: bool
    statuses: tuple[str, ...]
    attended: bool | None
    present: bool | None
    replayed: bool | None


async def page(work: Work, session_id: Id, room_id: Id, query: Query) -> tuple[list[Participant], int]:
    """One page in the order of their coming, and the number of all, in two queries."""
    which = Which(
        bool(query.search.strip()),
        tuple(sorted(query.equal)),
        tuple(sorted(query.contains)),
        bool(query.roles),
        tuple(sorted(set(query.statuses))),
        query.attended,
        query.present,
        query.replayed,
    )
    values: dict[str, object] = {
        "session_id": session_id,
        "room_id": room_id,
        "search": pattern(query.search.strip()),
        "roles": list(query.roles),
        **{f"{name}_is": text for name, text in query.equal.items()},
        **{f"{name}_has": pattern(text) for name, text in query.contains.items()},
    }
    rows = await work.db.all(_page(which), **values, limit=query.limit, offset=query.offset)
    total = await work.db.one(_count(which), **values)
    return rows, total or 0


async def hold(work: Work, session_id: Id, room_id: Id, participant_id: Id) -> Participant | None:
    """Somebody of the session, or of all of its room; held."""
    return await work.db.one(HELD, session_id=session_id, room_id=room_id, participant_id=participant_id)


async def get(work: Work, participant_id: Id) -> Participant | None:
    """Whoever asks: for letters."""
    return await work.db.one(BY_ID, participant_id=participant_id)


async def concerned(work: Work, session_id: Id, room_id: Id, after: Id, limit: int) -> list[Id]:
    """Who was asked or registered and has not declined, behind an id."""
    return await work.db.all(CONCERNED, session_id=session_id, room_id=room_id, after=after, limit=limit)


async def addresses(work: Work, participant_ids: list[Id]) -> dict[Id, tuple[str | None, Id | None]]:
    """Address and account of each, in one query; the account also of a member who was invited by address."""
    if not participant_ids:
        return {}
    rows = await work.db.all(ADDRESSES, participant_ids=sorted(participant_ids))
    return {row_id: (address, account_id) for row_id, address, account_id in rows}


async def change(work: Work, participant_id: Id, columns: Mapping[str, object]) -> Participant:
    """Set columns, raise the revision."""
    values = {**columns, "updated_at": work.now}
    changed = await work.db.one(revise(participant, Participant, values), which=participant_id, **values)
    assert changed is not None, "the row is held by this work"
    return changed


@lru_cache(maxsize=512)
def _page(which: Which) -> Statement[Participant]:
    return Statement(
        select(participant)
        .select_from(JOINED)
        .where(*_filters(which))
        .order_by(participant.c.created_at, participant.c.id)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer)),
        Participant,
    )


@lru_cache(maxsize=512)
def _count(which: Which) -> Statement[int]:
    return Statement(select(func.count()).select_from(JOINED).where(*_filters(which)), int)


def _filters(which: Which) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [IN_SCOPE, ALIVE]
    if which.search:
        word = bindparam("search", type_=Text)
        parts = (*TEXTS.values(), participant.c.display_name)
        found.append(or_(*(func.coalesce(part, "").ilike(word, escape="\\") for part in parts)))
    found += [TEXTS[name] == bindparam(f"{name}_is", type_=Text) for name in which.equal]
    found += [TEXTS[name].ilike(bindparam(f"{name}_has", type_=Text), escape="\\") for name in which.contains]
    if which.roles:
        found.append(any_of(participant.c.role, "roles"))
    if which.statuses:
        found.append(or_(*(STATUS[name] for name in which.statuses)))
    for wanted, condition in (
        (which.attended, ATTENDED), (which.present, PRESENT), (which.replayed, REPLAYED),
    ):  # fmt: skip
        if wanted is not None:
            found.append(condition if wanted else ~condition)
    return found
