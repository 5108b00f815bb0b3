"""An administrator has software told: an endpoint with a typing mistake that is mended, a sample that
arrives, what happened told again, also after it was switched off, a new secret, the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, PHOTOGRAPHS, Host
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall
from tests.support.receiver import Receiver, fits
from tests.support.waiting import eventually


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
        secret = await _add(page, f"{receiver.url}-mistyped")
        await _edit(page, receiver.url)
        await page.get_by_test_id("test-endpoint").click()
        await expect(page.get_by_test_id("delivery")).to_contain_text("arrived", timeout=PATIENCE_MS)
        assert fits(secret, *receiver.calls[0])
        receiver.status = 500
        await page.get_by_role("button", name="Send again: room.created").click()
        await expect(page.get_by_test_id("delivery")).to_contain_text("500", timeout=PATIENCE_MS)
        await _read_delivery(page, receiver)
        await _looks_right(page, host.origin)
        await _replay(page, receiver, host)
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
    await expect(page.get_by_role("group", name="Rooms", exact=True)).to_contain_text("A room was made.")
    await page.get_by_label("A room was made.").check()
    await page.get_by_test_id("hears-session.live").check()
    await _photograph_dialog(page, "new", "make-endpoint")
    await page.get_by_test_id("make-endpoint").click()
    dialog = page.get_by_role("dialog")
    secret = await dialog.get_by_test_id("secret").get_by_role("textbox").input_value()
    assert secret.startswith("whsec_")
    assert await violations(page) == []
    await dialog.get_by_test_id("secret-kept").click()
    await expect(page.get_by_test_id("endpoint")).to_contain_text(url)
    assert secret not in await page.content()
    return secret


async def _edit(page: Page, url: str) -> None:
    """Another address, and one event less; the secret stays, so it is not shown."""
    await page.get_by_test_id("edit-endpoint").click()
    await expect(page.get_by_test_id("endpoint-url")).to_have_value(f"{url}-mistyped")
    await expect(page.get_by_test_id("hears-room.created")).to_be_checked()
    await page.get_by_test_id("endpoint-url").fill(url)
    await page.get_by_test_id("endpoint-description").fill("Customer relations")
    await page.get_by_test_id("hears-session.live").uncheck()
    assert await violations(page) == []
    await page.get_by_test_id("save-endpoint").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    endpoint = page.get_by_test_id("endpoint")
    await expect(endpoint).to_contain_text("Customer relations")
    await expect(endpoint).not_to_contain_text("-mistyped")
    await expect(endpoint).not_to_contain_text("session.live")


async def _read_delivery(page: Page, receiver: Receiver) -> None:
    """What was sent and answered, and once more from there."""
    await page.get_by_test_id("open-delivery").click()
    detail = page.get_by_test_id("delivery-detail")
    await expect(detail.get_by_test_id("delivery-answer")).to_contain_text("500")
    await expect(detail.get_by_test_id("delivery-excerpt")).to_have_text("heard")
    await expect(detail).to_contain_text(receiver.ids[-1])
    await _photograph_dialog(page, "delivery", "retry-delivery")
    await detail.get_by_text("What was sent").click()
    await expect(detail.get_by_test_id("delivery-body")).to_contain_text('"type": "room.created"')
    assert await violations(page) == []
    receiver.status = 200
    await page.get_by_test_id("retry-delivery").click()
    await expect(detail.get_by_test_id("delivery-answer")).to_contain_text("200", timeout=PATIENCE_MS)
    assert len(set(receiver.ids)) == 1
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def _replay(page: Page, receiver: Receiver, host: Host) -> None:
    """A room is made and told, told again, and once more after the endpoint said that it is gone."""
    await page.goto(f"{host.origin}/rooms?lang=en")
    await host.make_room("Waves")
    await _is_called(receiver, 1)
    await page.goto(f"{host.origin}/webhooks?lang=en")
    for times in (2, 3):
        await page.get_by_test_id("replay-endpoint").click()
        await expect(page.get_by_test_id("replay-since")).not_to_have_value("")
        await _photograph_dialog(page, "replay", "confirm-replay")
        await page.get_by_test_id("confirm-replay").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await _is_called(receiver, times)
        if times == 2:
            receiver.status = 410
            await page.get_by_test_id("test-endpoint").click()
            await expect(page.get_by_test_id("endpoint-on")).not_to_be_checked(timeout=PATIENCE_MS)
            assert await violations(page) == []
            receiver.status = 200
    await expect(page.get_by_test_id("endpoint-on")).to_be_checked()


async def _is_called(receiver: Receiver, times: int) -> None:
    """Of the room that was made, not of samples: so many calls, all under one id."""

    async def ids() -> list[str]:
        return [headers["webhook-id"] for headers, body in receiver.calls if b"Waves" in body]

    found = await eventually(ids, lambda found: len(found) >= times, within=30, what=f"{times} calls")
    assert len(set(found)) == 1


async def _photograph_dialog(page: Page, name: str, button: str) -> None:
    """At both widths and in both schemes: axe finds nothing, and the button is in sight without scrolling."""
    for width, scheme in ((390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await expect(page.get_by_test_id(button)).to_be_in_viewport(ratio=1)
        assert await violations(page) == []
        await page.screenshot(path=PHOTOGRAPHS / f"webhooks-{name}-{width}-{scheme}.png")


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
