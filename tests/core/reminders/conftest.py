"""A hall with a mail server that a test can break, a relay that reacts, and hands on the clock."""

import asyncio
import contextlib
import email
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

import icalendar
import pytest
from sqlalchemy import select

from livehall.core.ports.mail import Letter
from livehall.core.registrations import handling, links
from livehall.core.registrations import ops as registrations
from livehall.core.reminders import ops, reactions
from livehall.core.reminders.jobs import Courier
from livehall.core.reminders.model import Notification, notification
from livehall.core.rooms import ops as rooms
from livehall.core.sessions import machine, programme, store
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.model import Session
from livehall.engines.mail import FilePost, JinjaStationery
from livehall.kernel.actor import MEDIA, SYSTEM, Actor
from livehall.kernel.db import Database, Statement
from livehall.kernel.relay import Relay
from livehall.kernel.work import Desk
from tests.support.on_air import SEALING
from tests.support.people import Hands, a_person, actor_of

SENDER = "Livehall <live@example.org>"
ORIGIN = "https://live.example.org"
ALL = Statement(select(notification).order_by(notification.c.due_at, notification.c.id), Notification)


class Door:
    """Into files, unless a test has something else in mind for the next letters."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._post = folder, FilePost(folder, SENDER)
        self.troubles: list[BaseException] = []
        self.dies_after_sending = False
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        await self._post.send(letter)
        self.letters.append(letter)
        if self.dies_after_sending:
            raise asyncio.CancelledError


class Registrant(NamedTuple):
    id: str
    link: str


class House:
    """Rooms, sessions and followers, as few words as possible."""

    def __init__(self, desk: Desk, clock: Hands, host: Actor, door: Door, relay: Relay) -> None:
        self.desk, self.clock, self.host, self.door, self.relay = desk, clock, host, door, relay
        self.courier = self.a_courier()

    def a_courier(self) -> Courier:
        return Courier(self.desk, self.door, JinjaStationery(SENDER), SEALING, public_url=ORIGIN)

    async def room(self, **more: object) -> str:
        async with self.desk.work(self.host) as work:
            cmd = rooms.CreateRoom(title="Talks", **more)  # type: ignore[arg-type]
            return (await rooms.create(work, SEALING, cmd)).room.id

    async def session(self, room_id: str, *, in_minutes: float | None = 120, **more: object) -> Session:
        start = None if in_minutes is None else self.clock.now + timedelta(minutes=in_minutes)
        async with self.desk.work(self.host) as work:
            cmd = sessions.CreateSession(
                room_id=room_id,
                title="Evening",
                scheduled_start_at=start,
                **more,  # type: ignore[arg-type]
            )
            shown = await sessions.create(work, cmd)
        await self.relay.drained()
        return shown.session

    async def move(self, session: Session, *, in_minutes: float, notify: bool = True) -> None:
        start = self.clock.now + timedelta(minutes=in_minutes)
        async with self.desk.work(self.host) as work:
            await sessions.reschedule(
                work, session.id, sessions.Reschedule(scheduled_start_at=start, notify=notify)
            )
        await self.relay.drained()

    async def delete(self, session: Session) -> None:
        async with self.desk.work(self.host) as work:
            await sessions.delete(work, session.id)
        await self.relay.drained()

    async def go_live(self, session: Session) -> None:
        async with self.desk.work(self.host) as work:
            held, room = await store.hold(work, session)
            await machine.confirm(work, await machine.begin(work, held, room))
        async with self.desk.work(MEDIA) as work:
            camera = [f"PA_{session.id}", f"u.{self.host.id}", "camera"]
            await programme.seen(work, session.id, {"TR_camera": camera}, work.now)
            held, _ = await store.hold(work, session)
            await machine.go_live(work, held)
        await self.relay.drained()

    async def end(self, session: Session) -> None:
        async with self.desk.work(self.host) as work:
            held, _ = await store.hold(work, session)
            await machine.end(work, held, "host")
        await self.relay.drained()

    async def follow(self, who: Actor, room_id: str, **more: object) -> ops.Status:
        async with self.desk.work(who) as work:
            return await ops.subscribe(work, ops.Subscribe(room_id=room_id, **more))  # type: ignore[arg-type]

    async def unfollow(self, who: Actor, room_id: str) -> None:
        async with self.desk.work(who) as work:
            await ops.unsubscribe(work, room_id)

    async def register(
        self, address: str, room_id: str, *, session_id: str | None = None, language: str | None = None
    ) -> Registrant:
        """By the host, without a letter of confirmation."""
        person = registrations.Person(email=address, language=language)
        cmd = registrations.Register(
            person=person, room_id=None if session_id else room_id, session_id=session_id, notify=False
        )
        async with self.desk.work(self.host) as work:
            made = await registrations.register(work, SEALING, cmd)
        await self.relay.drained()
        assert made.token is not None
        return Registrant(made.participant.id, links.address(ORIGIN, made.token))

    async def cancel_registration(self, who: Registrant) -> None:
        async with self.desk.work(self.host) as work:
            await handling.cancel(work, who.id)
        await self.relay.drained()

    async def until(self, **by: float) -> None:
        """Let time pass, and deliver what has come due."""
        self.clock.forward(**by)
        await self.courier.deliver()

    @property
    def subjects(self) -> list[str]:
        return [letter.subject for letter in self.door.letters]

    @property
    def files(self) -> list[EmailMessage]:
        found = sorted(self.door.folder.glob("*.eml")) if self.door.folder.is_dir() else []
        return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in found]  # type: ignore[misc]

    async def queued(self) -> list[tuple[str, datetime]]:
        async with self.desk.read(SYSTEM) as read:
            rows = await read.db.all(ALL)
        return [(row.kind, row.due_at) for row in rows if row.state == "queued"]

    async def states(self) -> list[tuple[str, str]]:
        async with self.desk.read(SYSTEM) as read:
            return sorted((row.kind, row.state) for row in await read.db.all(ALL))


def entry_in(letter: Letter) -> tuple[str, icalendar.Event]:
    """Method and event of the calendar that goes with a letter."""
    assert letter.calendar is not None
    calendar = icalendar.Calendar.from_ical(letter.calendar.body)
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == letter.calendar.method
    return letter.calendar.method, event


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def desk(database: Database, clock: Hands) -> Desk:
    return Desk(database, clock=clock)


@pytest.fixture
async def house(desk: Desk, clock: Hands, tmp_path: Path) -> AsyncIterator[House]:
    relay = Relay(
        desk.database,
        publish=lambda _: None,
        reactions=reactions.reactions(desk),
        clock=clock,
        backoff_s=0.01,
    )
    desk.committed = relay.wake
    running = asyncio.create_task(relay.run())
    host = actor_of(await a_person(desk))
    yield House(desk, clock, host, Door(tmp_path / "mail"), relay)
    relay.end()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def ben(house: House) -> Actor:
    return actor_of(await a_person(house.desk, "ben@example.org", "viewer"))
