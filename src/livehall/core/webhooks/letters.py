"""Telling administrators, by mail, that an endpoint was switched off.

The relay repeats a reaction that failed; each letter has the same Message-ID each time.
"""

from collections.abc import Mapping, Sequence

import structlog

from livehall.core.people import store as people
from livehall.core.ports.mail import Facts, Letter, MailRefused, Post, Stationery
from livehall.core.webhooks import store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk

log = structlog.get_logger(__name__)


class SwitchOffLetters:
    def __init__(self, desk: Desk, post: Post, stationery: Stationery, *, public_url: str) -> None:
        """`public_url`: the origin of links, without a slash at the end."""
        self._desk, self._post, self._stationery, self._origin = desk, post, stationery, public_url

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {"webhook.off": [self.switched_off]}

    async def switched_off(self, entry: Entry) -> None:
        """Raises: MailUnavailable."""
        assert entry.organization_id is not None
        async with self._desk.read(SYSTEM) as read:
            organization = await people.organization_by_id(read, entry.organization_id)
            told = await store.administrators(read, entry.organization_id)
        if organization is None:
            return
        facts = Facts(
            room=entry.data["url"],
            session=None,
            starts_at=None,
            timezone=organization.timezone,
            url=f"{self._origin}/webhooks",
            organization=organization.name,
            role=entry.data["reason"],
        )
        for number, (address, language) in enumerate(told):
            chosen = language or organization.locale
            words = self._stationery.words("webhook_off", chosen, facts)
            letter = Letter(
                to=address,
                message_id=f"{entry.id}-{number}",
                language=self._stationery.language(chosen),
                subject=words.subject,
                text=words.text,
                html=words.html,
            )
            try:
                await self._post.send(letter)
            except MailRefused as fault:
                log.warning("a mail was refused for good", entry_id=entry.id, fault=fault.text)
