"""What is to be told to whom, and when.

Planning reads the session as it is now and is harmless when repeated: each notification has a key that says
what it is. Whoever begins to follow holds the room, and so does the first step of planning a session; thus
one of the two sees the other.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from livehall.core.participants.model import Participant
from livehall.core.reminders import planning_store, rules, store
from livehall.core.reminders.fields import USUAL_LEAD_TIME
from livehall.core.reminders.model import Channel, Follow, Kind, Notification
from livehall.core.rooms.model import Room
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Desk, Work

BATCH = 200  # followers in one transaction
MOST_SESSIONS = 20  # planned for a new follower; later ones are planned as they change or come nearer

Step = Callable[[Work, Session, list[Follow]], Awaitable[None]]
RegistrantStep = Callable[[Work, Session, list[Participant]], Awaitable[None]]


async def plan_session(desk: Desk, session_id: Id, *, at_once: bool) -> None:
    """Make the queued reminders of a session what they should be."""

    async def step(work: Work, session: Session, followers: list[Follow]) -> None:
        rows = [row for follow in followers for row in reminders(work.now, session, follow, at_once=at_once)]
        await store.plan(work, rows)

    async def registrants(work: Work, session: Session, people: list[Participant]) -> None:
        await store.plan(work, [row for who in people for row in _reminder_of(work.now, session, who)])

    async with desk.work(SYSTEM, origin="job") as work:
        found = await _hold(work, session_id)
        if found is None:
            return
        session, room = found
        if not rules.is_upcoming(session, room, work.now):
            await store.suppress(work, session_id, "reminder", "moved")
            return
        assert session.scheduled_start_at is not None, "an upcoming session has a start"
        await store.suppress_outdated(work, session_id, session.scheduled_start_at)
    await _each_follower(desk, session_id, step)
    await _each_registrant(desk, session_id, registrants)


async def plan_new(desk: Desk, session_id: Id) -> None:
    """The reminders of a session that has just been made; mostly nobody wants any.

    Nothing is held for that look. Who begins to follow, or to be registered, holds the room, and what makes a
    session waits for them (by its foreign key), or they find the session.
    """
    async with desk.read(SYSTEM) as read:
        if not await planning_store.is_wanted(read, session_id):
            return
    await plan_session(desk, session_id, at_once=True)


async def plan_registrant(desk: Desk, participant_id: Id) -> None:
    """Reminders for somebody whose registration holds since now."""
    async with desk.work(SYSTEM, origin="job") as work:
        who = await store.participant_of(work, participant_id)
        if who is None or who.registration != "approved" or who.email is None:
            return
        await store.hold_room(work, who.room_id)
        for session in await store.upcoming(work, who.room_id, MOST_SESSIONS):
            if who.session_id in (None, session.id):
                await store.plan(work, _reminder_of(work.now, session, who))


async def plan_follower(work: Work, room: Room, follow: Follow) -> None:
    """For somebody who began to follow, or changed their wish; the room is held by `work`."""
    await store.suppress_of_person(work, follow.account_id, room.id)
    for session in await store.upcoming(work, room.id, MOST_SESSIONS):
        await store.plan(work, reminders(work.now, session, follow, at_once=True))


async def tell(
    desk: Desk, session_id: Id, kind: Kind, key: str, previous_start_at: datetime | None = None
) -> None:
    """Queue one notice for every follower, at once. `key` names the occasion: a repeat adds nothing."""

    async def step(work: Work, session: Session, followers: list[Follow]) -> None:
        told: set[Id] = set()
        if kind == "live":
            ids = [follow.account_id for follow in followers]
            told = await store.reminded_since(work, session.id, ids, work.now - rules.RECENT)
        rows = [
            _notice(work.now, session, follow, channel, kind, key, work.now, previous_start_at)
            for follow in followers
            if follow.account_id not in told
            for channel in _channels(follow)
        ]
        await store.plan(work, rows)

    async def registrants(work: Work, session: Session, people: list[Participant]) -> None:
        rows = [
            _notice(work.now, session, who, "email", kind, key, work.now, previous_start_at) for who in people
        ]
        await store.plan(work, rows)

    await _each_follower(desk, session_id, step)
    if kind != "live":  # they asked to come, and not to be called
        await _each_registrant(desk, session_id, registrants)


async def forget(desk: Desk, session_id: Id, *kinds: Kind) -> None:
    """What is queued of these kinds is not said any more."""
    async with desk.work(SYSTEM, origin="job") as work:
        await store.suppress(work, session_id, *kinds)


def reminders(now: datetime, session: Session, follow: Follow, *, at_once: bool) -> list[Notification]:
    wish, start = follow.wish, session.scheduled_start_at
    if wish is None or start is None:
        return []
    return [
        _notice(now, session, follow, channel, "reminder", f"{lead}:{int(start.timestamp())}", due)
        for lead, due in rules.due_times(wish.lead_times, start, now, at_once=at_once)
        for channel in _channels(follow)
    ]


async def _each_follower(desk: Desk, session_id: Id, step: Step) -> None:
    after = store.FIRST
    while True:
        async with desk.work(SYSTEM, origin="job") as work:
            session = await store.session_of(work, session_id)
            if session is None:
                return
            followers = await store.followers(work, session.room_id, after, BATCH)
            await step(work, session, followers)
        if len(followers) < BATCH:
            return
        after = followers[-1].account_id


async def _each_registrant(desk: Desk, session_id: Id, step: RegistrantStep) -> None:
    """Of the session and its room; those who follow the room are told as followers."""
    async with desk.read(SYSTEM) as read:
        found = await store.session_of(read, session_id)
    for scope_id in (found.id, found.room_id) if found is not None else ():
        await _each_of(desk, session_id, scope_id, step)


async def _each_of(desk: Desk, session_id: Id, scope_id: Id, step: RegistrantStep) -> None:
    after = store.FIRST
    while True:
        async with desk.work(SYSTEM, origin="job") as work:
            session = await store.session_of(work, session_id)
            if session is None:
                return
            people = await store.registrants(work, scope_id, after, BATCH)
            if people:
                told = await store.following(work, session.room_id, [who.email or "" for who in people])
                await step(work, session, [who for who in people if who.email not in told])
        if len(people) < BATCH:
            return
        after = people[-1].id


def _reminder_of(now: datetime, session: Session, who: Participant) -> list[Notification]:
    """One, a quarter of an hour before; who registers later than that has the confirmation."""
    start = session.scheduled_start_at
    if start is None:
        return []
    return [
        _notice(now, session, who, "email", "reminder", f"{lead}:{int(start.timestamp())}", due)
        for lead, due in rules.due_times([USUAL_LEAD_TIME], start, now, at_once=False)
    ]


async def _hold(work: Work, session_id: Id) -> tuple[Session, Room] | None:
    session = await store.session_of(work, session_id)
    room = await store.hold_room(work, session.room_id) if session is not None else None
    if session is None or room is None:
        return None
    return session, room


def _channels(follow: Follow) -> tuple[Channel, ...]:
    wish = follow.wish
    return tuple(channel for channel in rules.CHANNELS if wish is not None and channel in wish.channels)


def _notice(
    now: datetime,
    session: Session,
    who: Follow | Participant,
    channel: Channel,
    kind: Kind,
    key: str,
    due_at: datetime,
    previous_start_at: datetime | None = None,
) -> Notification:
    account_id = who.account_id if isinstance(who, Follow) else None
    participant_id = who.id if isinstance(who, Participant) else None
    return Notification(
        id=new_id(),
        organization_id=session.organization_id,
        account_id=account_id,
        participant_id=participant_id,
        room_id=session.room_id,
        session_id=session.id,
        kind=kind,
        channel=channel,
        state="queued",
        starts_at=session.scheduled_start_at,
        previous_start_at=previous_start_at,
        dedupe_key=f"{kind}:{session.id}:{account_id or participant_id}:{channel}:{key}",
        due_at=due_at,
        try_at=due_at,
        attempts=0,
        recipient=None,
        settled_at=None,
        created_at=now,
    )
