"""One viewer of a real LiveKit server loses the network by the relay, and comes back."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from livekit import api
from playwright.async_api import Browser, Page

from tests.support import browser, fake_media
from tests.support.detour import detour
from tests.support.livekit.server import LiveKitServer
from tests.support.needs import need
from tests.support.waiting import eventually
from tests.support_tests import site

CLIENT = Path(__file__).parent.parent.parent / "web/node_modules/livekit-client/dist/livekit-client.umd.js"
PAGE = """<!doctype html><title>livekit-client alone</title><video autoplay muted></video>
<script src="client.js"></script>
<script>
const room = new LivekitClient.Room();
room.on("trackSubscribed", (track) => track.attach(document.querySelector("video")));
async function join(url, token, publish) {
  await room.connect(url, token);
  if (publish) await room.localParticipant.setCameraEnabled(true, {}, { simulcast: false });
}
</script>"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    shutil.copy(CLIENT, tmp_path / "client.js")
    (tmp_path / "index.html").write_text(PAGE)
    with site.serve(tmp_path) as address:
        yield address


async def join(chromium: Browser, address: str, port: int, identity: str, script: str = "") -> Page:
    context = await chromium.new_context()
    await browser.watch(context)
    await context.add_init_script(script)
    page = await context.new_page()
    await page.goto(address)
    token = api.AccessToken(LiveKitServer.api_key, LiveKitServer.api_secret).with_identity(identity)
    jwt = token.with_grants(api.VideoGrants(room_join=True, room="detour")).to_jwt()
    await page.evaluate(
        "([url, token, publish]) => join(url, token, publish)",
        [f"ws://127.0.0.1:{port}", jwt, identity == "host"],
    )
    return page


@pytest.mark.browser
@pytest.mark.media
@pytest.mark.livekit
async def test_a_viewer_behind_the_relay_sees_nothing_while_it_swallows_and_sees_again_after(
    livekit_server: LiveKitServer, fake_devices: fake_media.Devices, address: str
) -> None:
    async with (
        detour(livekit_server.udp_port, livekit_server.port) as relay,
        browser.chromium(need("chromium"), fake_devices) as chromium,
    ):
        await join(chromium, address, livekit_server.port, "host")
        viewer = await join(chromium, address, livekit_server.port, "viewer", relay.script())
        await browser.shows_moving_picture(viewer, within=30)

        await relay.swallow()
        await asyncio.sleep(1)  # what was under way is played
        before = await browser.stats(viewer)
        await asyncio.sleep(3)
        assert (await browser.stats(viewer)).frames_decoded == before.frames_decoded
        assert (await relay.counts())["swallowed_datagrams"] > 20

        await relay.flow()
        await eventually(
            lambda: browser.stats(viewer),
            lambda now: now.frames_decoded > before.frames_decoded + 15,
            within=30,
            what="pictures after the loss",
        )
