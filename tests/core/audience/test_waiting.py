"""The waiting room: nobody is admitted but by the staff, and a decision holds until the end."""

import pytest

from livehall.core.audience import jobs, ops, store, waiting
from livehall.core.audience.faults import AttendanceNotFound
from livehall.core.audience.model import Attendance
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState, NotAdmitted
from livehall.core.sessions.model import Session
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from tests.core.audience.conftest import Stage
from tests.support.on_air import end, on_air
from tests.support.people import Hands


def address(session: Session) -> str:
    return f"https://hall.test/w/{session.room_id}"


@pytest.fixture
async def session(desk: Desk, host: Actor) -> Session:
    """Behind a waiting room."""
    return await on_air(desk, host, waiting_room=True)


class Door:
    def __init__(self, stage: Stage, host: Actor) -> None:
        self.stage, self.desk, self.id, self.host = stage, stage.desk, stage.session.id, host

    async def who(self) -> list[str]:
        async with self.desk.read(self.host) as read:
            return [row.display_name for row in (await waiting.page(read, self.id, offset=0, limit=50)).rows]

    async def admit(self, attendance_id: str, by: Actor | None = None) -> Attendance:
        async with self.desk.work(by or self.host) as work:
            return await waiting.admit(work, self.id, attendance_id, address)

    async def admit_all(self) -> int:
        async with self.desk.work(self.host) as work:
            return len(await waiting.admit_all(work, self.id, address))

    async def deny(self, attendance_id: str, reason: str | None = None) -> Attendance:
        async with self.desk.work(self.host) as work:
            return await waiting.deny(work, self.id, attendance_id, reason)

    async def knock(self, actor: Actor) -> str:
        joined = await self.stage.join(actor)
        assert joined.admission == "waiting"
        assert joined.media is None
        assert joined.attendance is not None
        return joined.attendance.id

    async def told(self) -> list[str]:
        async with self.desk.read(SYSTEM) as read:
            rows = await read.db.all(journal.NEW, limit=200)
        return [row.type for row in rows if row.type.startswith("waiting.")]


@pytest.fixture
def door(stage: Stage, host: Actor) -> Door:
    return Door(stage, host)


async def test_who_knocks_waits_until_they_are_admitted(door: Door, stage: Stage, ben: Actor) -> None:
    knocked = await door.knock(ben)
    assert await door.knock(ben) == knocked
    assert await door.who() == ["ben"]
    await door.admit(knocked)
    await door.admit(knocked)

    joined = await stage.join(ben)
    assert joined.admission == "admitted"
    assert joined.media is not None
    assert joined.attendance is not None
    assert joined.attendance.id == knocked
    assert await door.who() == []
    assert await door.told() == ["waiting.entered", "waiting.admitted"]


async def test_the_staff_does_not_wait(door: Door, stage: Stage, host: Actor) -> None:
    assert (await stage.join(host)).admission == "admitted"


async def test_an_admission_holds_until_the_end_though_nobody_came_for_long(
    door: Door, stage: Stage, desk: Desk, ben: Actor, clock: Hands
) -> None:
    await door.admit(await door.knock(ben))
    clock.forward(minutes=30)
    await jobs.sweep(desk)
    async with desk.work(ben) as work:
        await ops.leave(work, stage.session.id)
    assert (await stage.join(ben)).admission == "admitted"


async def test_who_left_and_comes_back_does_not_wait_again(door: Door, stage: Stage, ben: Actor) -> None:
    await door.admit(await door.knock(ben))
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    await stage.leave(ben)
    assert (await stage.join(ben)).admission == "admitted"


async def test_who_is_denied_stays_out_until_they_are_admitted_after_all(
    door: Door, stage: Stage, ben: Actor
) -> None:
    knocked = await door.knock(ben)
    assert (await door.deny(knocked, "Members only.")).state == "denied"
    await door.deny(knocked)
    assert await door.who() == []
    with pytest.raises(NotAdmitted):
        await stage.join(ben)
    await door.admit(knocked)
    assert (await stage.join(ben)).admission == "admitted"
    with pytest.raises(InvalidState):
        await door.deny(knocked)
    assert await door.told() == ["waiting.entered", "waiting.denied", "waiting.admitted"]


async def test_everybody_who_waits_is_let_in_at_once(
    door: Door, stage: Stage, ben: Actor, eve: Actor
) -> None:
    await door.knock(ben)
    await door.knock(eve)
    assert await door.who() == ["ben", "eve"]
    assert await door.admit_all() == 2
    assert await door.admit_all() == 0
    for actor in (ben, eve):
        assert (await stage.join(actor)).admission == "admitted"


async def test_who_waits_and_goes_leaves_the_queue(
    door: Door, stage: Stage, desk: Desk, ben: Actor, eve: Actor, clock: Hands
) -> None:
    await door.knock(ben)
    await stage.leave(ben)
    assert await door.who() == []
    knocked = await door.knock(eve)
    clock.forward(seconds=60)
    async with desk.work(SYSTEM) as work:
        await ops.seen(work, knocked)
    clock.forward(seconds=60)
    await jobs.sweep(desk)
    assert await door.who() == ["eve"]
    clock.forward(seconds=31)
    await jobs.sweep(desk)
    assert await door.who() == []
    assert await door.told() == ["waiting.entered", "waiting.left"] * 2


async def test_a_waiting_room_that_is_switched_off_lets_those_in_who_wait(
    door: Door, stage: Stage, desk: Desk, ben: Actor
) -> None:
    knocked = await door.knock(ben)
    async with desk.work(SYSTEM) as work:
        await sessions.note(work, stage.session.id, {"waiting_override": False})
    joined = await stage.join(ben)
    assert joined.attendance is not None
    assert (joined.admission, joined.attendance.id) == ("admitted", knocked)
    assert await door.who() == []
    assert await door.told() == ["waiting.entered", "waiting.left"]


async def test_i17_nobody_waits_before_a_session_that_is_over(
    door: Door, stage: Stage, desk: Desk, ben: Actor
) -> None:
    knocked = await door.knock(ben)
    await end(desk, stage.session)
    async with desk.read(SYSTEM) as read:
        assert await store.get(read, knocked) is None


async def test_only_the_staff_decides_and_only_about_those_before_this_door(
    door: Door, ben: Actor, eve: Actor
) -> None:
    knocked = await door.knock(ben)
    with pytest.raises(Forbidden):
        await door.admit(knocked, by=eve)
    with pytest.raises(AttendanceNotFound):
        await door.admit(new_id())
