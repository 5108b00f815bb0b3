"""Reports in every order, each of them twice: the same rows in the end (realtime.md §4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

from livehall.core.audience import store
from livehall.core.ports.media import MediaRooms
from livehall.core.sessions import programme
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import MEDIA, SYSTEM, Actor
from livehall.kernel.work import Desk
from tests.core.audience.conftest import Stage
from tests.support.on_air import on_air
from tests.support.people import Hands

# What happened: ten seconds there, gone for a minute, there again for twenty.
STORY = (("joined", "PA_1", 0), ("left", "PA_1", 10), ("joined", "PA_2", 70), ("left", "PA_2", 90))


async def intervals(stage: Stage, began: datetime) -> Sequence[tuple[float, float]]:
    async with stage.desk.read(SYSTEM) as read:
        rows = [await store.by_connection(read, f"{sid}_{stage.session.id}") for sid in ("PA_1", "PA_2")]
    return [
        ((row.joined_at - began).total_seconds(), (row.left_at - began).total_seconds())
        for row in rows
        if row is not None and row.joined_at is not None and row.left_at is not None
    ]


async def test_late_doubled_and_reordered_reports_end_in_the_same_rows(
    desk: Desk, media: MediaRooms, host: Actor, ben: Actor, clock: Hands
) -> None:
    for order in permutations(STORY):
        stage = Stage(desk, media, await on_air(desk, host), clock)
        began = clock.now
        joined = await stage.join(ben)
        clock.forward(minutes=5)  # all of them come late
        for report, sid, second in (*order, *order):
            tell = stage.joined if report == "joined" else stage.left
            await tell(joined.identity, f"{sid}_{stage.session.id}", at=began + timedelta(seconds=second))
        assert await intervals(stage, began) == [(0, 10), (70, 90)], order


async def test_the_end_of_a_track_that_is_told_before_its_beginning_is_put_right(
    desk: Desk, host: Actor, clock: Hands
) -> None:
    session = await on_air(desk, host)
    late = programme.ReportedTrack(
        sid="TR_screen", participant_sid="PA_1", identity=f"u.{host.id}", source="screen_share"
    )
    async with desk.work(MEDIA) as work:
        await programme.track_unpublished(work, session.id, "TR_screen", clock.now)
        await programme.track_published(work, session.id, late, clock.now)
        assert (await sessions.get(work, session.id)).host_media["screen"] is True
    async with desk.work(MEDIA) as work:  # the media server's own list, a few seconds later
        camera = {"TR_camera": [f"PA_{session.id}", f"u.{host.id}", "camera"]}
        await programme.seen(work, session.id, camera, clock.now)
        found = await sessions.get(work, session.id)
    assert (found.host_media["screen"], found.stream_state) == (False, "active")
