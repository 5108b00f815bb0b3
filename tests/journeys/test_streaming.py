"""A broadcast that also goes to another platform: the host adds it to the room, ffmpeg stands in for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host
from tests.journeys.truth import is_in_order
from tests.media.egress.test_streams import KEY, Receiver
from tests.support import browser, fake_media, recorded
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall
from tests.support.needs import need

pytestmark = [pytest.mark.browser, pytest.mark.media]
STREAMED_S = 7


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    with run_hall(tmp_path, demo=True, settings={"LIVEHALL_MEDIA_PRIVATE_TARGETS": "true"}) as running:
        yield running


async def test_a_broadcast_goes_to_a_platform_that_the_host_added(
    hall: Hall, fake_devices: fake_media.Devices, tmp_path: Path
) -> None:
    platform = Receiver(tmp_path)
    async with browser.chromium(need("chromium"), fake_devices) as chromium:
        host = await Host.arrive(chromium, hall)
        try:
            await host.sign_in(hall.sign_in_link)
            room_id = await host.make_room("Here and there")
            await _add(host, platform)
            session_id = await host.make_session("Seen in two places", recorded=False)
            await host.go_live(session_id)
            await _stream_and_stop(host)
            got = await platform.whole()
            await host.end()
            await host.page.goto(f"{host.origin}/rooms/{room_id}")
            await _remove(host)
        except BaseException:
            await host.photograph("streaming-host")
            raise
        assert host.complaints == []
    _holds_picture_and_sound(Path(got))
    assert hall.faults() == []


async def _add(host: Host, platform: Receiver) -> None:
    page = host.page
    await page.get_by_test_id("new-target").click()
    await expect(page.get_by_test_id("target-endpoint")).to_have_value("rtmps://a.rtmps.youtube.com/live2")
    await page.get_by_test_id("target-kind").select_option("custom")
    await page.get_by_test_id("target-name").fill("Elsewhere")
    await page.get_by_test_id("target-endpoint").fill("https://example.org/app")
    await page.get_by_test_id("target-stream-key").fill(KEY)
    await page.get_by_test_id("save-target").click()
    await expect(page.get_by_text("Give an address such as rtmps://host/app")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_test_id("target-endpoint").fill(platform.url.removesuffix(f"/{KEY}"))
    await page.get_by_test_id("save-target").click()
    await expect(page.get_by_test_id("streaming-target")).to_contain_text(f"Key …{KEY[-4:]}")
    await page.get_by_test_id("edit-target").click()  # which has no way to see the key again
    await expect(page.get_by_test_id("target-stream-key")).to_have_value("")
    await page.get_by_test_id("target-name").fill("Our channel")
    await page.get_by_test_id("save-target").click()
    await expect(page.get_by_test_id("streaming-target")).to_contain_text("Our channel")
    await expect(page.get_by_test_id("target-form")).to_have_count(0)
    assert KEY not in await page.content()
    assert await violations(page) == []


async def _stream_and_stop(host: Host) -> None:
    page = host.page
    await page.get_by_test_id("tab-streams").click()
    stream = page.get_by_test_id("stream")
    await expect(stream).to_have_attribute("data-state", "active", timeout=PATIENCE_MS)
    await expect(stream).to_contain_text("On air")
    assert await violations(page) == []
    await page.wait_for_timeout(STREAMED_S * 1000)  # what is to be streamed takes its time
    await page.get_by_test_id("stop-stream").click()
    await expect(stream).to_have_attribute("data-state", "complete", timeout=PATIENCE_MS)


async def _remove(host: Host) -> None:
    page = host.page
    await page.get_by_test_id("remove-target").click()
    await page.get_by_test_id("confirm-remove-target").click()
    await expect(page.get_by_test_id("streaming-target")).to_have_count(0, timeout=PATIENCE_MS)


def _holds_picture_and_sound(got: Path) -> None:
    """What the camera showed, in its order, and the beeps that belong to it."""
    seen = recorded.read(got)
    numbers = [number for _, number in seen.numbered]
    assert len(numbers) > STREAMED_S * fake_media.FRAME_RATE / 2
    assert is_in_order(numbers, fake_media.NUMBERS)
    assert len(seen.beeps) >= STREAMED_S // fake_media.BEAT_S - 1
    assert abs(seen.offset) < 0.3
