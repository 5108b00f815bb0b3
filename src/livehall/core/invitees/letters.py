"""Letters to those who are asked to a session, after the commit; a few at a time.

The relay repeats a reaction that failed; the letter has the same Message-ID each time. Who has left, was
withdrawn or has declined meanwhile gets none, and nobody is asked to a session that is over.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from livehall.core.invitees import store
from livehall.core.invitees.events import InvitationAddressed
from livehall.core.people import groups_store as groups
from livehall.core.people import store as people
from livehall.core.people.model import Organization, Person
from livehall.core.ports.mail import Facts, Letter, MailRefused, Post, Stationery
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import links
from livehall.core.rooms import store as rooms
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk, Read

log = structlog.get_logger(__name__)

FIRST: Id = "00000000-0000-0000-0000-000000000000"
BATCH = 500
AT_ONCE = 4  # a bulk invitation is no reason to open a hundred connections to the mail server


class Invitations:
    def __init__(
        self, desk: Desk, post: Post, stationery: Stationery, sealing: Sealing, *, public_url: str
    ) -> None:
        """`public_url`: the origin of links, without a slash at the end."""
        self._desk, self._post, self._stationery = desk, post, stationery
        self._sealing, self._origin = sealing, public_url
        self._turn = asyncio.Semaphore(AT_ONCE)

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {
            "invitation.addressed": [self.addressed],
            "session.cancelled": [self.cancelled],
            "groups.linked": [self.linked],
        }

    async def linked(self, entry: Entry) -> None:
        """A letter to everybody in groups that a session was opened to, each on its own, once.

        A transaction for each batch: a group may be all of a company. Repeated it adds nothing.
        """
        if entry.session_id is None or entry.organization_id is None or not entry.data.get("notify"):
            return
        after: Id | None = FIRST
        while after is not None:
            async with self._desk.work(SYSTEM, origin="job") as work:
                found = await groups.addressed(
                    work, entry.data["group_ids"], entry.organization_id, after, BATCH
                )
                if found and await work.first(f"{entry.id} letters after {after}"):
                    for account_id in found:
                        work.emit(
                            InvitationAddressed(
                                organization_id=entry.organization_id,
                                recipient_id=account_id,
                                of_session=entry.session_id,
                                is_group=True,
                                invited_by=entry.actor_id if entry.actor_kind == "account" else None,
                            )
                        )
            after = found[-1] if len(found) == BATCH else None

    async def cancelled(self, entry: Entry) -> None:
        """A letter to everybody who was asked or registered, each on its own. Repeated it adds nothing."""
        assert entry.session_id is not None
        assert entry.room_id is not None
        assert entry.organization_id is not None
        after: Id | None = FIRST
        while after is not None:
            async with self._desk.work(SYSTEM, origin="job") as work:
                found = await store.concerned(work, entry.session_id, entry.room_id, after, BATCH)
                if found and await work.first(f"{entry.id} letters after {after}"):
                    for participant_id in found:
                        work.emit(
                            InvitationAddressed(
                                organization_id=entry.organization_id,
                                recipient_id=participant_id,
                                of_session=entry.session_id,
                                is_group=False,
                                occasion="cancellation",
                            )
                        )
            after = found[-1] if len(found) == BATCH else None

    async def addressed(self, entry: Entry) -> None:
        """Raises: MailUnavailable."""
        async with self._turn:
            async with self._desk.read(SYSTEM) as read:
                letter = await self._letter(read, entry)
            if letter is None:
                return
            try:
                await self._post.send(letter)
            except MailRefused as fault:
                log.warning("a mail was refused for good", entry_id=entry.id, fault=fault.text)

    async def _letter(self, read: Read, entry: Entry) -> Letter | None:
        assert entry.organization_id is not None
        is_off = entry.data["occasion"] == "cancellation"
        session = (await sessions.by_ids(read, {entry.data["of_session"]})).get(entry.data["of_session"])
        organization = await people.organization_by_id(read, entry.organization_id)
        is_due = session is not None and (session.status == "cancelled" if is_off else not session.is_over)
        if session is None or organization is None or not is_due:
            return None
        if entry.data["is_group"]:
            person = await people.person(read, entry.data["recipient_id"], entry.organization_id)
            if person is None or not person.is_active or person.email is None:
                return None
            return await self._write(read, entry, session, organization, person.email, person, "viewer")
        return await self._to_participant(read, entry, session, organization)

    async def _to_participant(
        self, read: Read, entry: Entry, session: Session, organization: Organization
    ) -> Letter | None:
        row = await store.get(read, entry.data["recipient_id"])
        if row is None or row.rsvp == "declined":
            return None
        address, account_id = (await store.addresses(read, [row.id]))[row.id]
        person = await people.person(read, account_id, organization.id) if account_id is not None else None
        if address is None or (person is not None and not person.is_active):
            return None
        link = None
        if row.access_token_sealed is not None and person is None:
            link = links.address(self._origin, links.token_of(self._sealing, row))
        return await self._write(read, entry, session, organization, address, person, row.role, link)

    async def _write(
        self,
        read: Read,
        entry: Entry,
        session: Session,
        organization: Organization,
        address: str,
        person: Person | None,
        role: str,
        link: str | None = None,
    ) -> Letter | None:
        room = (await rooms.by_ids(read, {session.room_id})).get(session.room_id)
        if room is None or room.deleted_at is not None:
            return None
        language = (person.language if person is not None else None) or organization.locale
        words = self._stationery.words(
            entry.data["occasion"],
            language,
            Facts(
                room=room.title,
                session=session.title,
                starts_at=session.scheduled_start_at,
                timezone=session.timezone or organization.timezone,
                url=link or self._page(session, role),
                organization=organization.name,
                role=role,
                invited_by=await self._inviter(read, entry, organization),
            ),
        )
        return Letter(
            to=address,
            message_id=entry.id,
            language=self._stationery.language(language),
            subject=words.subject,
            text=words.text,
            html=words.html,
        )

    def _page(self, session: Session, role: str) -> str:
        if role in ("co_host", "moderator"):
            return f"{self._origin}/studio/{session.id}"
        return f"{self._origin}/w/{session.room_id}?session={session.id}"

    async def _inviter(self, read: Read, entry: Entry, organization: Organization) -> str:
        """Who asked: a person; a machine asks in the organization's name."""
        named = entry.data.get("invited_by")
        asked_by = named or (entry.actor_id if entry.actor_kind == "account" else None)
        if asked_by is None:
            return organization.name
        person = await people.person(read, asked_by, organization.id)
        return person.name if person is not None else organization.name
