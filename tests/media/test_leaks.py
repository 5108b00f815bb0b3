"""What is over is forgotten: no participant, track, user fragment or address outlives its room."""

import asyncio
import gc
import weakref

import pytest

from livehall.media.client.publisher import play
from livehall.media.client.receiver import LightClient
from tests.media.conftest import Stage, both_ways, eventually

pytestmark = pytest.mark.media


@both_ways
async def test_a_room_that_ended_leaves_nothing_behind(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,) = await alice.publish_video()
    await alice.publish_audio()
    playing = asyncio.create_task(play(video, seconds=30))
    await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 10)
    playing.cancel()
    room = stage.server.rooms.find("hall")
    remains = [weakref.ref(room), *(weakref.ref(person) for person in room.participants.values())]
    remains += [weakref.ref(track) for track in room.published()]
    remains += [weakref.ref(person.publisher.transport) for person in room.participants.values()]
    del room
    await bob.close()
    await alice.vanish()
    await stage.server.rooms.delete("hall")

    def forgotten() -> bool:
        gc.collect()
        return not any(reference() for reference in remains)

    await eventually(forgotten)
    registry = stage.server._doors.registry
    assert not registry._by_ufrag
    udp, tcp = registry.doors
    for left in (udp._by_address, udp._ways, tcp._links, tcp._strangers):
        assert not left


async def test_many_joins_at_once_with_one_identity_leave_one(stage: Stage):
    clients = [LightClient(stage.url, stage.token("bob")) for _ in range(8)]
    await asyncio.gather(*(client.connect() for client in clients), return_exceptions=True)
    try:
        await eventually(lambda: sum(client.leave_reason is None for client in clients) == 1)
        (last,) = [client for client in clients if client.leave_reason is None]
        await eventually(
            lambda: last.participant.sid == stage.server.rooms.find("hall").participants["bob"].sid
        )
        assert len(stage.server._doors.registry._by_ufrag) == 1
    finally:
        for client in clients:
            await client.vanish()
