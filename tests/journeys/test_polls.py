"""A poll from the question to the final count, at two browsers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host, Viewer
from tests.journeys.stage import Stage, live_stage
from tests.support import browser, fake_media
from tests.support.hall import hall as run_hall


@pytest.fixture
async def stage(tmp_path: Path, fake_devices: fake_media.Devices) -> AsyncIterator[Stage]:
    with run_hall(tmp_path, demo=True) as hall:
        async with live_stage(hall, fake_devices, recorded=False) as stage:
            yield stage


@pytest.mark.browser
@pytest.mark.media
async def test_a_poll_is_put_answered_by_keyboard_watched_and_closed(stage: Stage) -> None:
    host = stage.host
    viewer = await Viewer.arrive(stage.chromium, stage.hall)
    await viewer.enter(stage.room_id, "Bo")
    await viewer.page.get_by_test_id("leave").wait_for()
    try:
        await _put(host, "Tea or coffee?", "Tea", "Coffee")
        await _vote_by_keyboard(viewer, "Tea or coffee?")
        for person in (host, viewer):
            await _counts(person, [0, 1])
            assert await violations(person.page) == []
        await _watch_unseen(stage)
        await host.page.get_by_test_id("close-poll").click()
        for person in (host, viewer):
            await expect(person.page.get_by_test_id("poll")).to_have_attribute(
                "data-status", "closed", timeout=PATIENCE_MS
            )
            await _counts(person, [0, 1])
        await viewer.page.get_by_test_id("put-poll-away").click()
        await expect(viewer.page.get_by_test_id("poll")).to_have_count(0)
    except BaseException:
        await host.photograph("poll-host")
        await viewer.photograph("poll-viewer")
        raise
    assert host.complaints == viewer.complaints == []


async def _watch_unseen(stage: Stage) -> None:
    """Somebody of the team, in another tab: the viewer stays the only one."""
    page = await stage.host.page.context.new_page()
    await page.goto(f"{stage.hall.url}/monitor/{stage.session_id}")
    await browser.shows_moving_picture(page, within=30)
    await expect(page.get_by_test_id("viewer-count")).to_have_attribute("data-count", "1")
    assert await violations(page) == []
    assert await stage.audience() == ["Bo"]
    await page.close()


async def _put(host: Host, question: str, *answers: str) -> None:
    page = host.page
    await page.get_by_test_id("tab-talk").focus()
    polls = page.get_by_test_id("tab-polls")
    while await polls.get_attribute("aria-selected") != "true":
        await page.keyboard.press("ArrowRight")
        assert await page.get_by_test_id("tab-talk").get_attribute("aria-selected") != "true", "all around"
    await page.get_by_test_id("new-poll").click()
    await page.get_by_test_id("poll-question").fill(question)
    for at, answer in enumerate(answers):
        await page.get_by_test_id("poll-option-text").nth(at).fill(answer)
    assert await violations(page) == []
    await page.get_by_test_id("create-poll").click()
    await page.get_by_test_id("close-poll").wait_for()


async def _vote_by_keyboard(viewer: Viewer, question: str) -> None:
    page = viewer.page
    await page.get_by_role("heading", name=question).wait_for()
    assert await violations(page) == []
    await page.get_by_test_id("poll-option").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")


async def _counts(person: Host | Viewer, votes: list[int]) -> None:
    """Wait until the results show these votes, in order."""
    results = person.page.get_by_test_id("poll-result")
    for at, number in enumerate(votes):
        await expect(results.nth(at)).to_have_attribute("data-votes", str(number), timeout=PATIENCE_MS)
