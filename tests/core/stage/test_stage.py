"""The stage's rules: seats, limits, power, and what time and the end do."""

import asyncio

import pytest

from livehall.core.audience import ops as audience
from livehall.core.audience import reports
from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant
from livehall.core.stage import jobs, management, ops, store
from livehall.core.stage.faults import StageFull
from livehall.core.stage.jobs import HandCount, HandCounts
from livehall.core.stage.reactions import reactions
from livehall.kernel import journal
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from tests.core.stage.conftest import Stage
from tests.support.on_air import end, on_air
from tests.support.statements import Noted


async def appointed(stage, actor, role):
    async with stage.desk.work(SYSTEM) as work:
        row = Participant(
            new_id(), stage.session.organization_id, stage.session.room_id, stage.session.id,
            stage.session.id, actor.id, None, role, None, None, work.now, work.now, None,
        )  # fmt: skip
        await participants.add(work, row)


async def entries(stage, kind):
    async with stage.desk.read(SYSTEM) as read:
        return [row for row in await read.db.all(journal.NEW, limit=500) if row.type == kind]


async def react(stage, kind):
    """What follows from the newest event of this type, as the relay would do it."""
    entry = (await entries(stage, kind))[-1]
    for reaction in reactions(stage.desk, stage.media)[kind]:
        await reaction(entry)


async def test_of_two_approvals_at_once_for_one_free_place_one_wins_i15(stage):
    await stage.settings(max_join_limit=1)
    asked = [await stage.raises_hand(await stage.person(name)) for name in ("ben", "eve")]
    results = await asyncio.gather(*(stage.approve("hand", each) for each in asked), return_exceptions=True)
    assert sorted(type(each) for each in results if each) == [StageFull]
    assert len(await stage.on_it()) == 1
    assert len(await entries(stage, "stage.joined")) == 1


async def test_two_approvals_of_one_hand_make_one_seat_i5(stage):
    asked = await stage.raises_hand(await stage.person("ben"))
    await asyncio.gather(*(stage.approve("hand", asked) for _ in range(2)))
    assert len(await stage.on_it()) == 1
    assert len(await entries(stage, "stage.joined")) == 1


async def test_a_hand_raised_twice_at_once_is_one_hand_i5(stage):
    ben = await stage.person("ben")
    first, second = await asyncio.gather(stage.raises_hand(ben), stage.raises_hand(ben))
    assert first.request.id == second.request.id
    assert len(await entries(stage, "hand.raised")) == 1


async def test_lowering_the_limit_removes_nobody_i15(stage):
    for name in ("ben", "eve"):
        await stage.seats(await stage.person(name))
    await stage.settings(max_join_limit=1)
    assert len(await stage.on_it()) == 2
    zoe = await stage.raises_hand(await stage.person("zoe"))
    with pytest.raises(StageFull):
        await stage.approve("hand", zoe)


async def test_a_moderator_acts_on_speakers_and_viewers_only_i16(stage):
    mia, max_ = await stage.person("mia"), await stage.person("max")
    ben = await stage.person("ben")
    for actor in (mia, max_):
        await appointed(stage, actor, "moderator")
    await stage.approve("hand", await stage.raises_hand(ben), by=mia)
    await stage.remove(ben, by=mia)
    asked = await stage.raises_hand(max_)
    for who in (mia, max_):
        with pytest.raises(Forbidden):
            await stage.approve("hand", asked, by=who)
    await stage.approve("hand", asked)
    with pytest.raises(Forbidden):
        await stage.remove(max_, by=mia)
    await stage.remove(max_)


async def test_a_moderator_on_stage_gets_the_microphone_back_by_a_hand(stage):
    mia = await stage.person("mia")
    await appointed(stage, mia, "moderator")
    await stage.seats(mia)
    async with stage.desk.work(stage.host) as work:
        cmd = management.Permit(session_id=stage.session.id, account_id=mia.id, audio=False)
        assert (await management.permit(work, cmd)).place.audio is False
    stage.clock.forward(seconds=11)
    await stage.seats(mia)
    async with stage.desk.read(mia) as read:
        (member,) = (await ops.stage(read, stage.session.id)).members
    assert member.place.audio is True
    assert len(await entries(stage, "stage.joined")) == 1


async def test_at_the_end_nobody_sits_and_nobody_asks_i17(stage):
    await stage.seats(await stage.person("ben"))
    eve = await stage.person("eve")
    await stage.raises_hand(eve)
    await stage.asks(eve)
    await end(stage.desk, stage.session)
    assert await stage.on_it() == []
    assert (await stage.status(eve), await stage.status(eve, "join")) == ("expired", "expired")


async def _vanishes(stage, actor, sid="PA_1"):
    """Comes with a connection and loses it now."""
    joined = await stage.join(actor)
    report = reports.Connection(room=stage.session.id, sid=sid, identity=joined.identity, at=stage.clock.now)
    async with stage.desk.work(MEDIA) as work:
        await reports.joined(work, report)
    async with stage.desk.work(MEDIA) as work:
        await reports.left(work, report)


