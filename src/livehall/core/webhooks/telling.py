"""From the journal to deliveries: who is to be told what.

Invariants
  - An endpoint knows how far in the journal it was told. Its deliveries are written in the transaction that
    moves this on, so a crash neither loses an event nor writes one twice: the second time, the unique pair of
    endpoint and message keeps it out.
  - Positions are given in the order of publication, by the one process that leads, which also has this round,
    or on SQLite as rows are written, one unit after another: nothing appears behind a position that was read.
  - The body is written once. Whoever tries again sends the same bytes under the same id.

Rounds read on behalf of all endpoints that stand at the same place, which is all of them as a rule. A place
where nothing was to be told is written down only now and then: what is read again costs a look, no more. An
endpoint that was changed, or asked for earlier events, is read for again from the place that is written.

Who is behind, as after a replay, holds nobody up: each of its batches waits for one of those furthest on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog

from livehall.core.ports.webhooks import Message
from livehall.core.rooms import store as rooms
from livehall.core.webhooks import deliveries_store, rules, store
from livehall.core.webhooks.formats import Formats
from livehall.core.webhooks.model import Delivery, Endpoint, Format
from livehall.core.webhooks.ops import new_delivery
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

BATCH = 200  # rows of the journal
WRITTEN_DOWN = timedelta(seconds=30)  # how old a written place may be in which nothing was told
FORGOTTEN_AT_ONCE = 1000

Written = tuple[int, datetime, int]
"""What is written of an endpoint: position, since, revision. A replay may leave the position as it is."""


class Telling:
    def __init__(self, desk: Desk, formats: Formats) -> None:
        self._desk, self._formats = desk, formats
        self._read: dict[Id, tuple[Written, int]] = {}  # by endpoint: what is written, and the real place
        self._written_at = desk.clock()

    async def gather(self) -> None:
        """All that is in the journal now. Raises: DatabaseUnavailable."""
        while await self._go_on(max) and await self._go_on(min):
            pass

    async def forget(self) -> None:
        """Drop deliveries of long ago, then endpoints that were removed then. Raises: DatabaseUnavailable."""
        for forget in (deliveries_store.forget, store.forget):
            gone = FORGOTTEN_AT_ONCE
            while gone == FORGOTTEN_AT_ONCE:
                async with self._desk.work(SYSTEM, origin="job") as work:
                    gone = await forget(work, work.now - rules.KEPT, FORGOTTEN_AT_ONCE)

    async def _go_on(self, whose: Callable[[Iterable[int]], int]) -> bool:
        """One batch for those at one place, the furthest on or behind; whether there is more for anybody."""
        async with self._desk.read(SYSTEM) as read:
            listening = await store.listening(read)
            if not listening:
                self._read.clear()
                return False
            top = await store.top(read)
            self._read = {row.id: self._place(row) for row in listening}
            place = whose(reached for _, reached in self._read.values())
            there = [row for row in listening if self._read[row.id][1] == place]
            if place >= top:
                found: list[Entry] = []
            else:
                organizations = sorted({row.organization_id for row in there})
                found = await store.told(read, place, top, organizations, self._formats.sources, BATCH)
            rows = await self._compose(read, there, found)
            now = read.now
        reached = top if len(found) < BATCH else found[-1].position or top
        await self._write(there, rows, max(reached, place), is_old=now - self._written_at > WRITTEN_DOWN)
        return any(real < top for _, real in self._read.values())

    def _place(self, row: Endpoint) -> tuple[Written, int]:
        """Where it stands; who has changed it, or asked for earlier events, has changed what is written."""
        written, known = (row.position, row.since, row.revision), self._read.get(row.id)
        return known if known is not None and known[0] == written else (written, row.position)

    async def _compose(self, read: Work, there: list[Endpoint], found: list[Entry]) -> list[Delivery]:
        places = await rooms.by_ids(read, {each.room_id for each in found if each.room_id})
        by_organization: dict[Id, list[Endpoint]] = defaultdict(list)
        for row in there:
            by_organization[row.organization_id].append(row)
        rows: list[Delivery] = []
        for entry in found:
            written: dict[Format, Sequence[Message]] = {}
            room = places.get(entry.room_id or "")
            for row in by_organization[entry.organization_id or ""]:
                if row.format not in written:
                    written[row.format] = await self._written(read, row.format, entry)
                for message in written[row.format]:
                    if rules.hears(row, message.type, room.library_id if room else None, entry.occurred_at):
                        name = rules.message_id(message.key)
                        rows.append(new_delivery(row, name, message.type, message.body, read.now))
        return rows

    async def _written(self, read: Work, format: Format, entry: Entry) -> Sequence[Message]:
        """One row that cannot be written must not keep back all that come after it."""
        writer = self._formats[format]
        if entry.type not in writer.sources:
            return ()
        try:
            found = await writer.write(read, entry)
        except DatabaseUnavailable:
            raise
        except Exception:  # a mistake in one mapping
            log.exception("an event could not be written", event_type=entry.type, journal_id=entry.id)
            return ()
        good = [each for each in found if len(each.body) <= rules.LONGEST_BODY]
        if len(good) < len(found):
            log.error(
                "an event is over the limit and is not sent", event_type=entry.type, journal_id=entry.id
            )
        return good

    async def _write(
        self, there: list[Endpoint], rows: list[Delivery], reached: int, *, is_old: bool
    ) -> None:
        moved = [row for row in there if row.position != reached]
        if rows or (is_old and moved):
            async with self._desk.work(SYSTEM, origin="job") as work:
                if rows:
                    await deliveries_store.add(work, rows)
                await store.read_on(work, [(row, reached) for row in moved])
                self._written_at = work.now
            for row in there:
                self._read[row.id] = ((reached, row.since, row.revision), reached)
        else:
            for row in there:
                self._read[row.id] = ((row.position, row.since, row.revision), reached)
