"""Encoders of sessions, on our media server and on one that is away."""

import asyncio

import msgspec
import pytest

from livehall.core.ports.media import MediaUnavailable
from livehall.core.sessions import ingest, ops, programme, states, steps, store
from livehall.core.sessions.encoders import Encoders
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.ops import CreateSession
from livehall.core.sessions.reactions import reactions
from livehall.core.sessions.steps import Start
from livehall.kernel import journal
from livehall.kernel.actor import MEDIA
from livehall.kernel.clock import utc_now
from livehall.kernel.ids import new_id
from livehall.kernel.relay import Relay
from tests.support.media_servers import engine_at, nowhere
from tests.support.on_air import SEALING, a_session


@pytest.fixture
def hands(hands):
    """The media server knows the real time, so tokens must too."""
    hands.now = utc_now()
    return hands


@pytest.fixture
def encoders(media):
    return Encoders(media.ingress, SEALING)


async def a_plan(desk, encoders, host, mode="whip"):
    room_id = (await a_session(desk, host)).room_id
    return await encoders.create(desk, host, CreateSession(room_id=room_id, title="From OBS", mode=mode))


async def now(desk, session):
    async with desk.read(MEDIA) as read:
        return await store.get(read, session.id)


async def gone(media, session):
    return await media.ingress.find(session.id) is None


async def follow(database, desk, media, condition):
    """Reactions run until the condition holds."""
    relay = Relay(database, publish=lambda entry: None, reactions=reactions(media.rooms, media.ingress))
    running = asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(15):
            while not await condition():  # noqa: ASYNC110  # what no event announces
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def is_kept(desk, session):
    async with desk.read(MEDIA) as read:
        return await ingest.is_kept(read, session.id)


async def test_a_plan_has_an_address_at_which_nobody_is_let_in_yet(desk, ada, encoders, media):
    planned = await a_plan(desk, encoders, ada)
    assert planned.address.url.endswith("/whip")
    assert (await media.ingress.find(planned.shown.session.id)).key == planned.address.key


async def test_the_key_lies_sealed(desk, database, ada, encoders):
    planned = await a_plan(desk, encoders, ada)
    async with database.read() as db:
        row = await db.one(ingest.OF, session_id=planned.shown.session.id)
    assert planned.address.key.encode() not in row.key_enc


async def test_a_plan_without_media_server_is_taken_back(desk, database, ada):
    async with engine_at(nowhere()) as engine:
        with pytest.raises(MediaUnavailable):
            await a_plan(desk, Encoders(engine.ingress, SEALING), ada)
    async with database.read() as db:
        types = [entry.type for entry in await db.all(journal.NEW, limit=100)]
    assert types[-2:] == ["session.created", "session.deleted"]


async def test_a_start_tells_the_host_the_same_key(desk, ada, encoders, media):
    planned = await a_plan(desk, encoders, ada)
    cmd = Start(session_id=planned.shown.session.id)
    opened = await steps.start(desk, media.rooms, ada, cmd, encoders)
    assert opened.encoder == planned.address
    assert (await steps.start(desk, media.rooms, ada, cmd, encoders)).encoder == planned.address


async def test_the_end_forgets_the_key_here_and_there(desk, database, ada, encoders, media):
    planned = await a_plan(desk, encoders, ada)
    session = planned.shown.session
    await steps.start(desk, media.rooms, ada, Start(session_id=session.id), encoders)
    async with desk.work(ada) as work:
        await ops.end(work, session.id)
    assert not await is_kept(desk, session)
    await follow(database, desk, media, lambda: gone(media, session))


async def test_a_deleted_plan_forgets_its_key(desk, database, ada, encoders, media):
    session = (await a_plan(desk, encoders, ada)).shown.session
    async with desk.work(ada) as work:
        await ops.delete(work, session.id)
    assert not await is_kept(desk, session)
    await follow(database, desk, media, lambda: gone(media, session))


async def test_an_address_that_the_media_server_lost_is_given_anew(desk, ada, encoders, media):
    planned = await a_plan(desk, encoders, ada)
    session = planned.shown.session
    await steps.start(desk, media.rooms, ada, Start(session_id=session.id), encoders)
    await media.ingress.close(session.id)
    await encoders.reconcile(desk)
    found = await media.ingress.find(session.id)
    opened = await steps.start(desk, media.rooms, ada, Start(session_id=session.id), encoders)
    assert opened.encoder.key == found.key != planned.address.key


async def test_an_address_without_a_session_goes_in_the_second_round(desk, ada, encoders, media):
    stray = new_id()
    await media.ingress.open(stray, "whip")
    await encoders.reconcile(desk)
    assert await media.ingress.find(stray) is not None
    await encoders.reconcile(desk)
    assert await media.ingress.find(stray) is None


async def test_an_encoder_of_a_session_that_is_over_is_put_out(desk, ada, encoders, media):
    stray = new_id()
    await media.ingress.open(stray, "whip")
    await encoders.close_if_over(desk, stray)
    assert await media.ingress.find(stray) is None


async def test_reports_of_an_encoder_move_the_stream(desk, ada, encoders, media):
    session = (await a_plan(desk, encoders, ada)).shown.session
    await steps.start(desk, media.rooms, ada, Start(session_id=session.id), encoders)
    for report, expected in ((programme.encoder_came, "connecting"), (programme.encoder_gone, "idle")):
        async with desk.work(MEDIA) as work:
            await report(work, session.id, work.now)
        assert (await now(desk, session)).stream_state == expected


def test_an_encoder_that_comes_while_its_tracks_are_there_changes_nothing():
    assert states.stream_after("active", "connect") == "active"


async def test_reports_of_a_session_that_is_gone_are_said_so(desk):
    with pytest.raises(SessionNotFound):
        async with desk.work(MEDIA) as work:
            await programme.encoder_came(work, new_id(), work.now)


async def test_a_co_host_is_not_told_the_key(desk, ada, encoders):
    planned = await a_plan(desk, encoders, ada)
    standing = msgspec.structs.replace(planned.shown.standing, role="co_host", is_owner=False)
    shown = msgspec.structs.replace(planned.shown, standing=standing)
    async with desk.read(ada) as read:
        assert await encoders.address(read, shown) is None
        assert await encoders.address(read, planned.shown) == planned.address
