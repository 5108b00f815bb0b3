"""Whether connections may go on: asked of many at once, and answered together.

A connection is asked every half minute, and each time the person lives. With 5,000 connections these are 200
a second: one by one they would be a thousand statements a second, and dozens of commits.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from typing import Final

import msgspec

from livehall.core.audience import ops, store
from livehall.core.audience.model import Attendance
from livehall.core.people import store as people
from livehall.core.sessions import bans
from livehall.core.sessions.standings import is_kept_out
from livehall.kernel.actor import SYSTEM
from livehall.kernel.faults import NotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Read

GATHER_S: Final = 0.25  # who asks waits so long for others


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection stands for: a sign-in, and a seat if it has one."""

    account_id: Id
    organization_id: Id
    family_id: Id | None = None
    attendance_id: Id | None = None


class Renewals:
    """One for each process that holds connections."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._next: asyncio.Task[dict[Connection, Attendance | None]] | None = None  # of those gathered now
        self._asked: set[Connection] = set()

    async def may_go_on(self, connection: Connection) -> bool:
        """Whether all that it stands for still holds; then whoever is behind it lives.

        Emits: AttendanceJoined, for one who is seen for the first time. Raises: DatabaseUnavailable.
        """
        self._asked.add(connection)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._answer())
            self._next.add_done_callback(_heed)
        held = await asyncio.shield(self._next)
        if connection not in held:
            return False
        row = held[connection]
        if row is not None and row.state != "present":
            async with self._desk.work(SYSTEM, origin="centrifugo", hot=True) as work:
                await ops.seen(work, row.id)
        return True

    async def stop(self) -> None:
        """Nobody waits for those that are still gathered."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
            self._next = None

    async def _answer(self) -> dict[Connection, Attendance | None]:
        """Those that may go on, with their seats; of those present a sign of life is written."""
        await asyncio.sleep(GATHER_S)
        asked, self._asked, self._next = self._asked, set(), None
        async with self._desk.read(SYSTEM) as read:
            held = await _seated(read, await _signed_in(read, asked))
        present = {row.id for row in held.values() if row is not None and row.state == "present"}
        if present:  # not `hot`: dozens of rows at once, behind which no vote is to wait
            async with self._desk.work(SYSTEM, origin="centrifugo") as work:
                await store.still_present(work, sorted(present))
        return held


async def _signed_in(read: Read, asked: Collection[Connection]) -> list[Connection]:
    """Those whose account is an active member, and whose sign-in was not ended."""
    members: dict[Id, set[Id]] = defaultdict(set)
    for each in asked:
        members[each.organization_id].add(each.account_id)
    active = {
        (account_id, organization_id)
        for organization_id, account_ids in members.items()
        for account_id in await people.active(read, account_ids, organization_id)
    }
    ended = await people.revoked_families(read, {each.family_id for each in asked if each.family_id})
    return [
        each
        for each in asked
        if (each.account_id, each.organization_id) in active and each.family_id not in ended
    ]


async def _seated(read: Read, asked: Collection[Connection]) -> dict[Connection, Attendance | None]:
    """Those who have no seat, or one that is still theirs."""
    rows = await store.by_ids(read, {each.attendance_id for each in asked if each.attendance_id})
    with_bans = await bans.among(read, {row.session_id for row in rows.values()})
    held: dict[Connection, Attendance | None] = {}
    for each in asked:
        if each.attendance_id is None:
            held[each] = None
            continue
        row = rows.get(each.attendance_id)
        if row is None or row.state == "denied" or row.turned_away:
            continue
        if row.session_id in with_bans and await _is_banned(read, row):
            continue
        held[each] = row
    return held


async def _is_banned(read: Read, row: Attendance) -> bool:
    try:
        return await is_kept_out(read, row.session_id, row.account_id, row.device_key)
    except NotFound:  # a session that is gone bans nobody
        return False


def _heed(task: "asyncio.Task[dict[Connection, Attendance | None]]") -> None:
    """Who waited may be gone when it fails."""
    if not task.cancelled():
        task.exception()
