"""A real encoder by RTMP and by WHIP; whoever watches decodes its picture and sound."""

import asyncio
import os
import signal

import pytest
from livekit import api
from livekit.protocol import ingress as proto
from livekit.protocol import models

from tests.media.conftest import DEADLINE_S, Stage, eventually
from tests.media.ingress import encoder
from tests.media.ingress.conftest import an_ingress
from tests.media.test_sdk import Seen, connected

pytestmark = pytest.mark.media
LONG_S = 30.0


async def decoded(seen: Seen, pictures: int = 15, sound: int = 15) -> None:
    """Until so much more has been decoded than now."""
    before = len(seen.pictures), seen.sound
    await eventually(
        lambda: len(seen.pictures) >= before[0] + pictures and seen.sound >= before[1] + sound, LONG_S
    )


async def status(stage: Stage, ingress_id: str) -> proto.IngressState:
    request = proto.ListIngressRequest(ingress_id=ingress_id)
    return (await (await stage.api()).ingress.list_ingress(request)).items[0].state


@pytest.mark.parametrize("video", [encoder.IN_ORDER, encoder.OUT_OF_ORDER], ids=["copied", "encoded anew"])
async def test_what_comes_by_rtmp_is_seen_and_heard(stage: Stage, video):
    made = await an_ingress(stage)
    async with connected(stage, "bob") as (room, seen), encoder.rtmp(made.url, made.stream_key, video):
        await decoded(seen)
        sender = room.remote_participants["encoder"]
        assert (sender.kind, sender.name) == (models.ParticipantInfo.INGRESS, "OBS")
        sources = {publication.source for publication in sender.track_publications.values()}
        assert sources == {models.CAMERA, models.MICROPHONE}
        state = await status(stage, made.ingress_id)
        assert state.status == proto.IngressState.ENDPOINT_PUBLISHING
        assert (state.video.width, state.video.height, state.video.framerate) == (320, 180, 15)
        assert (state.audio.mime_type, state.audio.sample_rate) == ("audio/aac", 44100)
        await stage.hooks.until("ingress_started")


@pytest.mark.parametrize("flags", [(), ("-whip_flags", "dtls_active")], ids=["waits", "opens"])
async def test_what_comes_by_whip_is_seen_and_heard(stage: Stage, flags):
    made = await an_ingress(stage, proto.WHIP_INPUT)
    async with connected(stage, "bob") as (room, seen), encoder.whip(made.url, made.stream_key, *flags):
        await decoded(seen)
        assert room.remote_participants["encoder"].kind == models.ParticipantInfo.INGRESS
        state = await status(stage, made.ingress_id)
        assert (state.status, state.video.mime_type) == (
            proto.IngressState.ENDPOINT_PUBLISHING,
            "video/h264",
        )


async def test_what_comes_by_whip_is_encoded_anew_where_asked(stage: Stage):
    made = await an_ingress(stage, proto.WHIP_INPUT, enable_transcoding=True)
    assert (made.enable_transcoding, made.bypass_transcoding) == (True, False)
    async with connected(stage, "bob") as (room, seen), encoder.whip(made.url, made.stream_key) as pushing:
        await decoded(seen)
        sender = room.remote_participants["encoder"]
        assert sender.kind == models.ParticipantInfo.INGRESS
        await stage.hooks.until("ingress_started")
        state = await status(stage, made.ingress_id)
        assert state.status == proto.IngressState.ENDPOINT_PUBLISHING
        assert (state.video.width, state.video.height) == (320, 180)  # a decoder has seen it
        assert len(stage.server.rooms.find("hall").participants) == 2
        await pushing.end()
        await stage.hooks.until("ingress_ended")
    assert (await status(stage, made.ingress_id)).status == proto.IngressState.ENDPOINT_INACTIVE
    async with encoder.whip(made.url, made.stream_key):  # and again, until it is deleted
        await stage.hooks.until("ingress_started", "ingress_started")
        await (await stage.api()).ingress.delete_ingress(
            proto.DeleteIngressRequest(ingress_id=made.ingress_id)
        )
        await stage.hooks.until("ingress_ended", "ingress_ended")


