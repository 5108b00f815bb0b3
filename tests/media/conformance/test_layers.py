"""Streams with layers within themselves (SVC): what is told of them, and what a subscriber gets."""

import asyncio

import pytest
from livekit import rtc

from tests.media.conformance.case import Case
from tests.media.conformance.people import Person
from tests.support.waiting import eventually

pytestmark = pytest.mark.media


def widths(person: Person, sid: str) -> list[int]:
    """Of the last pictures."""
    return [width for width, _ in person.pictures.get(sid, [])[-3:]]


async def test_a_lower_quality_is_a_lower_layer_and_comes_back(case: Case):
    alice, bob, carol = await case.join("alice"), await case.join("bob"), await case.join("carol")
    # The SDK gives VP9 three spatial layers, and AV1 none.
    published = await alice.film(codec=rtc.VideoCodec.VP9, size=(1280, 720), simulcast=True, is_busy=True)
    await bob.until(lambda: widths(bob, published.sid) == [1280] * 3, 30)
    seen = bob.room.remote_participants["alice"].track_publications[published.sid]
    for quality, width in (("LOW", 320), ("MEDIUM", 640), ("HIGH", 1280), ("LOW", 320)):
        seen.set_video_quality(getattr(rtc.VideoQuality, f"VIDEO_QUALITY_{quality}"))
        await bob.until(lambda width=width: widths(bob, published.sid) == [width] * 3, 30)
    assert widths(carol, published.sid) == [1280] * 3


@pytest.mark.parametrize("codec", ["VP8", "VP9", "AV1"])
async def test_the_track_tells_how_its_layers_travel(case: Case, codec: str):
    alice = await case.join("alice")
    await alice.film(codec=getattr(rtc.VideoCodec, codec), size=(1280, 720), simulcast=True)

    async def ask() -> list[dict]:
        return (await case.participant("alice"))["tracks"]

    (track,) = await eventually(ask, bool, within=15, what="a track")
    told = track["codecs"][0]
    assert [layer["rid"] for layer in told["layers"]] == ["q", "h", "f"]
    assert [layer["spatial_layer"] for layer in told["layers"]] == [0, 1, 2]
    is_layered = codec != "VP8"
    mode = "MULTIPLE_SPATIAL_LAYERS_PER_STREAM" if is_layered else "ONE_SPATIAL_LAYER_PER_STREAM"
    assert told["video_layer_mode"] == mode
    assert track["simulcast"] == (not is_layered)


async def test_a_stream_of_layers_goes_on_while_everybody_wants_its_lowest(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.film(codec=rtc.VideoCodec.VP9, size=(1280, 720), simulcast=True, is_busy=True)
    await bob.until(lambda: widths(bob, published.sid) == [1280] * 3, 30)
    seen = bob.room.remote_participants["alice"].track_publications[published.sid]
    seen.set_video_quality(rtc.VideoQuality.VIDEO_QUALITY_LOW)
    await bob.until(lambda: widths(bob, published.sid) == [320] * 3, 30)
    await asyncio.sleep(6)  # longer than it takes until layers that nobody reads are given up
    count = len(bob.pictures[published.sid])
    await bob.until(lambda: len(bob.pictures[published.sid]) > count + 20, 15)
    seen.set_video_quality(rtc.VideoQuality.VIDEO_QUALITY_HIGH)
    await bob.until(lambda: widths(bob, published.sid) == [1280] * 3, 30)
