"""An administrator says what the terms are, and takes files along; who agreed before agrees again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, PHOTOGRAPHS, Host, Person
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall

KINDS = ("attendance", "registrations", "chat", "questions", "polls", "report", "audit")
WIDTHS = (1440, 390)
RIGHT = """Math.max(...[...document.querySelectorAll('main *')]
  .map(each => each.getBoundingClientRect().right))"""


@pytest.fixture
async def admin(tmp_path: Path, chromium: Browser) -> AsyncIterator[tuple[Host, Hall]]:
    with run_hall(tmp_path, demo=True) as hall:
        admin = await Host.arrive(chromium, hall)
        printed = hall.command("account", "add", "ann@example.org", "--role", "admin")
        await admin.sign_in(next(word for word in printed.split() if "#code=" in word))
        yield admin, hall


@pytest.mark.browser
@pytest.mark.media
async def test_terms_are_set_and_agreed_to_again_and_files_are_taken_along(
    admin: tuple[Host, Hall], chromium: Browser
) -> None:
    host, hall = admin
    page = host.page
    mia = await Person.arrive(chromium, hall)
    try:
        room_id = await host.make_room("Physics")
        await host.make_session("Waves", recorded=False)
        await _set_terms(host, "We keep it for a year.", "1")
        await _ask_for_consent(host, room_id)
        link = await _register(mia, f"{hall.url}/r/{room_id}")
        await _set_terms(host, "We keep it for two years.", "2")
        await page.goto(f"{host.origin}/rooms/{room_id}/registrations")
        await expect(page.get_by_test_id("to-agree-again")).to_be_visible(timeout=PATIENCE_MS)
        await _agree_again(mia, link)
        await expect(page.get_by_test_id("to-agree-again")).to_have_count(0, timeout=PATIENCE_MS)
        await _take_along(host)
    except BaseException:
        await host.photograph("organization")
        await mia.photograph("organization-mia")
        raise
    assert host.complaints == mia.complaints == []


async def _set_terms(host: Host, text: str, version: str) -> None:
    page = host.page
    await page.goto(f"{host.origin}/rooms")
    await page.get_by_role("button", name="Account").click()
    await page.get_by_test_id("to-terms").click()
    await page.get_by_test_id("terms-url").fill("ftp://example.org/terms")
    await page.get_by_test_id("terms-text").fill(text)
    await page.get_by_test_id("save-terms").click()
    await expect(page.get_by_text("Give a web address that begins")).to_be_visible(timeout=PATIENCE_MS)
    await page.get_by_test_id("terms-url").fill("https://example.org/terms")
    await page.get_by_test_id("save-terms").click()
    await expect(page.get_by_test_id("terms-version")).to_have_attribute(
        "data-version", version, timeout=PATIENCE_MS
    )
    await expect(page.get_by_test_id("terms-text")).to_have_value(text)
    await _looks_right(page, "terms")


async def _ask_for_consent(host: Host, room_id: str) -> None:
    page = host.page
    await page.goto(f"{host.origin}/rooms/{room_id}/registration")
    await page.get_by_test_id("form-mode").select_option("optional")
    await page.get_by_test_id("consent-text").fill("We keep your data for this event.")
    await page.get_by_test_id("save-form").click()
    await expect(page.get_by_test_id("form-saved")).to_be_visible(timeout=PATIENCE_MS)


async def _register(person: Person, address: str) -> str:
    """The personal link."""
    page = person.page
    await page.goto(address)
    await page.get_by_label("First name").fill("Mia")
    await page.get_by_label("Last name").fill("Wolf")
    await page.get_by_label("Email address").fill("mia@example.org")
    await page.get_by_text("Terms of the organizer").click()
    await expect(page.get_by_text("We keep it for a year.")).to_be_visible()
    await page.get_by_test_id("consent").check()
    await _looks_right(page, "terms-form")
    await page.get_by_test_id("register").click()
    registered = page.get_by_test_id("registered")
    await expect(registered).to_have_attribute("data-status", "approved", timeout=PATIENCE_MS)
    link = await registered.locator("a[href*='registered#']").first.get_attribute("href")
    assert link is not None
    return link


async def _agree_again(person: Person, link: str) -> None:
    page = person.page
    await page.goto(f"{person.origin}/registered#{link.rpartition('#')[2]}")
    asked = page.get_by_test_id("ask-again")
    await asked.get_by_text("Terms of the organizer").click()
    await expect(asked).to_contain_text("We keep it for two years.", timeout=PATIENCE_MS)
    await _looks_right(page, "ask-again")
    await asked.get_by_test_id("agree").check()
    await asked.get_by_test_id("agree-again").click()
    await expect(asked).to_have_count(0, timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("own-registration")).to_have_attribute("data-status", "approved")


async def _take_along(host: Host) -> None:
    """One of each kind; the last one, of the organization, is fetched."""
    page = host.page
    await page.get_by_role("button", name="Account").click()
    await page.get_by_test_id("to-exports").click()
    await page.get_by_test_id("export-session").fill("wav")
    await page.get_by_role("option", name="Waves").click()
    for number, kind in enumerate(KINDS, 1):
        await page.get_by_test_id("export-kind").select_option(kind)
        if kind == "registrations":
            await page.get_by_test_id("export-of").select_option("room")
            await page.get_by_test_id("export-room").fill("phys")
            await page.get_by_role("option", name="Physics").click()
        await page.get_by_test_id("ask-export").click()
        await expect(page.get_by_test_id("export")).to_have_count(number, timeout=PATIENCE_MS)
    ready = page.get_by_test_id("export").and_(page.locator("[data-state=ready]"))
    await expect(ready).to_have_count(len(KINDS), timeout=PATIENCE_MS)
    await _looks_right(page, "exports")
    async with page.expect_download() as download:
        await page.get_by_test_id("export").first.get_by_test_id("fetch-export").click()
    fetched = await download.value
    assert fetched.suggested_filename == "audit.csv"
    content = await asyncio.to_thread(Path(await fetched.path()).read_text)
    assert "organization.privacy" in content


async def _looks_right(page: Page, name: str) -> None:
    """In both schemes, on a desk and on a phone; and keep what it looks like."""
    PHOTOGRAPHS.mkdir(exist_ok=True)
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert await page.evaluate(RIGHT) <= width
            assert await violations(page) == []
            await page.screenshot(path=PHOTOGRAPHS / f"{name}-{width}-{scheme}.png", full_page=True)
    await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
