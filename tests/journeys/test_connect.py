"""An administrator connects software: makes a credential, runs the printed call, rotates and revokes."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from livehall.server.dialects import DIALECTS
from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, PHOTOGRAPHS, Host
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall

# The API, and what its first call answers when the credential holds.
APIS = {
    "live": '"success":true',
    "voila": '"organizationId":',
    "meltingspot": '"total":',
    "sourceloop": '"count":0',
}

SERVED = {api: answer for api, answer in APIS.items() if api in {"live", *(each.name for each in DIALECTS)}}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with run_hall(tmp_path) as hall:
        yield hall


@pytest.mark.browser
async def test_software_is_connected_by_what_the_page_prints(hall: Hall, chromium: Browser) -> None:
    host = await Host.arrive(chromium, hall)
    page = host.page
    try:
        printed = hall.command("account", "add", "ann@example.org", "--role", "admin")
        await host.sign_in(next(word for word in printed.split() if "#code=" in word))
        await page.get_by_role("button", name="Account").click()
        await page.get_by_test_id("to-connect").click()
        assert await violations(page) == []
        for api, answer in SERVED.items():
            await page.get_by_test_id(f"api-{api}").click()
            call = await _make(page, f"Shop of {api}")
            assert answer in await _run(call), call
        await _has_a_last_use(page)
        await _change(page)
        await _rotate_and_revoke(page)
        await _looks_right(page, host.origin)
    except BaseException:
        await host.photograph("connect")
        raise
    assert host.complaints == []


async def _make(page: Page, name: str) -> str:
    """The call that is printed with a new credential."""
    await page.get_by_test_id("new-client").click()
    await page.get_by_test_id("client-name").fill(name)
    assert await violations(page) == []
    await page.get_by_test_id("make-client").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_test_id("secret").wait_for()
    assert await violations(page) == []
    call = await dialog.get_by_test_id("first-call").inner_text()
    secret = await dialog.get_by_test_id("secret").get_by_role("textbox").input_value()
    assert secret in call
    await dialog.get_by_test_id("secret-kept").click()
    await expect(page.get_by_test_id("client").filter(has_text=name)).to_be_visible()
    assert secret not in await page.content()  # shown once
    return call


async def _run(call: str) -> str:
    """What a shell gives for the lines."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", call, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return re.sub(r"\s*:\s*", ":", out.decode())


async def _has_a_last_use(page: Page) -> None:
    await page.reload()
    await page.get_by_test_id("api-sourceloop").click()
    await expect(page.get_by_test_id("client").first).to_contain_text("last used", timeout=PATIENCE_MS)


async def _change(page: Page) -> None:
    """Its name and until when it holds; its secret stays."""
    await page.get_by_test_id("change-client").first.click()
    await page.get_by_test_id("client-new-name").fill("Shop by the sea")
    await page.get_by_test_id("client-until").fill("2099-12-31")
    assert await violations(page) == []
    await page.get_by_test_id("save-client").click()
    await expect(page.get_by_test_id("client").first).to_contain_text("Shop by the sea", timeout=PATIENCE_MS)


async def _rotate_and_revoke(page: Page) -> None:
    await page.get_by_test_id("rotate").click()
    await page.get_by_role("radio", name="It ends at once").check()
    await page.get_by_test_id("confirm-rotate").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_test_id("secret").wait_for()
    call = await dialog.get_by_test_id("first-call").inner_text()
    assert APIS["sourceloop"] in await _run(call)
    await dialog.get_by_test_id("secret-kept").click()
    await page.get_by_test_id("revoke").click()
    assert await violations(page) == []
    await page.get_by_test_id("confirm-revoke").click()
    await expect(page.get_by_test_id("client")).to_have_count(0)
    await asyncio.sleep(2.1)  # what was remembered of its tokens is read again
    assert '"statusCode":401' in await _run(call)


async def _looks_right(page: Page, origin: str) -> None:
    """At both widths, light and dark, in all languages: nothing sticks out, and axe finds nothing."""
    PHOTOGRAPHS.mkdir(exist_ok=True)
    for width, scheme, language in ((1440, "light", "en"), (390, "dark", "de"), (390, "light", "fr")):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.goto(f"{origin}/connect?lang={language}")
        await page.get_by_test_id("api-sourceloop").click()
        await page.get_by_test_id("first-call").wait_for()
        assert await violations(page) == []
        too_wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0
        await page.screenshot(path=PHOTOGRAPHS / f"connect-{width}-{scheme}-{language}.png", full_page=True)
