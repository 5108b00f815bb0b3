"""livekit-client, unmodified, in Chromium, against our server: what `conformance` cannot ask of both."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import av
import msgspec
import pytest
from aiohttp import web
from livekit import api
from playwright.async_api import BrowserContext, Page, async_playwright

from livehall.media.egress.storage import FileResult
from livehall.media.net.streams import StreamLink
from tests.media.conftest import Stage
from tests.support.browser import DEVICES, QUIET
from tests.support.needs import lacking, need

pytestmark = [pytest.mark.media, pytest.mark.browser]

SDK = Path(__file__).parents[2] / "web/node_modules/livekit-client/dist/livekit-client.umd.js"
PAGE = Path(__file__).with_name("room.html")


class Tab:
    def __init__(self, page: Page, stage: Stage) -> None:
        self.page = page
        self._stage = stage

    async def join(self, identity: str, **options: object) -> None:
        grants = {} if options.get("camera") else {"can_publish": False}
        arguments = [self._stage.url, self._stage.token(identity, **grants), options]
        await self.page.evaluate("([url, token, options]) => join(url, token, options)", arguments)

    async def inbound(self) -> dict:
        return await self.page.evaluate("inbound()")

    async def until(self, script: str, deadline_s: float = 30) -> None:
        """Until a JavaScript condition holds."""
        async with asyncio.timeout(deadline_s):
            while not await self.page.evaluate(script):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def decodes(self, more: int = 20) -> dict:
        """Until `more` further frames are decoded."""
        frames = (await self.inbound())["frames"]
        await self.until(f"inbound().then((sums) => sums.frames >= {frames + more})")
        return await self.inbound()


async def page_of_the_test(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE)


async def sdk(request: web.Request) -> web.FileResponse:
    return web.FileResponse(SDK)


@pytest.fixture
async def tabs(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[list[Tab]]:
    """Two tabs, each in a context of its own; `@pytest.mark.parametrize("tabs", [[…]], indirect=True)` adds
    arguments of the browser."""
    program = need("chromium")
    if not SDK.exists():
        lacking("livekit-client (npm ci in web/)")
    app = web.Application()
    app.router.add_get("/", page_of_the_test)
    app.router.add_get("/livekit-client.js", sdk)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*QUIET, *DEVICES, *getattr(request, "param", [])]
        )
        made = []
        for _ in range(2):
            context: BrowserContext = await browser.new_context()
            page = await context.new_page()
            await page.goto(address)
            made.append(Tab(page, stage))
        yield made
        await browser.close()
    await runner.cleanup()


NO_UDP = ["--webrtc-ip-handling-policy=disable_non_proxied_udp"]


async def test_chromium_watches_by_whep_whoever_publishes(tabs: list[Tab], stage: Stage):
    """No SDK: one offer, then a camera in VP8, and another one in H.264 when the first is away."""
    host, guest = tabs
    await host.join("ada", camera=True, microphone=True, room={"publishDefaults": {"videoCodec": "vp8"}})
    began = time.monotonic()
    address = await guest.page.evaluate(
        "([url, token]) => watch(url, token)", [f"{stage.http_url}/whep", stage.token("bob")]
    )
    await guest.until("watched().then(found => found.frames > 0)", 5)
    assert time.monotonic() - began < 3  # a second and the browser's own start
    await guest.until("watched().then(found => found.frames > 20 && found.sound > 20)")
    await host.page.evaluate("room.disconnect()")
    await host.join("eve", camera=True, room={"publishDefaults": {"videoCodec": "h264"}})
    await guest.until("watched().then(found => found.codec === 'video/H264')")
    before = (await guest.page.evaluate("watched()"))["frames"]
    await guest.until(f"watched().then(found => found.frames > {before + 10})")
    assert await guest.page.evaluate(f"fetch('{address}', {{ method: 'DELETE' }}).then(a => a.status)") == 200


@pytest.mark.parametrize("tabs", [NO_UDP], indirect=True, ids=["no UDP"])
async def test_chromium_publishes_and_watches_over_tcp_where_udp_is_blocked(tabs: list[Tab], stage: Stage):
    host, guest = tabs
    await host.join("host", camera=True, microphone=True)
    await guest.join("guest")
    sums = await guest.decodes(40)

    assert sums["sound"] > 0
    people = stage.server.rooms.find("hall").participants.values()
    assert all(isinstance(person.publisher.transport.destination, StreamLink) for person in people)


@pytest.mark.parametrize("codec", ["vp9", "av1"])
async def test_chromium_gets_the_layer_that_it_wants_of_a_stream_in_layers_and_all_are_recorded(
    tabs: list[Tab], codec: str, stage: Stage, tmp_path: Path
):
    host, guest = tabs
    await host.join(
        "host", camera=True, room={"publishDefaults": {"videoCodec": codec, "backupCodec": False}}
    )
    await guest.join("guest")
    await guest.until("inbound().then((sums) => sums.width === 1280)")
    lk = await stage.api()
    started = await lk.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="hall", file_outputs=[api.EncodedFileOutput(filepath="hall.mp4")]
        )
    )
    publications = "[...room.remoteParticipants.values()][0].videoTrackPublications"
    wish = publications + ".forEach((publication) => publication.setVideoQuality({}))"
    for quality, width in ((0, 320), (1, 640), (2, 1280), (0, 320)):
        await guest.page.evaluate(wish.format(quality))
        await guest.until(f"inbound().then((sums) => sums.width === {width})")
    await guest.decodes(20)

    (track,) = stage.server.rooms.find("hall").published()
    (layer,) = track.layers.values()
    assert (track.codec, layer.steps.spatial_layers) == (codec, 3)
    assert (await guest.inbound())["lost"] == 0
    await lk.egress.stop_egress(api.StopEgressRequest(egress_id=started.egress_id))
    await stage.hooks.until("egress_ended")
    result = msgspec.json.decode((tmp_path / "hall.mp4.json").read_bytes(), type=FileResult)
    assert result.frames_written > 20
    assert (result.frames_lost, result.frames_in) == (0, result.frames_written)
    with av.open(str(tmp_path / "hall.mp4")) as container:
        assert container.streams.video[0].width == 1280


async def test_chromium_comes_again_by_tcp_when_it_tries_that_out(tabs: list[Tab], stage: Stage):
    host, guest = tabs
    await host.join("host", camera=True)
    await guest.join("guest")
    await guest.decodes()
    await guest.page.evaluate("room.simulateScenario('force-tcp')")
    await guest.until("log.includes('reconnected')")
    await guest.decodes()

    people = stage.server.rooms.find("hall").participants
    ways = {name: person.publisher.transport.destination for name, person in people.items()}
    assert isinstance(ways["guest"], StreamLink)
    assert not isinstance(ways["host"], StreamLink)
