"""Delivery: what is due is claimed, checked against the truth once more, sent, and marked.

At least once: whoever dies between sending and marking leaves the claim to run out, and the same mail goes
again with the same Message-ID. A mail that the server does not take now is tried again, later and later.
"""

import asyncio
from collections import defaultdict
from datetime import timedelta

import msgspec
import structlog

from livehall.core.participants.model import Participant
from livehall.core.people.model import Account, Organization
from livehall.core.ports.mail import (
    Calendar,
    Facts,
    Letter,
    MailRefused,
    MailUnavailable,
    Post,
    Stationery,
)
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import links
from livehall.core.reminders import ops, rules, store
from livehall.core.reminders.entries import entry_of
from livehall.core.reminders.events import NoticeGiven
from livehall.core.reminders.model import Notification, State
from livehall.core.rooms import store as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.rooms.model import Room
from livehall.core.sessions import standings
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Read

log = structlog.get_logger(__name__)

EVERY_S = 2.0
BATCH = 50
FORGOTTEN_AT_ONCE = 1000
AT_ONCE = 4  # connections to the mail server


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that holds, and whom and what it is about."""

    row: Notification
    language: str  # the person's, else that in which they asked, else the organization's
    email: str | None
    who: Account | Participant
    session: Session
    room: Room
    organization: Organization


class Courier:
    def __init__(
        self, desk: Desk, post: Post, stationery: Stationery, sealing: Sealing, *, public_url: str
    ) -> None:
        """`public_url`: the origin of links, without a slash at the end."""
        self._desk, self._post, self._stationery, self._sealing = desk, post, stationery, sealing
        self._origin = public_url

    async def deliver(self) -> None:
        """All that is due now."""
        while True:
            async with self._desk.work(SYSTEM, origin="job") as work:
                claimed = await store.claim(work, work.now + rules.LEASE, BATCH)
            lanes = asyncio.Semaphore(AT_ONCE)
            by_person: dict[Id, list[Notification]] = defaultdict(list)
            for row in claimed:
                by_person[row.account_id or row.participant_id or ""].append(row)
            await asyncio.gather(*(self._serve(rows, lanes) for rows in by_person.values()))
            if len(claimed) < BATCH:
                return

    async def _serve(self, rows: list[Notification], lanes: asyncio.Semaphore) -> None:
        """One person's, one after another, so that what they got already counts."""
        async with lanes:
            for row in rows:
                due = await self._check(row)
                if due is None:
                    await self._settle(row, "suppressed")
                elif row.channel == "realtime":
                    await self._notify(due)
                else:
                    await self._send(due)

    async def _check(self, row: Notification) -> Due | None:
        """What to say, if it is still true, still wanted, and the person may still know it (threat 20)."""
        async with self._desk.read(SYSTEM) as read:
            session = await store.session_of(read, row.session_id)
            room = await store.room_of(read, row.room_id)
            organization = await store.organization_of(read, row.organization_id)
            if session is None or room is None or organization is None:
                return None
            if not rules.still_holds(row, session, room, read.now):
                return None
            found = await (_follower if row.account_id is not None else _registrant)(read, row, session, room)
            if found is None or (row.channel == "email" and not await self._may_mail(read, found.who.email)):
                return None
        return Due(
            row=row,
            language=found.language or organization.locale,
            email=found.who.email,
            who=found.who,
            session=session,
            room=room,
            organization=organization,
        )

    async def _may_mail(self, read: Read, email: str | None) -> bool:
        """Nobody's mailbox is flooded, whoever follows what in their name."""
        if email is None:
            return False
        return await store.sent_since(read, email, read.now - rules.RECENT) < rules.MOST_PER_ADDRESS

    async def _send(self, due: Due) -> None:
        email = due.email
        assert email is not None, "checked"
        try:
            await self._post.send(self._letter(due, email))
        except MailRefused as fault:
            log.warning("a mail was refused for good", notification_id=due.row.id, fault=fault.text)
            await self._settle(due.row, "failed")
        except MailUnavailable as fault:
            await self._try_again(due.row, fault)
        else:
            await self._settle(due.row, "sent", email)

    async def _notify(self, due: Due) -> None:
        words = self._stationery.words(due.row.kind, due.language, self._facts(due))
        async with self._desk.work(SYSTEM, origin="job") as work:
            if not await store.settle(work, due.row.id, "sent"):
                return
            work.emit(
                NoticeGiven(
                    organization_id=due.row.organization_id,
                    account_id=due.who.id,
                    session_id=due.session.id,
                    kind=due.row.kind,
                    starts_at=due.session.scheduled_start_at,
                    text=words.subject,
                )
            )

    async def _settle(self, row: Notification, state: State, recipient: str | None = None) -> None:
        async with self._desk.work(SYSTEM, origin="job", hot=True) as work:
            await store.settle(work, row.id, state, recipient)

    async def _try_again(self, row: Notification, fault: MailUnavailable) -> None:
        async with self._desk.work(SYSTEM, origin="job", hot=True) as work:
            at = rules.retry_at(row.attempts, work.now)
            if at is None:
                await store.settle(work, row.id, "failed")
            else:
                await store.try_again(work, row.id, at)
        words = "a mail could not be sent" if at is not None else "a mail is given up"
        log.warning(words, notification_id=row.id, attempt=row.attempts, fault=fault.text)

    def _letter(self, due: Due, email: str) -> Letter:
        words = self._stationery.words(due.row.kind, due.language, self._facts(due))
        return Letter(
            to=email,
            message_id=due.row.id,
            language=self._stationery.language(due.language),
            subject=words.subject,
            text=words.text,
            html=words.html,
            calendar=self._calendar(due, email),
            unsubscribe=f"{self._origin}/api/v1/unsubscribe/{stop}" if (stop := self._stop(due)) else None,
        )

    def _facts(self, due: Due) -> Facts:
        stop = self._stop(due)
        return Facts(
            room=due.room.title,
            session=due.session.title,
            starts_at=due.session.scheduled_start_at,
            previous_start_at=due.row.previous_start_at,
            timezone=due.session.timezone or due.organization.timezone,
            url=self._address(due) or f"{self._origin}/w/{due.room.id}",
            unsubscribe_url=f"{self._origin}/unsubscribe/{stop}" if stop else None,
            organization=due.organization.name,
        )

    def _calendar(self, due: Due, email: str) -> Calendar | None:
        if due.row.kind == "live" or due.session.scheduled_start_at is None:
            return None
        now = self._desk.clock()
        entry = entry_of(due.session, due.room, self._origin, now, email, link=self._address(due))
        if due.row.kind == "cancellation":
            # A deletion leaves the revision as it is, and must still win over what was sent before.
            entry = msgspec.structs.replace(entry, sequence=entry.sequence + 1)
            return Calendar(body=self._stationery.calendar(entry, "CANCEL"), method="CANCEL")
        return Calendar(body=self._stationery.calendar(entry, "REQUEST"), method="REQUEST")

    def _stop(self, due: Due) -> str | None:
        """What ends these mails; a registration is ended on its own page."""
        return ops.link_of(self._sealing, due.who.id, due.room.id) if isinstance(due.who, Account) else None

    def _address(self, due: Due) -> str | None:
        """The personal link of somebody who registered."""
        if isinstance(due.who, Account):
            return None
        return links.address(self._origin, links.token_of(self._sealing, due.who))


