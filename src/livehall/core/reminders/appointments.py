"""Telling those who were appointed to run a session, by mail, after the commit.

The relay repeats a reaction that failed; the letter has the same Message-ID each time.
"""

from collections.abc import Mapping, Sequence

import structlog

from livehall.core.people import store as people
from livehall.core.ports.mail import Facts, Letter, MailRefused, Post, Stationery
from livehall.core.reminders import store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk, Read

log = structlog.get_logger(__name__)

STAFF = ("co_host", "moderator")


class Appointments:
    def __init__(self, desk: Desk, post: Post, stationery: Stationery, *, public_url: str) -> None:
        """`public_url`: the origin of links, without a slash at the end."""
        self._desk, self._post, self._stationery, self._origin = desk, post, stationery, public_url

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {"participant.role": [self.appointed]}

    async def appointed(self, entry: Entry) -> None:
        """To the account's address, or to the one that was named. Raises: MailUnavailable."""
        if not entry.data["notify"] or entry.data["role"] not in STAFF:
            return
        async with self._desk.read(SYSTEM) as read:
            letter = await self._letter(read, entry)
        if letter is None:
            return
        try:
            await self._post.send(letter)
        except MailRefused as fault:
            log.warning("a mail was refused for good", entry_id=entry.id, fault=fault.text)

    async def _letter(self, read: Read, entry: Entry) -> Letter | None:
        assert entry.session_id is not None
        assert entry.organization_id is not None
        session = await store.session_of(read, entry.session_id)
        room = await store.room_of(read, session.room_id) if session is not None else None
        organization = await store.organization_of(read, entry.organization_id)
        if session is None or room is None or organization is None or session.is_over:
            return None
        address, language = entry.data["email"], organization.locale
        if entry.data["account_id"] is not None:
            person = await people.person(read, entry.data["account_id"], entry.organization_id)
            address = person.email if person is not None and person.is_active else None
            language = (person.language if person is not None else None) or language
        if address is None:
            return None
        facts = Facts(
            room=room.title,
            session=session.title,
            starts_at=session.scheduled_start_at,
            timezone=session.timezone or organization.timezone,
            url=f"{self._origin}/studio/{session.id}",
            organization=organization.name,
            role=entry.data["role"],
            invited_by=entry.actor_name or organization.name,
        )
        words = self._stationery.words("appointment", language, facts)
        return Letter(
            to=address,
            message_id=entry.id,
            language=self._stationery.language(language),
            subject=words.subject,
            text=words.text,
            html=words.html,
        )
