"""Telling those who registered, by mail, after the commit: their personal link, or what became of it.

The relay repeats a reaction that failed; the letter has the same Message-ID each time. What is true when the
letter is written counts: who cancelled meanwhile gets none.
"""

from collections.abc import Mapping, Sequence

import structlog

from livehall.core.participants.model import Participant, Registration
from livehall.core.ports.mail import (
    Calendar,
    Facts,
    Letter,
    MailRefused,
    Occasion,
    Post,
    Stationery,
)
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import links
from livehall.core.registrations import store as registrations
from livehall.core.reminders import store
from livehall.core.reminders.entries import entry_of
from livehall.core.rooms.model import Room
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk, Read

log = structlog.get_logger(__name__)

MOST_SESSIONS = 20  # in the calendar of a letter
REGISTERED: dict[Registration | None, Occasion] = {"approved": "registered", "pending": "applied"}
DECIDED: dict[Registration | None, Occasion] = {"approved": "approved", "denied": "denied"}


class Confirmations:
    def __init__(
        self, desk: Desk, post: Post, stationery: Stationery, sealing: Sealing, *, public_url: str
    ) -> None:
        """`public_url`: the origin of links, without a slash at the end."""
        self._desk, self._post, self._stationery, self._sealing = desk, post, stationery, sealing
        self._origin = public_url

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {
            "participant.registered": [self.registered],
            "participant.confirmation": [self.wanted_again],
            "participant.registration": [self.decided],
        }

    async def registered(self, entry: Entry) -> None:
        """Raises: MailUnavailable."""
        if entry.data["notify"]:
            await self._tell(entry, REGISTERED)

    async def wanted_again(self, entry: Entry) -> None:
        """Raises: MailUnavailable."""
        await self._tell(entry, REGISTERED)

    async def decided(self, entry: Entry) -> None:
        """Raises: MailUnavailable."""
        if entry.data["notify"]:
            await self._tell(entry, DECIDED)

    async def _tell(self, entry: Entry, occasions: Mapping[Registration | None, Occasion]) -> None:
        async with self._desk.read(SYSTEM) as read:
            row = await registrations.get(read, entry.data["participant_id"])
            occasion = occasions.get(row.registration) if row is not None else None
            if row is None or row.email is None or occasion is None:
                return
            letter = await self._letter(read, entry, row, occasion)
        if letter is None:
            return
        try:
            await self._post.send(letter)
        except MailRefused as fault:
            log.warning("a mail was refused for good", entry_id=entry.id, fault=fault.text)

    async def _letter(self, read: Read, entry: Entry, row: Participant, occasion: Occasion) -> Letter | None:
        room = await store.room_of(read, row.room_id)
        organization = await store.organization_of(read, row.organization_id)
        if room is None or room.deleted_at is not None or organization is None:
            return None
        sessions = await _sessions(read, row)
        if sessions is None:
            return None
        planned = [each for each in sessions if each.scheduled_start_at is not None]
        first = planned[0] if planned else None
        link = links.address(self._origin, links.token_of(self._sealing, row))
        language = row.language or organization.locale
        facts = Facts(
            room=room.title,
            session=sessions[0].title if row.session_id is not None else None,
            starts_at=first.scheduled_start_at if first is not None else None,
            timezone=(first.timezone if first is not None else None) or organization.timezone,
            url=link if occasion != "denied" else "",
            organization=organization.name,
        )
        words = self._stationery.words(occasion, language, facts)
        assert row.email is not None
        return Letter(
            to=row.email,
            message_id=entry.id,
            language=self._stationery.language(language),
            subject=words.subject,
            text=words.text,
            html=words.html,
            calendar=self._calendar(planned, room, row.email, link)
            if row.registration == "approved"
            else None,
        )

    def _calendar(self, planned: Sequence[Session], room: Room, email: str, link: str) -> Calendar | None:
        """One session as an invitation that programs put into the calendar; several as a file of them."""
        now = self._desk.clock()
        entries = [entry_of(each, room, self._origin, now, email, link=link) for each in planned]
        if not entries:
            return None
        if len(entries) == 1:
            return Calendar(body=self._stationery.calendar(entries[0], "REQUEST"), method="REQUEST")
        body = self._stationery.calendar(entries[0], "PUBLISH", *entries[1:])
        return Calendar(body=body, method="PUBLISH")


async def _sessions(read: Read, row: Participant) -> list[Session] | None:
    """Those that somebody registered for and that are not over; None when the one session is."""
    if row.session_id is None:
        return await registrations.upcoming(read, row.room_id, MOST_SESSIONS)
    session = await store.session_of(read, row.session_id)
    if session is None or session.deleted_at is not None or session.is_over:
        return None
    return [session]
