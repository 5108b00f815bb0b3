"""The robots see and hear each other on a real media server."""

import asyncio
import time

import pytest
from livekit import api

from livehall.cli.rehearsal.door import Seat
from livehall.cli.rehearsal.host import FPS, Host
from livehall.cli.rehearsal.light import LightViewer
from livehall.cli.rehearsal.viewers import SdkViewer
from livehall.cli.rehearsal.watching import Sighting
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings

KEY, SECRET = "APItest", "s" * 32


@pytest.fixture
async def media():
    async with MediaServer(
        MediaSettings(port=0, udp_host="127.0.0.1", udp_port=0, keys={KEY: SECRET})
    ) as server:
        yield server


def seat(media: MediaServer, identity: str) -> Seat:
    grants = api.VideoGrants(room_join=True, room="rehearsal")
    token = api.AccessToken(KEY, SECRET).with_identity(identity).with_grants(grants).to_jwt()
    return Seat(livekit_url=f"ws://127.0.0.1:{media.http_port}", token=token)


@pytest.mark.media
@pytest.mark.parametrize("kind", [SdkViewer, LightViewer])
async def test_a_robot_sees_and_hears_the_robot_host(media, kind):
    host, viewer = Host(), kind()
    seen = Sighting(name="Robot", kind=viewer.kind)
    await host.publish(seat(media, "host"))
    try:
        await viewer.watch(seat(media, "viewer"), seen, time.monotonic())
        async with asyncio.timeout(20):
            while seen.picture_s is None or seen.sound_s is None:  # noqa: ASYNC110 - counted in another task
                await asyncio.sleep(0.05)
        await asyncio.sleep(2)  # the time over which it counts
        await viewer.stop()
    finally:
        await host.stop()
    assert seen.trouble == ""
    assert seen.packets > 2 * FPS
    assert seen.lost == 0
    if kind is SdkViewer:
        assert seen.pictures > FPS