class Found(msgspec.Struct, frozen=True, kw_only=True):
    who: Account | Participant
    language: str | None


async def _follower(read: Read, row: Notification, session: Session, room: Room) -> Found | None:
    assert row.account_id is not None
    account = await store.account_of(read, row.account_id)
    follow = await store.get(read, row.account_id, row.room_id)
    wish = follow.wish if follow is not None else None
    if account is None or wish is None or row.channel not in wish.channels or not account.is_active:
        return None
    if room.deleted_at is None and not await _may_see(read, account.id, session, room):
        return None
    return Found(who=account, language=account.language or wish.language)


async def _registrant(read: Read, row: Notification, session: Session, room: Room) -> Found | None:
    """Whose registration still holds, for this session or all."""
    assert row.participant_id is not None
    who = await store.participant_of(read, row.participant_id)
    if who is None or who.deleted_at is not None or who.registration != "approved":
        return None
    return Found(who=who, language=who.language) if who.access_token_sealed is not None else None


async def _may_see(read: Read, account_id: Id, session: Session, room: Room) -> bool:
    """Asked of the rooms themselves, as the person would ask."""
    actor = await standings.somebody(read, session, account_id)
    try:
        await rooms.visible(Read(read.db, actor, read.now), room.id)
    except RoomNotFound:
        return False
    return True


async def forget_settled(desk: Desk, keep: timedelta) -> None:
    """Drop notices that are long over. Raises: DatabaseUnavailable."""
    gone = FORGOTTEN_AT_ONCE
    while gone == FORGOTTEN_AT_ONCE:
        async with desk.work(SYSTEM, origin="job") as work:
            gone = await store.forget_settled(work, work.now - keep, FORGOTTEN_AT_ONCE)
