"""A preset from its form to what the audience may do, changed while the session is live, at two browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host, Viewer
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with run_hall(tmp_path, demo=True) as hall:
        yield hall


@pytest.mark.browser
@pytest.mark.media
async def test_a_session_goes_by_its_preset_and_follows_it_while_live(hall: Hall, chromium: Browser) -> None:
    host, viewer = await Host.arrive(chromium, hall), await Viewer.arrive(chromium, hall)
    try:
        await host.sign_in(hall.sign_in_link)
        await _make_preset_without_chat(host.page)
        await host.page.goto(f"{host.origin}/rooms")
        room_id = await host.make_room("A room of few words")
        await host.go_live(await _make_session_by(host, "Silent evening", preset="No chat"))

        await viewer.enter(room_id, "Bo")
        await viewer.page.get_by_test_id("leave").wait_for()
        await expect(viewer.page.get_by_text("The host has switched the chat off.")).to_be_visible()
        await expect(viewer.page.get_by_test_id("chat-input")).to_be_disabled()

        await _switch_chat_on(host)
        await expect(viewer.page.get_by_test_id("chat-input")).to_be_enabled(timeout=PATIENCE_MS)
        await viewer.write("At last.")
        await host.reads("At last.")
    except BaseException:
        await host.photograph("presets-host")
        await viewer.photograph("presets-viewer")
        raise
    assert host.complaints == viewer.complaints == []


async def _make_preset_without_chat(page: Page) -> None:
    """From the account's menu, by keyboard where it matters: a switch."""
    await page.get_by_role("button", name="Account").click()
    await page.get_by_test_id("to-presets").click()
    await page.get_by_test_id("new-preset").first.click()
    await page.get_by_test_id("preset-name").fill("No chat")
    await page.get_by_test_id("switch-chat_enabled").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_test_id("switch-audience_chat_send_text")).to_be_disabled()
    assert await violations(page) == []
    await page.get_by_test_id("save-preset").click()
    await expect(page.get_by_test_id("preset")).to_contain_text("No chat", timeout=PATIENCE_MS)
    assert await violations(page) == []


async def _make_session_by(host: Host, title: str, *, preset: str) -> str:
    page = host.page
    await page.get_by_role("button", name="New session").click()
    await page.get_by_label("Title of the session").fill(title)
    await page.get_by_test_id("choose-preset").select_option(label=preset)
    assert await violations(page) == []
    await page.get_by_role("button", name="Create session").click()
    await page.get_by_role("listitem").filter(has_text=title).get_by_test_id("to-studio").click()
    await page.wait_for_url("**/studio/*")
    return page.url.rpartition("/")[2]


async def _switch_chat_on(host: Host) -> None:
    """On a page beside the studio, which stays live."""
    page = await host.page.context.new_page()
    await page.goto(f"{host.origin}/presets")
    await page.get_by_role("link", name="No chat").click()
    await page.get_by_test_id("switch-chat_enabled").set_checked(True, force=True)
    await page.get_by_test_id("save-preset").click()
    await expect(page.get_by_test_id("preset-saved")).not_to_be_empty(timeout=PATIENCE_MS)
    await page.close()
