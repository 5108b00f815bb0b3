"""Recordings and packages; the real LiveKit server of the tests has no egress service."""

import asyncio
from typing import get_args

import pytest
from livekit.protocol import egress

from livehall.core.ports.media import Layout, MediaUnavailable, OutputUnsupported
from livehall.engines.media.outputs import LAYOUTS, instant, output_of
from livehall.kernel.ids import new_id
from tests.support.media_servers import engine_at, nowhere, our_media

__all__ = ["our_media"]


@pytest.fixture
async def ours(our_media):
    async with engine_at(our_media.url) as engine:
        yield engine


async def test_a_recording_starts_is_listed_and_stops(ours):
    room = new_id()
    await ours.rooms.open(room)
    started = await ours.outputs.record(room, f"{room}/evening.mp4")
    assert (started.room, started.kind, started.state) == (room, "file", "starting")
    assert [each.id for each in await ours.outputs.outputs(room)] == [started.id]
    await ours.outputs.stop(started.id)
    async with asyncio.timeout(30):
        while True:
            (now,) = await ours.outputs.outputs(room)
            if now.state not in ("starting", "active", "ending"):
                break
            await asyncio.sleep(0.05)
    assert now.state in ("aborted", "failed", "complete")  # nothing was ever published
    await ours.outputs.stop(started.id)


@pytest.mark.parametrize("layout", get_args(Layout))
async def test_who_is_pinned_is_told_with_the_layout(ours, layout):
    room = new_id()
    await ours.rooms.open(room)
    started = await ours.outputs.record(room, f"{room}/evening.mp4", layout, "u.ada")
    names = [LAYOUTS[layout] + ";pinned=u.ada", LAYOUTS[layout] + ";pinned=u.eve", LAYOUTS[layout]]
    assert await layouts_of(ours, room) == [names[0]]
    for pinned, name in zip(("u.eve", ""), names[1:], strict=True):
        await ours.outputs.arrange(started.id, layout, pinned)
        assert await layouts_of(ours, room) == [name]
    await ours.outputs.stop(started.id)


async def layouts_of(ours, room):
    """As the server has it."""
    request = egress.ListEgressRequest(room_name=room)
    listed = await ours.outputs._calls.call(lambda api: api.egress.list_egress(request))
    return [info.room_composite.layout for info in listed.items]


async def test_a_package_is_hls(ours):
    room = new_id()
    await ours.rooms.open(room)
    started = await ours.outputs.package(room, f"{room}/live.m3u8")
    assert (started.kind, started.state) == ("hls", "starting")
    assert started.playlist.endswith(f"{room}/live.m3u8")
    await ours.outputs.stop(started.id)


async def test_a_recording_of_an_unknown_room_is_refused(ours):
    with pytest.raises(MediaUnavailable) as refused:
        await ours.outputs.record(new_id(), "evening.mp4")
    assert not isinstance(refused.value, OutputUnsupported)


async def test_stopping_what_is_not_there_does_no_harm(ours):
    await ours.outputs.stop("EG_nothing")


@pytest.mark.livekit
async def test_a_server_without_egress_says_so(livekit_server):
    async with engine_at(livekit_server.url) as engine:
        room = new_id()
        await engine.rooms.open(room)
        with pytest.raises(OutputUnsupported):
            await engine.outputs.record(room, "evening.mp4")
        with pytest.raises(OutputUnsupported):
            await engine.outputs.package(room, "live.m3u8")
        assert await engine.outputs.outputs(room) == ()


async def test_a_server_that_is_not_there_is_unavailable_not_unsupported():
    async with engine_at(nowhere()) as engine:
        with pytest.raises(MediaUnavailable) as refused:
            await engine.outputs.record(new_id(), "evening.mp4")
    assert not isinstance(refused.value, OutputUnsupported)


def test_a_finished_recording_has_its_file():
    second = 1_000_000_000
    info = egress.EgressInfo(
        egress_id="EG_1",
        room_name="r",
        status=egress.EGRESS_LIMIT_REACHED,
        started_at=10 * second,
        ended_at=70 * second,
        file_results=[
            egress.FileInfo(
                filename="a.mp4", location="/out/a.mp4", duration=60 * second, size=5, started_at=10 * second
            )
        ],
    )
    output = output_of(info)
    assert (output.state, output.kind, output.ended_at) == ("complete", "file", instant(70 * second))
    (file,) = output.files
    assert (file.path, file.duration_s, file.size, file.ended_at) == ("/out/a.mp4", 60.0, 5, None)


def test_a_stream_that_failed_says_what_the_platform_did():
    info = egress.EgressInfo(
        egress_id="EG_1",
        status=egress.EGRESS_FAILED,
        error="All streams have failed.",
        stream_results=[egress.StreamInfo(status=egress.StreamInfo.FAILED, error="Connection refused")],
    )
    assert output_of(info).error == "Connection refused"
