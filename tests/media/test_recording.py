"""A room is recorded by the server API: signalling, forwarding, taps, recorder and webhooks together."""

from pathlib import Path

import pytest
from livekit import api

from tests.media.conftest import Stage, eventually
from tests.media.test_sdk import connected, on_air, rtc

pytestmark = pytest.mark.media


async def test_a_room_is_recorded_and_the_end_is_reported(stage: Stage, tmp_path: Path):
    lk = await stage.api()
    async with connected(stage, "host") as (host, _), on_air(host, rtc.VideoCodec.VP8):
        await eventually(lambda: len(stage.server.rooms.find("hall").published()) == 2)
        file = api.EncodedFileOutput(file_type=api.EncodedFileType.MP4, filepath="hall.mp4")
        started = await lk.egress.start_room_composite_egress(
            api.RoomCompositeEgressRequest(room_name="hall", file_outputs=[file])
        )
        await stage.hooks.until("egress_started")
        tracks = stage.server.rooms.find("hall").published()
        counts = [sum(layer.packets for layer in track.layers.values()) for track in tracks]
        await eventually(
            lambda: all(
                sum(layer.packets for layer in track.layers.values()) > count + 30
                for track, count in zip(tracks, counts, strict=True)
            )
        )
        await lk.egress.stop_egress(api.StopEgressRequest(egress_id=started.egress_id))
        await stage.hooks.until("egress_ended")

    ended = next(event for event in stage.hooks.events if event["event"] == "egress_ended")
    assert ended["egressInfo"]["status"] == "EGRESS_COMPLETE"
    assert (tmp_path / "hall.mp4").stat().st_size > 1000