async def test_reports_tell_of_it_in_order_and_without_the_key(stage: Stage):
    made = await an_ingress(stage)
    async with encoder.rtmp(made.url, made.stream_key) as pushing:
        await stage.hooks.until("ingress_started")
        await pushing.end()
        await stage.hooks.until("ingress_ended")
    names = [name for name in stage.hooks.names() if "room" not in name]
    assert names[0] == "participant_joined"
    assert names.index("track_published") < names.index("ingress_started")
    assert names.index("participant_left") < names.index("ingress_ended")
    ended = stage.hooks.events[stage.hooks.names().index("ingress_ended")]["ingressInfo"]
    assert ended["ingressId"] == made.ingress_id
    assert not any(made.stream_key.encode() in body for _, body in stage.hooks.raw)


async def test_a_killed_child_is_replaced_and_the_stream_goes_on(stage: Stage):
    made = await an_ingress(stage)
    async with connected(stage, "bob") as (room, seen), encoder.rtmp(made.url, made.stream_key) as pushing:
        await decoded(seen)
        sid = room.remote_participants["encoder"].sid
        [pid] = _children()
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: _children() not in ([], [pid]))
        await decoded(seen)
        assert pushing.is_running
        assert room.remote_participants["encoder"].sid == sid


def _children() -> list[int]:
    """Ingest children of this process."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as line, open(f"/proc/{name}/stat") as stat:
                is_ours = stat.read().rpartition(")")[2].split()[1] == str(os.getpid())
                if is_ours and b"livehall.media.ingress.child" in line.read():
                    found.append(int(name))
        except OSError:
            continue
    return found


async def test_a_codec_that_is_not_taken_is_said_in_the_state(stage: Stage):
    made = await an_ingress(stage)
    async with encoder.rtmp(made.url, made.stream_key, encoder.HEVC) as pushing:
        await pushing.ended(LONG_S)
    state = await status(stage, made.ingress_id)
    assert state.status == proto.IngressState.ENDPOINT_ERROR
    assert "H.264" in state.error
    await stage.hooks.until("ingress_ended")


@pytest.mark.parametrize("kind", [proto.RTMP_INPUT, proto.WHIP_INPUT], ids=["rtmp", "whip"])
async def test_a_deleted_ingress_ends_its_push_and_refuses_the_key(stage: Stage, kind):
    made = await an_ingress(stage, kind)
    push = encoder.rtmp if kind == proto.RTMP_INPUT else encoder.whip
    async with push(made.url, made.stream_key) as pushing:
        await stage.hooks.until("ingress_started")
        client = await stage.api()
        await client.ingress.delete_ingress(proto.DeleteIngressRequest(ingress_id=made.ingress_id))
        await stage.hooks.until("participant_left", "ingress_ended")
        if kind == proto.RTMP_INPUT:  # ffmpeg does not look at what WHIP's server sends back
            await pushing.ended(LONG_S)
    async with push(made.url, made.stream_key) as pushing:
        assert await pushing.ended(LONG_S)


async def test_a_removed_participant_ends_the_push(stage: Stage):
    made = await an_ingress(stage)
    async with encoder.rtmp(made.url, made.stream_key) as pushing:
        await stage.hooks.until("ingress_started")
        who = api.RoomParticipantIdentity(room="hall", identity="encoder")
        await (await stage.api()).room.remove_participant(who)
        await pushing.ended(LONG_S)
        await stage.hooks.until("ingress_ended")


async def test_an_encoder_that_comes_again_takes_over(stage: Stage):
    made = await an_ingress(stage)
    async with encoder.rtmp(made.url, made.stream_key) as first:
        await stage.hooks.until("ingress_started")
        async with encoder.rtmp(made.url, made.stream_key) as second:
            await first.ended(LONG_S)
            await stage.hooks.until("ingress_started", "ingress_started")
            assert second.is_running


async def test_a_wrong_key_is_refused_at_once(stage: Stage):
    made = await an_ingress(stage)
    async with encoder.rtmp(made.url, "wrong") as pushing:
        await pushing.ended(DEADLINE_S)
    assert (await status(stage, made.ingress_id)).status == proto.IngressState.ENDPOINT_INACTIVE
    assert _children() == []
    await asyncio.sleep(0)
    assert "participant_joined" not in stage.hooks.names()
