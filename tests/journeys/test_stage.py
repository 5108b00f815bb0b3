"""From the audience to the stage and back, at three browsers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, PUBLISHED, Viewer
from tests.journeys.stage import Stage, live_stage
from tests.support import browser, fake_media
from tests.support.hall import hall as run_hall
from tests.support.waiting import eventually


@pytest.fixture
async def stage(tmp_path: Path, fake_devices: fake_media.Devices) -> AsyncIterator[Stage]:
    with run_hall(tmp_path, demo=True) as hall:
        async with live_stage(hall, fake_devices, recorded=False) as stage:
            yield stage


@pytest.mark.browser
@pytest.mark.media
async def test_c17_a_hand_leads_on_stage_without_reconnecting_and_a_removal_leads_back(stage: Stage) -> None:
    host, bo, mo = stage.host, await Viewer.arrive(stage.chromium, stage.hall), await stage.seat("Mo")
    try:
        await bo.page.goto(f"{bo.origin}/w/{stage.room_id}?{PUBLISHED}")
        await bo.page.get_by_test_id("viewer-name").fill("Bo")
        await bo.page.get_by_test_id("enter").click()
        await _raise_by_keyboard(bo)
        connected = await bo.connected_at()
        await _accept(stage)

        await bo.page.get_by_test_id("on-stage").wait_for()
        assert await violations(bo.page) == []
        await bo.page.get_by_test_id("go-on-camera").click()
        await expect(mo.page.get_by_test_id("stage-picture")).to_have_count(1, timeout=PATIENCE_MS)
        await host.page.get_by_test_id("guest-picture").wait_for()
        await _decodes_more(mo)
        await _pins_and_unpins(stage, mo)
        assert await bo.connected_at() == connected
        await mo.page.locator("[data-testid=applause] [data-emoji='👏']").click()
        for page in (host.page, bo.page, mo.page):
            await page.locator("[data-testid=rising] [data-emoji='👏']").first.wait_for(state="attached")
        assert await violations(mo.page) == []

        await host.page.get_by_test_id("remove-from-stage").click()
        await expect(mo.page.get_by_test_id("stage-picture")).to_have_count(0, timeout=PATIENCE_MS)
        await expect(bo.page.get_by_test_id("stage-state")).to_contain_text("no longer on stage")
        await expect(bo.page.get_by_test_id("go-on-camera")).to_have_count(0)
        await browser.shows_moving_picture(bo.page, within=20)
        assert (await stage.api.get(f"/sessions/{stage.session_id}/stage/participants"))["count"] == 0

        await host.page.get_by_test_id("tab-people").click()
        row = host.page.get_by_test_id("viewer").filter(has_text="Bo")
        await row.get_by_test_id("add-to-stage").click()
        await bo.page.get_by_test_id("go-on-camera").wait_for()
        await expect(row).to_contain_text("On stage")
        assert await violations(host.page) == []
    except BaseException:
        for name, person in (("host", host), ("bo", bo), ("mo", mo)):
            await person.photograph(f"stage-{name}")
        raise
    assert host.complaints == bo.complaints == mo.complaints == []


@pytest.mark.browser
@pytest.mark.media
async def test_the_host_chooses_how_the_pictures_become_one(stage: Stage) -> None:
    """Between one picture and several before something runs, among those of several at any time."""
    host = stage.host
    page = host.page
    try:
        await stage.api.post(f"/sessions/{stage.session_id}/end")
        await page.goto(f"{host.origin}/rooms/{stage.room_id}")
        session_id = await host.make_session("A panel", recorded=False)
        path = f"/sessions/{session_id}"
        await page.get_by_test_id("tab-stage").click()
        layout = page.get_by_test_id("layout")
        await layout.select_option("grid")
        await expect(layout).to_have_value("grid", timeout=PATIENCE_MS)
        await eventually(
            lambda: stage.api.get(path), lambda shown: shown["layout"] == "grid", within=10, what="a grid"
        )
        assert await violations(page) == []
        await host.photograph("layout")
        await host.go_live(session_id)
        await page.get_by_test_id("tab-stage").click()
        await layout.select_option("speaker")
        await eventually(
            lambda: stage.api.get(path), lambda shown: shown["layout"] == "speaker", within=10, what="speaker"
        )
        await layout.select_option("single")
        await expect(page.get_by_text("Stop it first")).to_be_visible(timeout=PATIENCE_MS)
        await expect(layout).to_have_value("speaker", timeout=PATIENCE_MS)
        assert await violations(page) == []
    except BaseException:
        await host.photograph("stage-layout")
        raise


async def _raise_by_keyboard(viewer: Viewer) -> None:
    page = viewer.page
    await page.get_by_test_id("take-part").focus()
    await page.keyboard.press("Enter")
    assert await violations(page) == []
    await page.get_by_test_id("hand-message").fill("A question about waves")
    await page.get_by_test_id("raise-hand").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("stage-state")).to_have_attribute(
        "data-state", "pending", timeout=PATIENCE_MS
    )
    await expect(page.get_by_test_id("lower-hand")).to_be_focused()
    assert await violations(page) == []


async def _accept(stage: Stage) -> None:
    """The host sees the hand and its message, and lets Bo on stage."""
    page = stage.host.page
    await page.get_by_test_id("tab-stage").click()
    hand = page.get_by_test_id("stage-hand")
    await expect(hand).to_contain_text("A question about waves", timeout=PATIENCE_MS)
    assert await violations(page) == []
    await page.get_by_role("button", name="Bring on stage: Bo").click()
    await page.get_by_test_id("stage-member").wait_for()


async def _pins_and_unpins(stage: Stage, viewer: Viewer) -> None:
    """By the keyboard; the audience sees Bo first and large, and then as before."""
    pin = stage.host.page.get_by_role("button", name="Pin Bo")
    pictures = viewer.page.get_by_role("list", name="Programme")
    first = viewer.page.get_by_test_id("programme")
    assert await first.get_attribute("aria-label") != "Bo"
    await pin.focus()
    await stage.host.page.keyboard.press("Space")
    await expect(pin).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await expect(first).to_have_attribute("aria-label", "Bo", timeout=PATIENCE_MS)
    large, small = [
        await viewer.page.get_by_test_id(name).bounding_box() for name in ("programme", "stage-picture")
    ]
    assert large is not None
    assert small is not None
    assert large["width"] > 2 * small["width"]
    assert await violations(stage.host.page) == []
    assert await violations(viewer.page) == []
    await stage.host.page.keyboard.press("Space")
    await expect(pin).to_have_attribute("aria-pressed", "false", timeout=PATIENCE_MS)
    await expect(pictures).not_to_have_attribute("data-pinned", "true", timeout=PATIENCE_MS)
    await expect(first).not_to_have_attribute("aria-label", "Bo")
    await expect(pin).to_be_focused()
    own = stage.host.page.get_by_test_id("stage-self").get_by_role("button")
    await own.click()
    await expect(own).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await expect(pictures).to_have_attribute("data-pinned", "true", timeout=PATIENCE_MS)
    await expect(first).not_to_have_attribute("aria-label", "Bo")
    await own.click()
    await expect(pictures).not_to_have_attribute("data-pinned", "true", timeout=PATIENCE_MS)


async def _decodes_more(viewer: Viewer) -> None:
    """The picture of the person on stage moves, beside the host's."""
    before = await viewer.page.evaluate(CURRENT)
    await eventually(
        lambda: viewer.page.evaluate(CURRENT),
        lambda frames: frames >= before + 15,
        within=20,
        what="frames of the stage",
    )


CURRENT = """() => document.querySelector('[data-testid="stage-picture"]')
    .getVideoPlaybackQuality().totalVideoFrames"""
