"""Endpoints of one organization, told of bells and gongs, with a journal that is placed by hand."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from livehall.core.ports.webhooks import Message, Occasion
from livehall.core.webhooks import ops
from livehall.core.webhooks.formats import Formats
from livehall.core.webhooks.model import Delivery, Endpoint, delivery
from livehall.core.webhooks.ops import CreateEndpoint, Terms, UpdateEndpoint
from livehall.core.webhooks.telling import Telling
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.clock import utc_now
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk, Event, Work
from tests.support.on_air import SEALING
from tests.support.people import Hands, a_person, actor_of

TOLD = Statement(select(delivery).order_by(delivery.c.id), Delivery)
TERMS = Terms(private=True, patience=timedelta(days=5), history=timedelta(days=7))


class Struck(Event, frozen=True, kw_only=True, tag="test.struck"):
    subject: ClassVar[str] = "bell"
    bell_id: str
    what: str  # bell or gong
    number: int


class Ringer:
    """`Writer` of what was struck; `before` is what happens while it writes."""

    types: ClassVar = {"bell": "A bell rang.", "gong": "A gong sounded."}
    sources = ("test.struck",)

    def __init__(self) -> None:
        self.before: Callable[[Entry], Awaitable[None]] = _nothing

    async def write(self, work: Work, entry: Entry) -> Sequence[Message]:
        await self.before(entry)
        return [Message(type=entry.data["what"], body=str(entry.data["number"]).encode(), key=entry.id)]

    def sample(self, type: str, occasion: Occasion) -> bytes:
        return b"0"


async def _nothing(_: Entry) -> None: ...


class House:
    def __init__(self, desk: Desk, clock: Hands, ann: Actor) -> None:
        self.desk, self.clock, self.ann = desk, clock, ann
        self.writer = Ringer()
        self.formats = Formats({"live": self.writer})
        self.telling = Telling(desk, self.formats)
        self.began = clock.now

    async def beside(self, name: str) -> "House":
        """Another organization, on the same journal."""
        ann = actor_of(await a_person(self.desk, f"{name}@example.org", "admin", name))
        return House(self.desk, self.clock, ann)

    async def endpoint(self, *types: str, url: str = "https://example.org/hooks") -> Endpoint:
        cmd = CreateEndpoint(url=url, event_types=types)
        async with self.desk.work(self.ann) as work:
            return (await ops.create(work, SEALING, self.formats, TERMS, cmd)).endpoint

    async def change(self, row: Endpoint, **fields: object) -> None:
        cmd = UpdateEndpoint(**fields)  # type: ignore[arg-type]
        async with self.desk.work(self.ann) as work:
            await ops.update(work, self.formats, TERMS, row.id, cmd)

    async def replay(self, row: Endpoint, since: datetime | None = None) -> None:
        async with self.desk.work(self.ann) as work:
            await ops.replay(work, TERMS, row.id, since or self.began)

    async def strike(self, *numbers: int, what: str = "bell", backwards: bool = False) -> None:
        """Commit and place; `backwards`: the last one first, as others' commits may make it."""
        for number in numbers:
            async with self.desk.work(SYSTEM) as work:
                assert self.ann.organization_id is not None
                work.emit(
                    Struck(
                        organization_id=self.ann.organization_id, bell_id=new_id(), what=what, number=number
                    )
                )
        await self.place(backwards=backwards)

    async def place(self, *, backwards: bool = False) -> None:
        async with self.desk.work(SYSTEM) as work:
            rows = await work.db.all(journal.NEW, limit=1000)
            top = await work.db.one(journal.TOP) or 0
            placed = enumerate(reversed(rows) if backwards else rows, top + 1)
            values = [{"row": row.seq, "place": place, "finished": work.now} for place, row in placed]
            await work.db.many(journal.PLACE, values)

    async def deliveries(self) -> list[Delivery]:
        """Of all endpoints, in the order of what was told."""
        async with self.desk.read(SYSTEM) as read:
            return await read.db.all(TOLD)

    async def told(self, row: Endpoint) -> list[int]:
        return [int(each.body) for each in await self.deliveries() if each.endpoint_id == row.id]


@pytest.fixture
def hands() -> Hands:
    """Near the ids, which are made by the real clock."""
    return Hands(utc_now())


@pytest.fixture
async def house(desk: Desk, hands: Hands) -> House:
    ann = actor_of(await a_person(desk, "ann@example.org", "admin"))
    return House(desk, hands, ann)
