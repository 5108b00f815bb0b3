"""Who is shown first: somebody on stage, and only as long as they are."""

import asyncio

import pytest

from livehall.core.audience import ops as audience
from livehall.core.moderation import ops as moderation
from livehall.core.recordings import arranging
from livehall.core.recordings.arranging import Arrange
from livehall.core.sessions import editing, programme
from livehall.core.stage import ops
from livehall.core.stage.reactions import reactions
from livehall.kernel import journal
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from tests.core.stage.conftest import Stage
from tests.support.on_air import end


async def pin(stage: Stage, account_id, by=None, **more):
    async with stage.desk.work(by or stage.host) as work:
        return await arranging.arrange(work, stage.session.id, Arrange(pinned_id=account_id, **more))


async def pinned(stage: Stage):
    return (await stage.refreshed()).pinned_id


async def told(stage: Stage):
    """Revision and who is pinned, of each arrangement that was told."""
    async with stage.desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.NEW, limit=500)
    return [(row.data["revision"], row.data["pinned_id"]) for row in rows if row.type == "stage.layout"]


async def seated(stage: Stage, name="ben"):
    actor = await stage.person(name)
    await stage.seats(actor)
    return actor


async def test_who_is_on_stage_is_pinned_until_somebody_else_or_nobody_is(stage):
    ben, eve = await seated(stage), await seated(stage, "eve")
    first = await pin(stage, ben.id)
    assert (first.pinned_id, first.layout) == (ben.id, "single")
    assert (await pin(stage, ben.id)).revision == first.revision  # no change, and so no event
    await pin(stage, eve.id, layout="grid")
    last = await pin(stage, None)
    assert (last.pinned_id, last.layout) == (None, "grid")
    revisions = [first.revision, first.revision + 1, first.revision + 2]
    assert await told(stage) == list(zip(revisions, (ben.id, eve.id, None), strict=True))


async def test_the_host_has_no_seat_and_is_pinned_by_what_they_show(stage):
    await pin(stage, stage.host.id)
    assert await pinned(stage) == stage.host.id


async def test_who_has_no_seat_is_pinned_as_long_as_they_show_something(stage):
    async def shown(**tracks) -> None:
        async with stage.desk.work(MEDIA) as work:
            await programme.seen(work, stage.session.id, tracks, work.now)

    ben = await seated(stage)
    camera = ["PA_host", f"u.{stage.host.id}", "camera"]
    await shown(TR_camera=camera)
    for person, remains in ((ben, ben.id), (stage.host, None)):
        await pin(stage, person.id)
        await shown()
        assert await pinned(stage) == remains
        await shown(TR_camera=camera)
        assert await pinned(stage) == remains


async def test_who_is_not_on_stage_is_not_pinned(stage):
    ben, eve = await seated(stage), await stage.person("eve")
    await pin(stage, ben.id)
    with pytest.raises(Invalid) as refusal:
        await pin(stage, eve.id, layout="grid")
    assert [each.field for each in refusal.value.details] == ["pinned"]
    session = await stage.refreshed()
    assert (session.pinned_id, session.layout) == (ben.id, "single")


async def test_those_on_stage_do_not_pin(stage):
    ben = await seated(stage)
    with pytest.raises(Forbidden):
        await pin(stage, ben.id, by=ben)
    assert await pinned(stage) is None


async def leaves(stage, ben):
    async with stage.desk.work(ben) as work:
        await ops.leave(work, stage.session.id)


async def is_removed(stage, ben):
    await stage.remove(ben)


async def is_banned(stage, ben):
    async with stage.desk.work(stage.host) as work:
        await moderation.ban(work, moderation.BanParticipant(session_id=stage.session.id, account_id=ben.id))


async def is_at_the_end(stage, _):
    await end(stage.desk, stage.session)


@pytest.mark.parametrize("goes", [leaves, is_removed, is_banned, is_at_the_end])
async def test_who_leaves_the_stage_is_pinned_no_more(stage, goes):
    ben, eve = await seated(stage), await seated(stage, "eve")
    if goes is not is_at_the_end:
        await pin(stage, eve.id)
        await goes(stage, await seated(stage, "max"))
        assert await pinned(stage) == eve.id  # somebody else went
    await pin(stage, ben.id)
    await goes(stage, ben)
    assert await pinned(stage) is None
    revisions = [revision for revision, _ in await told(stage)]
    assert (await told(stage))[-1][1] is None
    assert revisions == sorted(set(revisions))


async def test_a_stage_that_is_switched_off_has_nobody_pinned(stage):
    ben = await seated(stage)
    await pin(stage, ben.id)
    await stage.settings(stage_enabled=False)
    await react(stage, "session.settings", first=1)  # the second asks the media server
    assert await pinned(stage) is None


async def test_a_host_who_leaves_the_session_is_pinned_no_more(stage):
    await stage.join(stage.host)
    await pin(stage, stage.host.id)
    async with stage.desk.work(stage.host) as work:
        await audience.leave(work, stage.session.id)
    await react(stage, "visitor.left")
    assert (await pinned(stage), len(await told(stage))) == (None, 2)


async def react(stage, kind, first=None):
    async with stage.desk.read(SYSTEM) as read:
        entry = [row for row in await read.db.all(journal.NEW, limit=500) if row.type == kind][-1]
    for reaction in reactions(stage.desk, stage.media)[kind][:first]:
        await reaction(entry)


async def test_of_two_pins_for_one_revision_one_holds(stage):
    people = [await seated(stage), await seated(stage, "eve")]
    revision = (await stage.refreshed()).revision
    results = await asyncio.gather(
        *(pin(stage, each.id, expected_revision=revision) for each in people), return_exceptions=True
    )
    assert sorted(isinstance(each, Conflict) for each in results) == [False, True]
    (winner,) = [each.pinned_id for each in results if not isinstance(each, BaseException)]
    assert await pinned(stage) == winner
    assert await told(stage) == [(revision + 1, winner)]


@pytest.mark.parametrize("first", ["pin", "leave"])
async def test_who_leaves_while_they_are_pinned_is_not_pinned_afterwards(stage, first):
    ben = await seated(stage)
    both = [pin(stage, ben.id), leaves(stage, ben)]
    await asyncio.gather(*(both if first == "pin" else reversed(both)), return_exceptions=True)
    assert await pinned(stage) is None
    assert await stage.on_it() == []


async def test_a_copy_of_a_session_has_nobody_pinned(stage):
    ben = await seated(stage)
    await pin(stage, ben.id, layout="speaker")
    async with stage.desk.work(stage.host) as work:
        copy = (await editing.duplicate(work, stage.session.id, editing.Duplicate())).session
    assert (copy.layout, copy.pinned_id) == ("speaker", None)
