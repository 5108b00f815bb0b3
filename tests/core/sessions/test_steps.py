"""Use cases that owe the caller the media server's word: on our media server, and on none."""

import asyncio
from datetime import timedelta

import pytest

from livehall.core.ports.media import MediaUnavailable
from livehall.core.sessions import machine, ops, programme, reconciler, steps, store
from livehall.core.sessions.faults import IngestUnavailable, InvalidState, RoomBusy
from livehall.core.sessions.ops import CreateSession
from livehall.core.sessions.reactions import reactions
from livehall.core.sessions.steps import Start
from livehall.kernel import journal
from livehall.kernel.actor import MEDIA
from livehall.kernel.clock import utc_now
from livehall.kernel.faults import Forbidden
from livehall.kernel.relay import Relay
from tests.support.media_servers import engine_at, nowhere, publishing
from tests.support.on_air import a_session, in_backstage
from tests.support.people import a_person, actor_of


@pytest.fixture
def hands(hands):
    """The media server knows the real time, so tokens must too."""
    hands.now = utc_now()
    return hands


@pytest.fixture
async def no_media():
    async with engine_at(nowhere()) as engine:
        yield engine.rooms


@pytest.fixture
def rooms(media):
    return media.rooms


async def now(desk, session):
    async with desk.read(MEDIA) as read:
        return await store.get(read, session.id)


async def a_plan(desk, host, **fields):
    session = await a_session(desk, host)
    async with desk.work(host) as work:
        cmd = CreateSession(room_id=session.room_id, title="Other", **fields)
        return (await ops.create(work, cmd)).session


async def kinds(database, session):
    async with database.read() as db:
        return [e.type for e in await db.all(journal.NEW, limit=1000) if e.session_id == session.id]


async def until(condition):
    async with asyncio.timeout(15):
        while not await condition():  # noqa: ASYNC110  # what no event announces
            await asyncio.sleep(0.02)


async def until_heard(rooms, session):
    """Until the media server lists a track."""

    async def has_track():
        return any(each.tracks for each in await rooms.present(session.id) or ())

    await until(has_track)


async def test_a_start_opens_the_media_room_and_lets_the_host_publish(desk, ada, rooms, our_media):
    session = await a_session(desk, ada)
    opened = await steps.start(desk, rooms, ada, Start(session_id=session.id))
    assert opened.shown.session.status == "backstage"
    assert opened.shown.room.active_session_id == session.id
    assert await rooms.present(session.id) == ()
    async with publishing(our_media, opened.token.token) as host:
        await host.publish_audio()


async def test_a_start_without_media_server_is_as_if_it_had_not_been(desk, database, ada, rooms, no_media):
    session = await a_session(desk, ada)
    with pytest.raises(MediaUnavailable):
        await steps.start(desk, no_media, ada, Start(session_id=session.id))
    found = await now(desk, session)
    assert (found.status, found.media_room, found.revision) == ("scheduled", None, session.revision)
    assert await kinds(database, session) == ["session.created"]
    again = await steps.start(desk, rooms, ada, Start(session_id=session.id))
    assert again.shown.session.status == "backstage"


async def test_two_starts_at_once_are_one_transition_and_one_event_c6(desk, database, ada, rooms):
    session = await a_session(desk, ada)
    both = await asyncio.gather(*(steps.start(desk, rooms, ada, Start(session_id=session.id)) for _ in "12"))
    assert [opened.shown.session.status for opened in both] == ["backstage", "backstage"]
    assert (await kinds(database, session)).count("session.started") == 1


async def test_starts_of_two_sessions_of_a_room_at_once_have_one_winner_i1(desk, ada, rooms):
    first = await a_session(desk, ada)
    async with desk.work(ada) as work:
        second = (await ops.create(work, CreateSession(room_id=first.room_id, title="Second"))).session
    results = await asyncio.gather(
        *(steps.start(desk, rooms, ada, Start(session_id=each.id)) for each in (first, second)),
        return_exceptions=True,
    )
    assert sorted(isinstance(result, RoomBusy) for result in results) == [False, True]


async def test_every_transition_while_live_gives_a_fresh_token_c6(desk, database, ada, rooms, hands):
    session = await a_plan(desk, ada, mode="webcam")
    await steps.start(desk, rooms, ada, Start(session_id=session.id))
    async with desk.work(MEDIA) as work:
        await programme.source_active(work, session.id, hands.now)
    tokens = {(await steps.go_live(desk, rooms, ada, session.id)).token.token}
    for again in (
        lambda: steps.start(desk, rooms, ada, Start(session_id=session.id)),
        lambda: steps.start_webcam(desk, rooms, ada, session.id),
        lambda: steps.go_live(desk, rooms, ada, session.id),
    ):
        hands.forward(seconds=1)
        opened = await again()
        assert opened.shown.session.status == "live"
        tokens.add(opened.token.token)
    assert len(tokens) == 4
    assert (await kinds(database, session)).count("session.live") == 1


async def test_going_live_needs_a_source(desk, ada, rooms):
    session = await a_session(desk, ada)
    for _ in range(2):
        with pytest.raises(InvalidState):
            await steps.go_live(desk, rooms, ada, session.id)
        await steps.start(desk, rooms, ada, Start(session_id=session.id))


async def test_going_live_sees_a_source_whose_report_was_lost(desk, ada, rooms, our_media):
    session = await a_session(desk, ada)
    opened = await steps.start(desk, rooms, ada, Start(session_id=session.id))
    async with publishing(our_media, opened.token.token) as host:
        await host.publish_audio()
        await until_heard(rooms, session)
        live = await steps.go_live(desk, rooms, ada, session.id)
    assert (live.shown.session.status, live.shown.session.host_media["audio"]) == ("live", True)


