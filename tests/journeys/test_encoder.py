"""An evening from OBS: the host plans it in the browser, ffmpeg stands in for OBS, somebody watches."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host, Viewer
from tests.media.ingress import encoder
from tests.media.ingress.encoder import Encoder
from tests.support import browser, fake_media
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall
from tests.support.needs import need

pytestmark = [pytest.mark.browser, pytest.mark.media]
LONG_MS = 60_000


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    with run_hall(tmp_path, demo=True) as running:
        yield running


@pytest.mark.parametrize("mode", ["rtmp", "whip"])
async def test_a_session_goes_live_from_an_encoder(
    hall: Hall, fake_devices: fake_media.Devices, mode: str
) -> None:
    push = encoder.rtmp if mode == "rtmp" else encoder.whip
    async with browser.chromium(need("chromium"), fake_devices) as chromium:
        host = await Host.arrive(chromium, hall)
        viewer = await Viewer.arrive(chromium, hall)
        page = host.page
        try:
            await host.sign_in(hall.sign_in_link)
            room_id = await host.make_room("From the desk")
            await _plan(host, mode)
            await page.get_by_test_id("open-encoder").click()
            server = await page.get_by_label("Server").input_value()
            key = await page.get_by_test_id("stream-key").input_value()
            assert await violations(page) == []
            async with push(server, key):
                await expect(page.get_by_test_id("stream-state")).to_have_attribute(
                    "data-state", "active", timeout=LONG_MS
                )
                await page.get_by_test_id("go-live").click()
                await page.get_by_test_id("end-session").wait_for()
                await viewer.enter(room_id, "Bo")
                await _sees(viewer)
                assert await violations(page) == []
            await expect(page.get_by_test_id("stream-state")).to_have_attribute(
                "data-state", "interrupted", timeout=LONG_MS
            )
            async with push(server, key):  # the encoder comes back, and nobody has to do anything
                await expect(page.get_by_test_id("stream-state")).to_have_attribute(
                    "data-state", "active", timeout=LONG_MS
                )
                await _sees(viewer)
                await page.get_by_test_id("end-session").click()
                await page.get_by_test_id("confirm-end").click()
                await page.get_by_test_id("ended").wait_for(timeout=PATIENCE_MS)
            await _is_refused(lambda: push(server, key))
        except BaseException:
            await host.photograph(f"encoder-{mode}-host")
            await viewer.photograph(f"encoder-{mode}-viewer")
            raise
        assert host.complaints == viewer.complaints == []
    assert hall.faults() == []


async def _plan(host: Host, mode: str) -> None:
    page = host.page
    await page.get_by_role("button", name="New session").click()
    await page.get_by_label("Title of the session").fill("Evening from OBS")
    await page.get_by_test_id("session-source").select_option(mode)
    await page.get_by_role("button", name="Create session").click()
    await page.get_by_role("listitem").filter(has_text="Evening from OBS").get_by_test_id("to-studio").click()
    await page.wait_for_url("**/studio/*")


async def _is_refused(push: Callable[[], AbstractAsyncContextManager[Encoder]]) -> None:
    """The key goes with the session, very soon after it."""
    async with asyncio.timeout(60):
        while True:
            async with push() as late:
                try:
                    assert await late.ended(5)
                except TimeoutError:
                    continue
                return


async def _sees(viewer: Viewer) -> None:
    """Decoded pictures arrive, and sound that is no silence."""
    before = (await browser.stats(viewer.page)).frames_decoded
    async with asyncio.timeout(30):
        while (await browser.stats(viewer.page)).frames_decoded < before + 15:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        while await browser.sound_level(viewer.page) < 0.005:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
