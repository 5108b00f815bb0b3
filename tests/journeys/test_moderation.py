"""Keeping order at three browsers: who waits is let in or sent away, who is banned stays out until lifted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host, Person, Viewer
from tests.journeys.stage import Stage, live_stage
from tests.support import fake_media
from tests.support.hall import hall as run_hall


@pytest.fixture
async def stage(tmp_path: Path, fake_devices: fake_media.Devices) -> AsyncIterator[Stage]:
    with run_hall(tmp_path, demo=True) as hall:
        async with live_stage(hall, fake_devices, recorded=False) as stage:
            yield stage


@pytest.mark.browser
@pytest.mark.media
async def test_who_waits_is_let_in_or_sent_away_and_who_is_banned_stays_out(stage: Stage) -> None:
    await stage.api.patch(f"/sessions/{stage.session_id}/settings", {"waiting_room": True})
    host = stage.host
    bo, mo = [await Viewer.arrive(stage.chromium, stage.hall) for _ in range(2)]
    try:
        await _knock(stage, bo, "Bo")
        await _knock(stage, mo, "Mo")
        await _decide_by_keyboard(host)
        await expect(mo.page.get_by_test_id("denied")).to_be_visible(timeout=PATIENCE_MS)
        await bo.page.get_by_test_id("leave").wait_for()
        await _looks_well(host, bo, mo)

        await bo.write("A rude thing.")
        await _delete(host, "A rude thing.")
        await expect(bo.page.get_by_test_id("chat-text")).to_have_count(0, timeout=PATIENCE_MS)

        await _ban(host, reason="Rude")
        await expect(bo.page.get_by_test_id("banned")).to_be_visible(timeout=PATIENCE_MS)
        await bo.page.reload()
        await expect(bo.page.get_by_test_id("banned")).to_be_visible(timeout=PATIENCE_MS)
        await _looks_well(host, bo)

        await host.page.get_by_test_id("lift-ban").click()
        await bo.page.get_by_test_id("come-back").click()
        await bo.page.get_by_test_id("leave").wait_for()
    except BaseException:
        for name, person in (("host", host), ("bo", bo), ("mo", mo)):
            await person.photograph(f"moderation-{name}")
        raise
    assert host.complaints == bo.complaints == mo.complaints == []


async def _knock(stage: Stage, viewer: Viewer, name: str) -> None:
    await viewer.enter(stage.room_id, name)
    await viewer.page.get_by_text("You will be let in shortly").wait_for()


async def _decide_by_keyboard(host: Host) -> None:
    """Bo comes in, Mo does not."""
    page = host.page
    people = page.get_by_test_id("tab-people")
    await page.get_by_test_id("tab-talk").focus()
    while await people.get_attribute("aria-selected") != "true":
        await page.keyboard.press("ArrowRight")
    await expect(page.get_by_test_id("waiting-person")).to_have_count(2, timeout=PATIENCE_MS)
    assert await violations(page) == []
    for label in ("Let in Bo", "Send away Mo"):
        await page.get_by_role("button", name=label).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name=label)).to_have_count(0, timeout=PATIENCE_MS)


async def _delete(host: Host, text: str) -> None:
    page = host.page
    await page.get_by_test_id("tab-talk").click()
    message = page.get_by_test_id("chat-message").filter(has_text=text)
    await message.hover()
    await message.get_by_test_id("message-tools").click()
    await page.get_by_test_id("delete-message").click()
    await expect(page.get_by_test_id("chat-text")).to_have_count(0, timeout=PATIENCE_MS)


async def _ban(host: Host, reason: str) -> None:
    """Bo, from the list of those who are here."""
    page = host.page
    await page.get_by_test_id("tab-people").click()
    await page.get_by_role("button", name="Ban Bo").click()
    await page.get_by_test_id("ban-duration").select_option("3600")
    await page.get_by_test_id("ban-reason").fill(reason)
    assert await violations(page) == []
    await page.get_by_test_id("confirm-ban").click()
    await expect(page.get_by_test_id("banned-person")).to_contain_text(reason, timeout=PATIENCE_MS)


async def _looks_well(*people: Person) -> None:
    for person in people:
        assert await violations(person.page) == []