async def test_an_external_session_goes_live_from_the_plan(desk, ada, rooms):
    session = await a_plan(desk, ada, mode="external", external_url="https://example.org/live")
    opened = await steps.go_live(desk, rooms, ada, session.id)
    assert (opened.shown.session.status, opened.shown.room.room.is_live) == ("live", True)


@pytest.mark.parametrize("mode", ["rtmp", "whip"])
async def test_an_encoders_session_can_be_planned_and_says_why_it_does_not_start(desk, ada, rooms, mode):
    session = await a_plan(desk, ada, mode=mode)
    with pytest.raises(IngestUnavailable):
        await steps.start(desk, rooms, ada, Start(session_id=session.id))
    with pytest.raises(InvalidState):
        await steps.start_webcam(desk, rooms, ada, session.id)
    assert (await now(desk, session)).status == "scheduled"


async def test_only_those_who_run_the_session_start_it(desk, ada, bob, rooms):
    session = await a_session(desk, ada)
    with pytest.raises(Forbidden):
        await steps.start(desk, rooms, bob, Start(session_id=session.id))
    with pytest.raises(Forbidden):
        await steps.monitor(desk, rooms, bob, session.id)


async def test_a_monitor_watches_hidden_and_only_what_is_open(desk, ada, rooms):
    session = await a_session(desk, ada)
    with pytest.raises(InvalidState):
        await steps.monitor(desk, rooms, ada, session.id)
    await steps.start(desk, rooms, ada, Start(session_id=session.id))
    opened = await steps.monitor(desk, rooms, ada, session.id)
    assert (opened.grant.hidden, opened.grant.publish) == (True, ())
    assert opened.grant.identity.startswith(f"m.{ada.id}.")


async def test_the_media_room_is_closed_after_the_end_c25(desk, database, ada, rooms):
    session = await a_session(desk, ada)
    await steps.start(desk, rooms, ada, Start(session_id=session.id))
    relay = Relay(database, publish=lambda entry: None, reactions=reactions(rooms))
    desk.committed = relay.wake
    running = asyncio.create_task(relay.run())
    try:
        async with desk.work(ada) as work:
            await ops.end(work, session.id)

        async def is_closed():
            return await rooms.present(session.id) is None

        await until(is_closed)
        await asyncio.wait_for(relay.drained(), 15)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_lost_media_room_is_opened_again(desk, ada, rooms):
    session = await a_session(desk, ada)
    await steps.start(desk, rooms, ada, Start(session_id=session.id))
    await rooms.close(session.id)
    await reconciler.reconcile_rooms(desk, rooms)
    assert await rooms.present(session.id) == ()
    assert (await now(desk, session)).status == "backstage"


async def test_without_reports_the_programme_converges(desk, ada, rooms, our_media):
    session = await a_session(desk, ada)
    opened = await steps.start(desk, rooms, ada, Start(session_id=session.id, go_live=True))
    async with publishing(our_media, opened.token.token) as host:
        await host.publish_audio()
        await until_heard(rooms, session)
        await reconciler.reconcile_rooms(desk, rooms)
        found = await now(desk, session)
        assert (found.status, found.stream_state) == ("live", "active")

    async def is_interrupted():
        await reconciler.reconcile_rooms(desk, rooms)
        return (await now(desk, session)).stream_state == "interrupted"

    await until(is_interrupted)


async def test_a_start_that_a_crash_cut_off_is_finished(desk, database, ada, rooms, hands):
    session = await a_session(desk, ada)
    async with desk.work(ada) as work:
        await machine.begin(work, *await store.hold(work, session))
    await reconciler.reconcile_rooms(desk, rooms)
    assert (await now(desk, session)).media_room is None  # its caller may still be at it
    hands.now += timedelta(seconds=11)
    await reconciler.reconcile_rooms(desk, rooms)
    assert (await now(desk, session)).media_room == session.id
    assert await kinds(database, session) == ["session.created", "session.started"]


async def test_a_session_that_ends_while_its_room_opens_leaves_no_room(desk, ada, rooms):
    session = await a_session(desk, ada)
    async with desk.work(ada) as work:
        await machine.begin(work, *await store.hold(work, session))
    async with desk.work(ada) as work:
        await ops.end(work, session.id)
    with pytest.raises(InvalidState):
        await steps.open_media_room(desk, rooms, ada, session.id)
    assert await rooms.present(session.id) is None


async def test_the_reconciler_survives_a_media_server_that_is_away(desk, ada, no_media):
    session = await in_backstage(desk, ada)
    await reconciler.reconcile_rooms(desk, no_media)
    assert (await now(desk, session)).status == "backstage"


async def test_a_room_of_no_open_session_is_closed_when_somebody_enters_it(desk, ada, rooms):
    session = await a_session(desk, ada)
    await rooms.open(session.id)
    assert await reconciler.close_if_over(desk, rooms, session.id)
    assert await rooms.present(session.id) is None
    running = await a_plan(desk, ada)
    await steps.start(desk, rooms, ada, Start(session_id=running.id))
    assert not await reconciler.close_if_over(desk, rooms, running.id)


async def test_an_administrator_goes_live_in_the_hosts_stead(desk, ada, rooms):
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    session = await a_session(desk, ada)
    opened = await steps.start(desk, rooms, admin, Start(session_id=session.id))
    assert (opened.grant.identity, bool(opened.grant.publish)) == (f"u.{admin.id}", True)
