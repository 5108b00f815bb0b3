"""A host changes, moves, repeats, calls off and removes sessions and rooms, and has all of them in view."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall

WIDTHS = (1440, 390)
RIGHT = """Math.max(...[...document.querySelectorAll('main *')]
  .map(each => each.getBoundingClientRect().right))"""


@pytest.fixture
async def managing(tmp_path: Path, chromium: Browser) -> AsyncIterator[tuple[Host, Hall]]:
    with run_hall(tmp_path, demo=True) as hall:
        host = await Host.arrive(chromium, hall)
        await host.sign_in(hall.sign_in_link)
        yield host, hall


@pytest.mark.browser
@pytest.mark.media
async def test_rooms_and_sessions_are_changed_moved_repeated_called_off_and_removed(
    managing: tuple[Host, Hall],
) -> None:
    host, hall = managing
    page = host.page
    try:
        room_id = await host.make_room("Physics")
        await host.make_session("Waves", recorded=False)
        await page.goto(f"{host.origin}/rooms/{room_id}")
        await _change_the_session(page)
        await _move_it(page)
        await _hand_out_links(page, hall)
        await _plan_it_once_more(page)
        await _see_all_rooms(host)
        await page.goto(f"{host.origin}/rooms/{room_id}")
        await _call_it_off_and_remove_it(page)
        await _change_the_room(host, hall, room_id)
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("delete-room").click()
        assert await violations(page) == []
        await page.get_by_test_id("confirm").click()
        await page.wait_for_url("**/rooms")
        await expect(page.get_by_text("Physics II")).to_have_count(0)
    except BaseException:
        await host.photograph("managing")
        raise
    assert host.complaints == []


def _row(page: Page, title: str, status: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=title).filter(has_text=status)


async def _open(page: Page, title: str, status: str, deed: str) -> None:
    await _row(page, title, status).first.get_by_test_id("session-menu").click()
    await page.get_by_test_id(deed).click()
    await page.get_by_role("dialog").wait_for()


async def _change_the_session(page: Page) -> None:
    """It has no time yet; then it has one."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT18:00")
    await _open(page, "Waves", "", "edit-session")
    await page.get_by_label("Title of the session").fill("Waves and tides")
    await page.get_by_test_id("starts").fill(tomorrow)
    assert await violations(page) == []
    await page.get_by_test_id("save-session").click()
    await expect(_row(page, "Waves and tides", "Planned")).to_have_count(1, timeout=PATIENCE_MS)
    await _open(page, "Waves and tides", "Planned", "edit-session")
    await expect(page.get_by_test_id("starts")).to_have_value(tomorrow)
    await expect(page.get_by_test_id("notify")).to_have_count(0)  # nothing is moved yet
    await page.get_by_test_id("starts").fill(tomorrow.replace("18:00", "19:30"))
    await expect(page.get_by_test_id("notify")).to_be_checked()
    await page.get_by_test_id("save-session").click()
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)


async def _move_it(page: Page) -> None:
    """Its end goes along."""
    days = [(datetime.now(UTC) + timedelta(days=ahead)).strftime("%Y-%m-%d") for ahead in (1, 2)]
    await _open(page, "Waves and tides", "Planned", "edit-session")
    await page.get_by_label("Ends (optional)").fill(f"{days[0]}T20:30")
    await page.get_by_test_id("save-session").click()
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
    await _open(page, "Waves and tides", "Planned", "move-session")
    await page.get_by_test_id("move-starts").fill(f"{days[1]}T17:30")
    await expect(page.get_by_test_id("move-ends")).to_have_value(f"{days[1]}T18:30")
    await page.get_by_test_id("move-notify").uncheck()
    assert await violations(page) == []
    await page.get_by_test_id("save-session").click()
    await expect(_row(page, "Waves and tides", "17:30")).to_have_count(1, timeout=PATIENCE_MS)


