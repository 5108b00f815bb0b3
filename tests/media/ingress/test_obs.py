"""OBS Studio itself streams into a room by RTMP; whoever watches decodes its picture and sound."""

from pathlib import Path

import pytest
from livekit.protocol import ingress as proto
from livekit.protocol import models

from tests.media.conftest import Stage
from tests.media.ingress import obs
from tests.media.ingress.conftest import an_ingress
from tests.media.ingress.encoder import HEIGHT, WIDTH
from tests.media.ingress.test_pushes import decoded, status
from tests.media.test_sdk import connected

pytestmark = [pytest.mark.media, pytest.mark.long]


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast"], ids=["ultrafast", "veryfast"])
async def test_what_comes_from_obs_is_seen_and_heard(stage: Stage, tmp_path: Path, preset: str):
    made = await an_ingress(stage)
    async with (
        connected(stage, "bob") as (room, seen),
        obs.streaming(tmp_path, made.url, made.stream_key, preset=preset) as streaming,
    ):
        await decoded(seen, pictures=5 * obs.FPS, sound=100)
        assert len(set(seen.pictures[-2 * obs.FPS :])) > 1  # it moves
        sender = room.remote_participants["encoder"]
        assert (sender.kind, sender.name) == (models.ParticipantInfo.INGRESS, "OBS")
        state = await status(stage, made.ingress_id)
        assert state.status == proto.IngressState.ENDPOINT_PUBLISHING
        assert (state.video.mime_type, state.video.width, state.video.height) == ("video/h264", WIDTH, HEIGHT)
        assert (state.audio.mime_type, state.audio.channels) == ("audio/aac", 2)
        assert streaming.is_running
        await streaming.end()
        await stage.hooks.until("ingress_ended")
