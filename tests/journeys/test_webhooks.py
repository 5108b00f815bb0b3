"""An administrator has software told: an endpoint, a sample that arrives, a new secret, the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, PHOTOGRAPHS, Host
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall
from tests.support.receiver import Receiver, fits


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with run_hall(tmp_path, settings={"LIVEHALL_WEBHOOKS_PRIVATE_TARGETS": "true"}) as hall:
        yield hall


@pytest.mark.browser
async def test_software_is_told_what_happens(hall: Hall, chromium: Browser, receiver: Receiver) -> None:
    PHOTOGRAPHS.mkdir(exist_ok=True)
    host = await Host.arrive(chromium, hall)
    page = host.page
    try:
        printed = hall.command("account", "add", "ann@example.org", "--role", "admin")
        await host.sign_in(next(word for word in printed.split() if "#code=" in word))
        await page.get_by_role("button", name="Account").click()
        await page.get_by_test_id("to-webhooks").click()
        await page.get_by_test_id("new-endpoint").wait_for()
        assert await violations(page) == []
        secret = await _add(page, receiver.url)
        await page.get_by_test_id("test-endpoint").click()
        await expect(page.get_by_test_id("delivery")).to_contain_text("arrived", timeout=PATIENCE_MS)
        assert fits(secret, *receiver.calls[0])
        receiver.status = 500
        await page.get_by_role("button", name="Send again: room.created").click()
        await expect(page.get_by_test_id("delivery")).to_contain_text("500", timeout=PATIENCE_MS)
        await _looks_right(page, host.origin)
        await page.get_by_test_id("rotate-endpoint").click()
        await page.get_by_test_id("confirm-rotate").click()
        await page.get_by_test_id("secret").wait_for()
        await page.get_by_test_id("secret-kept").click()
        await page.get_by_test_id("remove-endpoint").click()
        assert await violations(page) == []
        await page.get_by_test_id("confirm-remove").click()
        await expect(page.get_by_test_id("endpoint")).to_have_count(0)
    except BaseException:
        await host.photograph("webhooks")
        raise
    assert host.complaints == []


async def _add(page: Page, url: str) -> str:
    """The secret, which is shown once."""
    await page.get_by_test_id("new-endpoint").click()
    await page.get_by_test_id("endpoint-url").fill(url)
    await page.get_by_test_id("hears-all").uncheck()
    await page.get_by_test_id("hears-room.created").check()
    await page.get_by_test_id("hears-session.live").check()
    assert await violations(page) == []
    await page.screenshot(path=PHOTOGRAPHS / "webhooks-new.png")
    await page.get_by_test_id("make-endpoint").click()
    dialog = page.get_by_role("dialog")
    secret = await dialog.get_by_test_id("secret").get_by_role("textbox").input_value()
    assert secret.startswith("whsec_")
    assert await violations(page) == []
    await dialog.get_by_test_id("secret-kept").click()
    await expect(page.get_by_test_id("endpoint")).to_contain_text(url)
    assert secret not in await page.content()
    return secret


async def _looks_right(page: Page, origin: str) -> None:
    """At both widths, light and dark, in all languages: nothing sticks out, and axe finds nothing."""
    for width, scheme, language in (
        (1440, "light", "en"),
        (1440, "dark", "fr"),
        (390, "dark", "de"),
        (390, "light", "fr"),
    ):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.goto(f"{origin}/webhooks?lang={language}")
        await page.get_by_test_id("delivery").wait_for()
        assert await violations(page) == []
        too_wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0
        await page.screenshot(path=PHOTOGRAPHS / f"webhooks-{width}-{scheme}-{language}.png", full_page=True)
    await page.goto(f"{origin}/webhooks?lang=en")
