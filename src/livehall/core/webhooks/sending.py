"""Deliveries: signed, sent, marked, tried again.

Invariants
  - At least once: an attempt is counted and leased before it begins. Whoever dies in it leaves the lease to
    run out, and the same bytes go again under the same id.
  - An answer counts for the attempt it belongs to. What was asked for anew, or given up, while a call was on
    its way stays so.
  - To one endpoint one call at a time; first attempts go in the order of what happened. What failed comes
    again later, and what came after it is not held back.
  - An endpoint that fails gets one call a round, and takes nobody else's turn but one of its own. One that
    answers slowly has its place for a short turn, and all of an organization's have a quarter of the places.
  - A replay goes through what was settled in parts, one a round, and what is given up goes in parts, before
    anything is sent: neither keeps anybody from the database.
  - Rows are locked in one order, the endpoint before its deliveries, as administrators' works do; and in
    transactions of our own, never in a lane that others share.
"""

import asyncio
import random
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

import structlog

from livehall.core.ports.sealing import Sealing
from livehall.core.ports.webhooks import Answered, Carrier
from livehall.core.webhooks import deliveries_store, ops, rules, store
from livehall.core.webhooks.events import WebhookSwitchedOff
from livehall.core.webhooks.model import Delivery, Endpoint, OffReason
from livehall.core.webhooks.ops import Terms
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