async def _hand_out_links(page: Page, hall: Hall) -> None:
    """Those of the session, and one that signs in, which another browser opens."""
    await _open(page, "Waves and tides", "Planned", "session-links")
    links = page.get_by_test_id("links")
    await expect(links.get_by_label("This session")).to_have_value(re.compile(r"/w/.+\?session="))
    await expect(links.get_by_label("To show it inside another page")).to_have_value(re.compile("^<iframe "))
    await links.get_by_test_id("make-studio-link").click()
    await expect(links.get_by_label("Studio")).to_have_value(re.compile(r"/studio/.+#code="))
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Account").click()
    await page.get_by_test_id("other-device").click()
    await page.get_by_test_id("make-sign-in-link").click()
    address = await page.get_by_label("Link that signs in").input_value()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    browser = page.context.browser
    assert browser is not None
    device = await Host.arrive(browser, hall)
    await device.sign_in(address)
    await expect(device.page.get_by_role("link", name="Physics")).to_be_visible(timeout=PATIENCE_MS)
    await device.page.context.close()


async def _see_all_rooms(host: Host) -> None:
    page = host.page
    await page.get_by_role("link", name="Overview").click()
    planned = page.get_by_test_id("overview-sessions").get_by_test_id("overview-session")
    await expect(planned.filter(has_text="Waves")).to_have_count(2, timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("overview-live")).to_contain_text("Nothing is on air")
    await expect(page.get_by_test_id("figures-now")).to_contain_text("sessions planned")
    await page.get_by_test_id("overview-period").select_option("7")
    await page.get_by_test_id("overview-search").fill("again")
    await expect(planned).to_have_count(1, timeout=PATIENCE_MS)
    await expect(planned).to_contain_text("Physics")
    await expect(page.get_by_test_id("open-room").first).to_be_visible(timeout=PATIENCE_MS)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate(RIGHT) <= width
        assert await violations(page) == []
    await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    await page.get_by_test_id("overview-view").select_option("past")
    await expect(planned).to_have_count(0, timeout=PATIENCE_MS)


async def _plan_it_once_more(page: Page) -> None:
    await _open(page, "Waves and tides", "Planned", "copy-session")
    await page.get_by_label("Title of the session").fill("Waves again")
    await page.get_by_test_id("save-session").click()
    await expect(_row(page, "Waves again", "")).to_have_count(1, timeout=PATIENCE_MS)


async def _call_it_off_and_remove_it(page: Page) -> None:
    await _open(page, "Waves and tides", "Planned", "cancel-session")
    assert await violations(page) == []
    await page.get_by_test_id("confirm").click()
    await expect(_row(page, "Waves and tides", "Cancelled")).to_have_count(1, timeout=PATIENCE_MS)
    await _open(page, "Waves and tides", "Cancelled", "delete-session")
    await page.get_by_test_id("confirm").click()
    await expect(_row(page, "Waves and tides", "")).to_have_count(0, timeout=PATIENCE_MS)


async def _change_the_room(host: Host, hall: Hall, room_id: str) -> None:
    page = host.page
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await host.photograph(f"room-{width}")
        assert await page.evaluate(RIGHT) <= width
    await page.get_by_test_id("room-menu").click()
    await page.get_by_test_id("edit-room").click()
    await page.get_by_label("Name of the room").fill("Physics II")
    await page.get_by_test_id("room-visibility").select_option("unlisted")
    await page.get_by_test_id("room-waiting").check(force=True)
    await page.get_by_test_id("room-locked").check(force=True)
    await page.get_by_test_id("room-password").fill("open sesame")
    assert await violations(page) == []
    await host.photograph("room-edit-390")
    await page.get_by_test_id("save-room").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Physics II", timeout=PATIENCE_MS)
    async with hall.api(host.token) as api:
        room = await api.get(f"/rooms/{room_id}")
    shown = {name: room[name] for name in ("title", "visibility", "waiting_room", "has_password")}
    assert shown == {
        "title": "Physics II",
        "visibility": "unlisted",
        "waiting_room": True,
        "has_password": True,
    }
    await page.set_viewport_size({"width": 1440, "height": 900})
