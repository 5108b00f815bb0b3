"""Encoders' addresses; the real LiveKit server of the tests has no ingress service."""

import pytest

from livehall.core.ports.media import IngestUnsupported, MediaUnavailable
from livehall.kernel.ids import new_id
from tests.support.media_servers import engine_at, nowhere, our_media

__all__ = ["our_media"]


@pytest.fixture
async def ours(our_media):
    async with engine_at(our_media.url) as engine:
        yield engine.ingress


async def test_opening_makes_an_address_and_a_key(ours):
    room = new_id()
    made = await ours.open(room, "whip")
    assert (made.room, made.kind, made.state) == (room, "whip", "idle")
    assert made.url.endswith("/whip")
    assert len(made.key) >= 22


async def test_opening_again_gives_the_same_key(ours):
    room = new_id()
    planned = await ours.open(room, "whip", accepts=False)
    assert (await ours.open(room, "whip")).key == planned.key
    assert (await ours.find(room)).id == planned.id


async def test_closing_forgets_it_and_does_no_harm_twice(ours):
    room = new_id()
    await ours.open(room, "whip")
    assert await ours.rooms() == {room}
    for _ in range(2):
        await ours.close(room)
    assert await ours.rooms() == frozenset()
    assert await ours.find(room) is None


async def test_a_way_that_is_switched_off_is_not_there(ours):
    with pytest.raises(IngestUnsupported):
        await ours.open(new_id(), "rtmp")


async def test_a_server_that_does_not_answer_is_unavailable():
    async with engine_at(nowhere()) as engine:
        with pytest.raises(MediaUnavailable) as refused:
            await engine.ingress.open(new_id(), "rtmp")
        assert not isinstance(refused.value, IngestUnsupported)


@pytest.mark.livekit
async def test_a_server_without_ingress_says_so(livekit_server):
    async with engine_at(livekit_server.url) as engine:
        with pytest.raises(IngestUnsupported):
            await engine.ingress.open(new_id(), "rtmp")
        await engine.ingress.close(new_id())
        assert await engine.ingress.rooms() == frozenset()
