"""Connections that are asked at about the same time whether they may go on are answered together."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, update

from livehall.core.audience import store
from livehall.core.audience.model import Attendance, attendance
from livehall.core.audience.renewals import Connection, Renewals
from livehall.core.moderation import ops as moderation
from livehall.core.moderation.ops import BanParticipant
from livehall.core.people import ops as people
from livehall.core.people import store as people_store
from livehall.core.people.model import account, membership
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.db import Command, Database, Instant, Key
from livehall.kernel.db import Connection as Connected
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Desk
from tests.core.audience.conftest import Stage
from tests.support.people import Hands, a_person, actor_of

DISMISS = Command(
    update(membership).where(membership.c.account_id == bindparam("who", type_=Key)).values(is_active=False)
)
ERASE = Command(
    update(account)
    .where(account.c.id == bindparam("who", type_=Key))
    .values(deleted_at=bindparam("at", type_=Instant))
)
TURN_AWAY = Command(
    update(attendance).where(attendance.c.id == bindparam("which", type_=Key)).values(turned_away=True)
)


class Counted:
    """Counts the units."""

    def __init__(self, database: Database) -> None:
        self._database, self.writes, self.reads = database, 0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(self, **how: Any) -> AbstractAsyncContextManager[Connected]:
        self.writes += 1
        return self._database.write(**how)

    def read(self) -> AbstractAsyncContextManager[Connected]:
        self.reads += 1
        return self._database.read()


def of(actor: Actor, row: Attendance | None = None, family_id: Id | None = None) -> Connection:
    assert actor.id is not None
    assert actor.organization_id is not None
    return Connection(
        account_id=actor.id,
        organization_id=actor.organization_id,
        family_id=family_id,
        attendance_id=row.id if row else None,
    )


async def seated(stage: Stage, actor: Actor, sid: str) -> Attendance:
    joined = await stage.join(actor)
    await stage.joined(joined.identity, sid)
    assert joined.attendance is not None
    return joined.attendance


async def row_of(stage: Stage, row: Attendance) -> Attendance:
    async with stage.desk.read(SYSTEM) as read:
        found = await store.get(read, row.id)
    assert found is not None
    return found


async def banned(stage: Stage, host: Actor, whom: Actor) -> None:
    cmd = BanParticipant(session_id=stage.session.id, account_id=whom.id or "")
    async with stage.desk.work(host) as work:
        await moderation.ban(work, cmd)


async def test_those_of_one_moment_cost_one_read_and_one_write_and_wake_nobody_who_has_left(
    database: Database, clock: Hands, stage: Stage, ben: Actor, eve: Actor
) -> None:
    bens, eves = [await seated(stage, actor, f"PA_{actor.id}") for actor in (ben, eve)]
    clock.now += timedelta(seconds=10)
    await stage.leave(eve)
    clock.now += timedelta(seconds=10)

    counted = Counted(database)
    renewals = Renewals(Desk(counted, clock=clock))  # type: ignore[arg-type]  # it passes on what it does not know
    asked = [of(ben, bens), of(ben, bens), of(ben)]
    assert await asyncio.gather(*map(renewals.may_go_on, asked)) == [True, True, True]

    assert (counted.reads, counted.writes) == (1, 1)
    assert (await row_of(stage, bens)).last_seen_at == clock.now
    assert await renewals.may_go_on(of(eve, eves))
    left = await row_of(stage, eves)
    assert left.last_seen_at is not None
    assert (left.state, left.last_seen_at < clock.now) == ("left", True)
    await renewals.stop()


async def test_who_is_banned_by_account_or_device_may_not_go_on_and_the_others_may(
    desk: Desk, stage: Stage, host: Actor, ben: Actor, eve: Actor
) -> None:
    ben, eve = (msgspec.structs.replace(actor, visitor_key="their device") for actor in (ben, eve))
    bens, eves, hosts = [await seated(stage, actor, f"PA_{actor.id}") for actor in (ben, eve, host)]
    await banned(stage, host, ben)

    renewals = Renewals(desk)
    asked = [of(ben, bens), of(eve, eves), of(host, hosts), of(ben)]
    assert await asyncio.gather(*map(renewals.may_go_on, asked)) == [False, False, True, True]


async def test_a_sign_in_that_was_ended_and_who_was_dismissed_or_erased_may_not_go_on(
    desk: Desk, stage: Stage, ben: Actor, eve: Actor, host: Actor
) -> None:
    mia = actor_of(await a_person(desk, "mia@example.org", "viewer"))
    async with desk.work(SYSTEM) as work:
        await work.db.run(ERASE, who=mia.id, at=work.now)
        person = await people_store.person(work, ben.id or "", ben.organization_id or "")
        assert person is not None
        family, other = new_id(), new_id()
        await people.sign_in(work, person, family_id=family)
        await people.sign_in(work, person, family_id=other)
    async with desk.work(ben) as work:
        await people.sign_out(work, family_id=family, refresh_token=None, everywhere=False)
    async with desk.work(SYSTEM) as work:
        await work.db.run(DISMISS, who=eve.id)

    renewals = Renewals(desk)
    elsewhere = msgspec.structs.replace(of(host), organization_id=new_id())
    asked = [of(ben, family_id=family), of(eve), of(mia), elsewhere, of(ben, family_id=other), of(host)]
    assert await asyncio.gather(*map(renewals.may_go_on, asked)) == [False] * 4 + [True] * 2


async def test_a_seat_that_is_gone_or_was_taken_away_is_no_reason_to_go_on(
    desk: Desk, stage: Stage, ben: Actor, eve: Actor
) -> None:
    bens, eves = [await seated(stage, actor, f"PA_{actor.id}") for actor in (ben, eve)]
    async with desk.work(SYSTEM) as work:
        await work.db.run(store.DELETE, row=bens.id)
        await work.db.run(TURN_AWAY, which=eves.id)

    renewals = Renewals(desk)
    assert await asyncio.gather(*map(renewals.may_go_on, (of(ben, bens), of(eve, eves)))) == [False, False]


async def test_who_watches_elsewhere_is_present_from_the_first_renewal_on(
    desk: Desk, stage: Stage, ben: Actor
) -> None:
    joined = await stage.join(ben, prefer="hls")
    assert joined.attendance is not None
    assert joined.attendance.state == "expected"

    assert await Renewals(desk).may_go_on(of(ben, joined.attendance))

    assert (await row_of(stage, joined.attendance)).state == "present"
