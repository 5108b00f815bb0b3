"""SQL of reminders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Integer, Text, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from livehall.core.participants.model import Participant, participant
from livehall.core.people.model import Account, Organization, account, organization
from livehall.core.reminders.model import Follow, Kind, Notification, State, Wish, follow, notification
from livehall.core.rooms.model import Room, room
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

ACCOUNT = follow.c.account_id == bindparam("account_id", type_=Key)
ROOM = follow.c.room_id == bindparam("room_id", type_=Key)
NOW = bindparam("now", type_=Instant)
QUEUED = notification.c.state == "queued"
OF_SESSION = notification.c.session_id == bindparam("session_id", type_=Key)
NOT_SAID: dict[str, Any] = {"state": "suppressed", "settled_at": NOW}
FIRST = "00000000-0000-0000-0000-000000000000"  # sorts before every id of ours

FOLLOW = Statement(select(follow).where(ACCOUNT, ROOM), Follow)
NEW_WISH = upsert(follow).values({c.name: bindparam(c.name, type_=c.type) for c in follow.c})
WISH = Command(
    NEW_WISH.on_conflict_do_update(
        index_elements=[follow.c.account_id, follow.c.room_id],
        set_={
            "reminders": NEW_WISH.excluded.reminders,
            "reminded_since": func.coalesce(follow.c.reminded_since, NEW_WISH.excluded.reminded_since),
            "updated_at": NEW_WISH.excluded.updated_at,
        },
    )
)
UNWISH = Command(
    update(follow)
    .where(
        follow.c.account_id == bindparam("who", type_=Key), follow.c.room_id == bindparam("what", type_=Key)
    )
    .values(reminders=None, reminded_since=None, updated_at=NOW)
)
FOLLOWERS = Statement(
    select(follow)
    .where(ROOM, follow.c.reminders.is_not(None), follow.c.account_id > bindparam("after", type_=Key))
    .order_by(follow.c.account_id)
    .limit(bindparam("limit", type_=Integer)),
    Follow,
)
REGISTRANTS = Statement(
    select(participant)
    .where(
        participant.c.scope_id == bindparam("scope_id", type_=Key),
        participant.c.registration == "approved",
        participant.c.email.is_not(None),
        participant.c.deleted_at.is_(None),
        participant.c.id > bindparam("after", type_=Key),
    )
    .order_by(participant.c.id)
    .limit(bindparam("limit", type_=Integer)),
    Participant,
)
FOLLOWING = Statement(
    select(account.c.email)
    .join(follow, follow.c.account_id == account.c.id)
    .where(ROOM, follow.c.reminders.is_not(None), any_of(account.c.email, "emails")),
    str,
)
PARTICIPANT = Statement(
    select(participant).where(participant.c.id == bindparam("participant_id", type_=Key)), Participant
)
UPCOMING = Statement(
    select(session)
    .where(
        session.c.room_id == bindparam("room_id", type_=Key),
        session.c.deleted_at.is_(None),
        session.c.status.in_(("scheduled", "backstage")),
        session.c.scheduled_start_at > NOW,
    )
    .order_by(session.c.scheduled_start_at, session.c.id)
    .limit(bindparam("limit", type_=Integer)),
    Session,
)
GONE_WITH_ROOM = Statement(
    select(session)
    .join(room, session.c.room_id == room.c.id)
    .where(
        session.c.room_id == bindparam("room_id", type_=Key),
        session.c.deleted_at == room.c.deleted_at,
        session.c.status.in_(("scheduled", "backstage")),
        session.c.scheduled_start_at > NOW,
    )
    .order_by(session.c.scheduled_start_at, session.c.id)
    .limit(bindparam("limit", type_=Integer)),
    Session,
)
SESSION = Statement(select(session).where(session.c.id == bindparam("session_id", type_=Key)), Session)
SETTLED_BEFORE = bindparam("before", type_=Instant)
FORGET_SETTLED = Command(  # what is still to come stays: its key keeps it from being planned twice
    delete(notification).where(
        notification.c.id.in_(
            select(notification.c.id)
            .where(
                notification.c.settled_at < SETTLED_BEFORE,
                or_(notification.c.starts_at.is_(None), notification.c.starts_at < SETTLED_BEFORE),
            )
            .limit(bindparam("limit", type_=Integer))
        )
    )
)
ROOM_ROW = Statement(select(room).where(room.c.id == bindparam("room_id", type_=Key)), Room)
HELD_ROOM = Statement(
    select(room).where(room.c.id == bindparam("room_id", type_=Key)).with_for_update(), Room
)
ACCOUNT_ROW = Statement(select(account).where(account.c.id == bindparam("account_id", type_=Key)), Account)
ORGANIZATION = Statement(
    select(organization).where(organization.c.id == bindparam("organization_id", type_=Key)), Organization
)
NEW = upsert(notification).values({c.name: bindparam(c.name, type_=c.type) for c in notification.c})
PLAN = Command(
    NEW.on_conflict_do_update(  # wanted again: the session was moved away and back, or a change of mind
        index_elements=[notification.c.dedupe_key],
        set_={
            "state": NEW.excluded.state,
            "settled_at": NEW.excluded.settled_at,
            "attempts": NEW.excluded.attempts,
            "due_at": NEW.excluded.due_at,
            "try_at": NEW.excluded.try_at,
        },
        where=and_(notification.c.state == "suppressed", notification.c.kind == "reminder"),
    )
)
SUPPRESS_OTHERS = Command(
    update(notification)
    .where(
        OF_SESSION,
        QUEUED,
        notification.c.kind == "reminder",
        notification.c.starts_at != bindparam("start", type_=Instant),
    )
    .values(**NOT_SAID)
)
SUPPRESS_KINDS = Command(
    update(notification).where(OF_SESSION, QUEUED, any_of(notification.c.kind, "kinds")).values(**NOT_SAID)
)
SUPPRESS_OF_PERSON = Command(
    update(notification)
    .where(
        notification.c.account_id == bindparam("account_id", type_=Key),
        notification.c.room_id == bindparam("room_id", type_=Key),
        QUEUED,
        or_(
            bindparam("only", type_=Text).is_(None),
            notification.c.channel == bindparam("only", type_=Text),
        ),
    )
    .values(**NOT_SAID)
)
TOLD_LATELY = Statement(
    select(notification.c.account_id).where(
        OF_SESSION,
        notification.c.kind == "reminder",
        notification.c.state == "sent",
        notification.c.settled_at > bindparam("since", type_=Instant),
        any_of(notification.c.account_id, "account_ids"),
    ),
    str,
)
DUE = (
    select(notification.c.id)
    .where(QUEUED, notification.c.try_at <= NOW)
    .order_by(notification.c.try_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
CLAIM = Statement(
    update(notification)
    .where(notification.c.id.in_(DUE))
    .values(try_at=bindparam("until", type_=Instant), attempts=notification.c.attempts + 1)
    .returning(*notification.c),
    Notification,
)
SETTLE = Command(
    update(notification)
    .where(notification.c.id == bindparam("which", type_=Key), QUEUED)
    .values(
        state=bindparam("state", type_=Text),
        recipient=bindparam("recipient", type_=Text),
        settled_at=NOW,
    )
)
AGAIN = Command(
    update(notification)
    .where(notification.c.id == bindparam("which", type_=Key), QUEUED)
    .values(try_at=bindparam("try_at", type_=Instant))
)
SENT_LATELY = Statement(
    select(func.count())
    .select_from(notification)
    .where(
        notification.c.recipient == bindparam("recipient", type_=Text),
        notification.c.state == "sent",
        notification.c.settled_at > bindparam("since", type_=Instant),
    ),
    int,
)


async def get(work: Work, account_id: Id, room_id: Id) -> Follow | None:
    return await work.db.one(FOLLOW, account_id=account_id, room_id=room_id)


async def wish(work: Work, account_id: Id, place: Room, wish: Wish) -> None:
    """Keep what somebody wants; it replaces what they wanted before."""
    await work.db.run(
        WISH,
        account_id=account_id,
        room_id=place.id,
        organization_id=place.organization_id,
        is_favorite=False,
        reminders=msgspec.structs.asdict(wish),
        reminded_since=work.now,
        created_at=work.now,
        updated_at=work.now,
    )


async def unwish(work: Work, account_id: Id, room_id: Id) -> None:
    await work.db.run(UNWISH, who=account_id, what=room_id, now=work.now)


async def followers(work: Work, room_id: Id, after: Id, limit: int) -> list[Follow]:
    """Those who want to be told, by account id, after one."""
    return await work.db.all(FOLLOWERS, room_id=room_id, after=after, limit=limit)


async def registrants(work: Work, scope_id: Id, after: Id, limit: int) -> list[Participant]:
    """Those whose registration for a room or a session holds, by id, after one."""
    return await work.db.all(REGISTRANTS, scope_id=scope_id, after=after, limit=limit)


async def following(work: Work, room_id: Id, emails: Sequence[str]) -> set[str]:
    """Which of these addresses are those of followers, who are told as such."""
    return set(await work.db.all(FOLLOWING, room_id=room_id, emails=list(emails)))


async def participant_of(work: Work, participant_id: Id) -> Participant | None:
    return await work.db.one(PARTICIPANT, participant_id=participant_id)


async def upcoming(work: Work, room_id: Id, limit: int) -> list[Session]:
    """The next planned sessions of a room."""
    return await work.db.all(UPCOMING, room_id=room_id, now=work.now, limit=limit)


async def gone_with_room(work: Work, room_id: Id, limit: int) -> list[Session]:
    """The next planned sessions that a room had when it was removed."""
    return await work.db.all(GONE_WITH_ROOM, room_id=room_id, now=work.now, limit=limit)


async def session_of(work: Work, session_id: Id) -> Session | None:
    """Also one that was deleted."""
    return await work.db.one(SESSION, session_id=session_id)


async def room_of(work: Work, room_id: Id) -> Room | None:
    """Also one that was deleted."""
    return await work.db.one(ROOM_ROW, room_id=room_id)


async def forget_settled(work: Work, before: datetime, limit: int) -> int:
    """Drop what was settled before, of sessions that have begun before; how many."""
    return await work.db.run(FORGET_SETTLED, before=before, limit=limit)


async def hold_room(work: Work, room_id: Id) -> Room | None:
    """Also one that was deleted; held until the work ends."""
    return await work.db.one(HELD_ROOM, room_id=room_id)


async def account_of(work: Work, account_id: Id) -> Account | None:
    return await work.db.one(ACCOUNT_ROW, account_id=account_id)


async def organization_of(work: Work, organization_id: Id) -> Organization | None:
    return await work.db.one(ORGANIZATION, organization_id=organization_id)


async def plan(work: Work, rows: Sequence[Notification]) -> None:
    """Queue; one that is there already stays, and a suppressed reminder is queued again."""
    if rows:
        await work.db.many(PLAN, [msgspec.structs.asdict(row) for row in rows])


async def suppress_outdated(work: Work, session_id: Id, start: datetime) -> None:
    """Reminders of another start than this."""
    await work.db.run(SUPPRESS_OTHERS, session_id=session_id, start=start, now=work.now)


async def suppress(work: Work, session_id: Id, *kinds: Kind) -> None:
    await work.db.run(SUPPRESS_KINDS, session_id=session_id, kinds=list(kinds), now=work.now)


async def suppress_of_person(work: Work, account_id: Id, room_id: Id, channel: str | None = None) -> None:
    """What is queued for somebody about a room, on one channel or on all."""
    await work.db.run(SUPPRESS_OF_PERSON, account_id=account_id, room_id=room_id, only=channel, now=work.now)


async def reminded_since(work: Work, session_id: Id, account_ids: Sequence[Id], since: datetime) -> set[Id]:
    """Who of these was reminded of the session since then."""
    return set(
        await work.db.all(TOLD_LATELY, session_id=session_id, account_ids=list(account_ids), since=since)
    )


async def claim(work: Work, until: datetime, limit: int) -> list[Notification]:
    """Those that are due, the longest due first; nobody else gets them until then."""
    rows = await work.db.all(CLAIM, now=work.now, until=until, limit=limit)
    return sorted(rows, key=lambda row: (row.due_at, row.id))


async def settle(work: Work, notification_id: Id, state: State, recipient: str | None = None) -> bool:
    """Whether it was queued until now."""
    settled = await work.db.run(SETTLE, which=notification_id, state=state, recipient=recipient, now=work.now)
    return settled == 1


async def try_again(work: Work, notification_id: Id, at: datetime) -> None:
    await work.db.run(AGAIN, which=notification_id, try_at=at)


async def sent_since(work: Work, recipient: str, since: datetime) -> int:
    """Mails to one address."""
    return await work.db.one(SENT_LATELY, recipient=recipient, since=since) or 0