EVERY_S = 1.0
ENDPOINTS = 500  # looked at in a round
AT_ONCE = 32  # calls
OF_ONE_ORGANIZATION = max(1, AT_ONCE // 4)  # of these
IN_A_ROW = 50  # deliveries to one endpoint, before others have its place
TURN_S = 2.0  # the same in time; a call that was begun goes on
NOTED = timedelta(minutes=1)  # how exactly the last success is kept


class Sending:
    def __init__(self, desk: Desk, carrier: Carrier, sealing: Sealing, terms: Terms) -> None:
        self._desk, self._carrier, self._sealing, self._terms = desk, carrier, sealing, terms
        self._running: dict[Id, asyncio.Task[None]] = {}
        self._lanes = asyncio.Semaphore(AT_ONCE)
        self._own_lanes: WeakValueDictionary[Id, asyncio.Semaphore] = WeakValueDictionary()
        self._after = store.FIRST  # the last endpoint that was looked at

    async def start_due(self) -> None:
        """Begin what is due; it goes on beside the rounds. Raises: DatabaseUnavailable."""
        async with self._desk.read(SYSTEM) as read:
            due = await deliveries_store.due(read, self._after, ENDPOINTS)
            marked = {
                *await store.giving_up(read, self._after, ENDPOINTS),
                *await store.replaying(read, self._after, ENDPOINTS),
            }
        wanted = sorted({*due, *marked})[:ENDPOINTS]
        self._after = wanted[-1][0] if len(wanted) == ENDPOINTS else store.FIRST
        for endpoint_id, organization_id in wanted:
            if endpoint_id not in self._running:
                is_marked = (endpoint_id, organization_id) in marked
                serving = self._serve(endpoint_id, organization_id, is_marked=is_marked)
                task = asyncio.get_running_loop().create_task(serving, name="webhooks")
                self._running[endpoint_id] = task
                task.add_done_callback(partial(self._over, endpoint_id))

    async def settled(self) -> None:
        """When nothing is on its way any more; for tests and a clean end."""
        while self._running:
            await asyncio.wait(tuple(self._running.values()))

    async def stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _over(self, endpoint_id: Id, _: "asyncio.Task[None]") -> None:
        self._running.pop(endpoint_id, None)

    def _lanes_of(self, organization_id: Id) -> asyncio.Semaphore:
        """Kept as long as somebody waits for one, or has it."""
        found = self._own_lanes.get(organization_id)
        if found is None:
            found = self._own_lanes[organization_id] = asyncio.Semaphore(OF_ONE_ORGANIZATION)
        return found

    async def _serve(self, endpoint_id: Id, organization_id: Id, *, is_marked: bool) -> None:
        loop = asyncio.get_running_loop()
        own = self._lanes_of(organization_id)
        try:
            async with own, self._lanes:
                until = loop.time() + TURN_S
                if is_marked and not await self._prepare(endpoint_id, until):
                    return
                async with self._desk.read(SYSTEM) as read:
                    due = await deliveries_store.next_of(read, endpoint_id, IN_A_ROW)
                for row in due:
                    if not await self._deliver(row) or loop.time() >= until:
                        return
        except DatabaseUnavailable:
            log.warning("webhooks wait for the database")
        except Exception:  # the edge of the task: the next round tries again
            log.exception("a webhook could not be sent", endpoint_id=endpoint_id)

    async def _prepare(self, endpoint_id: Id, until: float) -> bool:
        """Give up all that is to be given up, then go on with a replay; whether the rest may be sent."""
        while asyncio.get_running_loop().time() < until:
            async with self._desk.work(SYSTEM, origin="job") as work:
                endpoint = await store.hold_anyhow(work, endpoint_id)
                if endpoint is None:
                    return False
                if endpoint.give_up_until is None:
                    await deliveries_store.replay_on(work, endpoint, ops.IN_PART)
                    return True
                if await deliveries_store.abandon(work, endpoint_id, endpoint.give_up_until, ops.IN_PART):
                    await store.gave_up(work, endpoint_id)
        return False

    async def _deliver(self, row: Delivery) -> bool:
        """Whether the next may go at once."""
        async with self._desk.work(SYSTEM, origin="job") as work:
            endpoint = await store.sending(work, row.endpoint_id)
            if endpoint is not None and row.id <= (endpoint.give_up_until or store.FIRST):
                return False
            claimed = await deliveries_store.claim(work, row.id, work.now + rules.LEASE)
            if claimed is not None and endpoint is None:  # switched off meanwhile
                await deliveries_store.abandon(work, row.endpoint_id, row.id, ops.IN_PART)
            now = work.now
        if claimed is None or endpoint is None:
            return endpoint is not None
        body = claimed.body.encode()
        valid = ops.valid_secrets(self._sealing, endpoint, now)
        answered = await self._carrier.post(
            endpoint.url, rules.headers(valid, claimed.message_id, now, body), body
        )
        async with self._desk.work(SYSTEM, origin="job") as work:
            await self._settle(work, claimed, answered)
        return answered.is_good

    async def _settle(self, work: Work, row: Delivery, answered: Answered) -> None:
        pause = None if row.is_test else rules.pause_after(row.attempts, random.random())  # noqa: S311  # jitter
        is_over = answered.is_good or pause is None
        endpoint = None
        if answered.is_good:
            await store.note_well(work, row.endpoint_id, work.now - NOTED)
        else:
            endpoint = await store.sending(work, row.endpoint_id)
        is_settled = await deliveries_store.settle(
            work,
            row,
            state="succeeded" if answered.is_good else "abandoned" if is_over else "failed",
            try_at=None if is_over or pause is None else work.now + pause,
            response_status=answered.status,
            response_excerpt=answered.excerpt,
            error=answered.error,
            duration_ms=answered.duration_ms,
        )
        if not is_settled or endpoint is None:
            return
        if answered.status == rules.GONE:
            await _switch_off(work, endpoint, "gone")
        elif rules.is_over(endpoint, work.now, self._terms.patience):
            await _switch_off(work, endpoint, "failing")
        elif not row.is_test:
            await store.note_failing(work, endpoint.id)


async def _switch_off(work: Work, endpoint: Endpoint, reason: OffReason) -> None:
    """Emits: WebhookSwitchedOff."""
    columns = {"is_enabled": False, "off_reason": reason, **await ops.give_up(work, endpoint)}
    await store.change(work, endpoint, columns)
    work.emit(
        WebhookSwitchedOff(
            organization_id=endpoint.organization_id,
            webhook_id=endpoint.id,
            url=rules.origin_of(endpoint.url),
            reason=reason,
        )
    )
