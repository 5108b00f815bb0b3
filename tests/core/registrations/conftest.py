"""A room whose host takes registrations."""

from collections.abc import Mapping

import msgspec
import pytest

from livehall.core.audience import reports
from livehall.core.audience import steps as entering
from livehall.core.audience.steps import Join, Joined
from livehall.core.people.ops import SignedIn
from livehall.core.registrations import handling, ops, own, steps
from livehall.core.registrations.handling import Correct, Page, Shown
from livehall.core.registrations.model import Form
from livehall.core.registrations.ops import Person, Register, Registered
from livehall.core.registrations.own import OwnPage
from livehall.core.registrations.steps import Import, Result
from livehall.core.registrations.store import Query
from livehall.core.sessions.model import Session
from livehall.engines.media import LiveKit
from livehall.kernel.actor import ANONYMOUS, MEDIA, Actor
from livehall.kernel.work import Desk, Event
from tests.support.on_air import SEALING, on_air
from tests.support.people import a_person, actor_of


class Door:
    """What the host and the public do; `events` are those of the last use case."""

    def __init__(self, desk: Desk, host: Actor, session: Session) -> None:
        self.desk, self.host, self.session = desk, host, session
        self.media = LiveKit("http://127.0.0.1:9", "key", "s" * 32).rooms
        self.events: list[Event] = []

    async def define(self, **form: object) -> Form:
        wanted = msgspec.convert({"mode": "optional", **form}, Form)
        async with self.desk.work(self.host) as work:
            return (await ops.define(work, self.session.room_id, wanted)).form

    async def form(self, actor: Actor = ANONYMOUS) -> ops.ShownForm:
        async with self.desk.read(actor) as read:
            return await ops.form(read, self.session.room_id)

    async def register(
        self,
        email: str = "mia@example.org",
        *,
        actor: Actor = ANONYMOUS,
        for_session: bool = False,
        notify: bool = True,
        **person: object,
    ) -> Registered:
        said = {"first_name": "Mia", "last_name": "Wolf", **person}
        cmd = Register(
            person=Person(email=email, **said),  # type: ignore[arg-type]
            room_id=None if for_session else self.session.room_id,
            session_id=self.session.id if for_session else None,
            notify=notify,
        )
        async with self.desk.work(actor) as work:
            self.events = work.events
            return await ops.register(work, SEALING, cmd)

    async def link_of(self, registered: Registered) -> str:
        shown = await self.get(registered.participant.id)
        assert shown.token is not None
        return shown.token

    async def get(self, participant_id: str, actor: Actor | None = None) -> Shown:
        async with self.desk.read(actor or self.host) as read:
            return await handling.get(read, SEALING, participant_id)

    async def page(self, *, of_session: bool = False, actor: Actor | None = None, **query: object) -> Page:
        async with self.desk.read(actor or self.host) as read:
            return await handling.page(
                read,
                None if of_session else self.session.room_id,
                self.session.id if of_session else None,
                Query(**query),  # type: ignore[arg-type]
            )

    async def approve(self, participant_id: str, actor: Actor | None = None) -> Shown:
        async with self.desk.work(actor or self.host) as work:
            self.events = work.events
            return await handling.approve(work, participant_id)

    async def deny(self, participant_id: str, *, notify: bool = True) -> Shown:
        async with self.desk.work(self.host) as work:
            self.events = work.events
            return await handling.deny(work, participant_id, notify=notify)

    async def cancel(self, participant_id: str) -> None:
        async with self.desk.work(self.host) as work:
            self.events = work.events
            await handling.cancel(work, participant_id)

    async def resend(self, participant_id: str) -> Shown:
        async with self.desk.work(self.host) as work:
            self.events = work.events
            return await handling.resend(work, participant_id)

    async def correct(self, participant_id: str, **changes: object) -> Shown:
        async with self.desk.work(self.host) as work:
            self.events = work.events
            return await handling.correct(work, SEALING, participant_id, Correct(**changes))  # type: ignore[arg-type]

    async def own_page(self, token: str) -> OwnPage:
        async with self.desk.read(ANONYMOUS) as read:
            return await own.page(read, token)

    async def cancel_own(self, token: str) -> None:
        async with self.desk.work(ANONYMOUS) as work:
            self.events = work.events
            await own.cancel(work, token)

    async def enter(self, token: str) -> SignedIn:
        async with self.desk.work(ANONYMOUS) as work:
            return await own.enter(work, token)

    async def take(self, csv: str, actor: Actor | None = None, **more: object) -> list[Result]:
        cmd = Import(room_id=self.session.room_id, csv=csv, **more)  # type: ignore[arg-type]
        return await steps.import_people(self.desk, SEALING, actor or self.host, cmd)

    async def join(self, actor: Actor, **more: object) -> Joined:
        cmd = Join(session_id=self.session.id, **more)  # type: ignore[arg-type]
        return await entering.join(self.desk, self.media, SEALING, actor, cmd)

    async def come(self, actor: Actor) -> reports.Connection:
        """Join, and be seen."""
        joined = await self.join(actor)
        async with self.desk.work(MEDIA) as work:
            seen = reports.Connection(
                identity=joined.identity, sid=f"PA_{actor.id}", room=self.session.id, at=work.now
            )
            await reports.joined(work, seen)
        return seen

    async def go(self, seen: reports.Connection) -> None:
        async with self.desk.work(MEDIA) as work:
            await reports.left(work, seen)

    def told(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def guest_of(signed_in: SignedIn) -> Actor:
    """Somebody who came by a link."""
    person = signed_in.person
    return Actor(
        kind="account",
        id=person.id,
        organization_id=person.organization_id,
        role=person.role,
        is_guest=person.is_guest,
        name=person.name,
        visitor_key=signed_in.visitor_key,
    )


@pytest.fixture
async def host(desk: Desk) -> Actor:
    return actor_of(await a_person(desk))


@pytest.fixture
async def door(desk: Desk, host: Actor) -> Door:
    """Anybody may register, and is approved at once."""
    made = Door(desk, host, await on_air(desk, host, visibility="unlisted"))
    await made.define()
    return made


FIELDS: list[Mapping[str, object]] = [
    {"id": "company", "kind": "text", "label": "Company", "required": True},
    {
        "id": "diet",
        "kind": "choice",
        "label": "Food",
        "options": [{"value": "all", "label": "Anything"}, {"value": "veg", "label": "Vegetarian"}],
    },
    {"id": "news", "kind": "checkbox", "label": "Send me news"},
    {"id": "country", "kind": "country", "label": "Country"},
    {"id": "utm", "kind": "hidden", "label": "Campaign"},
]