async def test_who_vanishes_keeps_the_place_for_half_a_minute_and_then_loses_it(stage):
    ben = await stage.person("ben")
    await stage.seats(ben)
    await _vanishes(stage, ben)
    stage.clock.forward(seconds=29)
    await jobs.sweep(stage.desk)
    assert await stage.on_it() == [ben.id]
    stage.clock.forward(seconds=2)
    await jobs.sweep(stage.desk)
    assert await stage.on_it() == []
    (left,) = await entries(stage, "stage.left")
    assert left.data["reason"] == "disconnected"


async def test_a_hand_expires_with_who_vanished_and_a_request_waits(stage):
    ben = await stage.person("ben")
    await stage.raises_hand(ben)
    await stage.asks(ben)
    await _vanishes(stage, ben)
    stage.clock.forward(seconds=31)
    await jobs.sweep(stage.desk)
    assert (await stage.status(ben), await stage.status(ben, "join")) == ("expired", "pending")
    await jobs.sweep(stage.desk)
    assert len(await entries(stage, "hand.lowered")) == 1


async def test_a_sweep_looks_over_the_whole_hall_once_and_that_without_a_lock(stage):
    other = Stage(stage.desk, stage.media, await on_air(stage.desk, stage.host), stage.host, stage.clock)
    for each, name in ((stage, "ben"), (other, "eve")):
        person = await each.person(name)
        await each.seats(person)
        await _vanishes(each, person, f"PA_{name}")
    stage.clock.forward(seconds=31)
    noted = Noted(stage.desk.database)
    await jobs.sweep(Desk(noted, clock=stage.clock))
    for over_all in (store.VANISHED_MEMBERS, store.VANISHED_HANDS):
        assert noted.read_statements.count(over_all) == 1
        assert over_all not in noted.write_statements
    assert await stage.on_it() == await other.on_it() == []


async def test_who_comes_back_in_time_keeps_the_place_c15(stage):
    ben = await stage.person("ben")
    await stage.seats(ben)
    await _vanishes(stage, ben)
    stage.clock.forward(seconds=20)
    await stage.join(ben)
    stage.clock.forward(seconds=20)
    await jobs.sweep(stage.desk)
    assert await stage.on_it() == [ben.id]


async def test_leaving_the_session_leaves_the_stage_and_withdraws_what_was_asked(stage):
    ben, eve = await stage.person("ben"), await stage.person("eve")
    await stage.seats(ben)
    await stage.raises_hand(eve)
    await stage.asks(eve)
    for actor in (ben, eve):
        async with stage.desk.work(actor) as work:
            await audience.leave(work, stage.session.id)
        await react(stage, "visitor.left")
    assert await stage.on_it() == []
    assert (await stage.status(eve), await stage.status(eve, "join")) == ("withdrawn", "withdrawn")


async def test_a_stage_that_is_switched_off_is_cleared(stage):
    ben, eve = await stage.person("ben"), await stage.person("eve")
    await stage.seats(ben)
    await stage.raises_hand(eve)
    await stage.settings(stage_enabled=False)
    entry = (await entries(stage, "session.settings"))[-1]
    await reactions(stage.desk, stage.media)["session.settings"][0](entry)
    assert await stage.on_it() == []
    assert await stage.status(eve) == "expired"


async def test_raised_hands_are_counted_and_told_when_that_changes(stage):
    told: list[HandCount] = []
    counts = HandCounts(stage.desk, told.append)
    await counts.count()
    ben, eve = await stage.person("ben"), await stage.person("eve")
    await stage.raises_hand(ben)
    await stage.raises_hand(eve)
    await counts.count()
    await counts.count()
    await stage.approve("hand", await stage.raises_hand(ben))
    await counts.count()
    assert [(each.pending, each.rises) for each in told] == [(2, True), (1, False)]
    assert told[-1].revision == (await stage.refreshed()).revision


async def test_c17_a_stage_token_opens_nothing_after_the_stage(stage):
    ben = await stage.person("ben")
    await stage.seats(ben)
    report = reports.Connection(room=stage.session.id, sid="PA_1", identity=f"u.{ben.id}", at=stage.clock.now)
    async with stage.desk.work(MEDIA) as work:
        await reports.joined(work, report)
    assert len(await entries(stage, "speaker.connected")) == 1
    await stage.remove(ben)
    again = reports.Connection(room=stage.session.id, sid="PA_2", identity=f"u.{ben.id}", at=stage.clock.now)
    async with stage.desk.work(MEDIA) as work:
        await reports.joined(work, again)
    (refused,) = await entries(stage, "connection.refused")
    assert refused.data["identity"] == f"u.{ben.id}"


async def test_a_token_to_watch_unseen_opens_nothing_to_who_is_not_staff(stage):
    ben, eve = await stage.person("ben"), await stage.person("eve")
    await appointed(stage, eve, "co_host")
    for actor, sid in ((eve, "PA_1"), (stage.host, "PA_2"), (ben, "PA_3")):
        report = reports.Connection(
            room=stage.session.id, sid=sid, identity=f"m.{actor.id}.abcd", at=stage.clock.now
        )
        async with stage.desk.work(MEDIA) as work:
            await reports.joined(work, report)
    (refused,) = await entries(stage, "connection.refused")
    assert refused.data["identity"] == f"m.{ben.id}.abcd"
