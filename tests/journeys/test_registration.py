"""Registering at one browser, coming in by the mail's link at another, and the host who sees it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host, Person, Viewer
from tests.journeys.stage import Stage, live_stage
from tests.support import browser, fake_media
from tests.support.hall import hall as run_hall
from tests.support.letters import letters


@pytest.fixture
async def stage(tmp_path: Path, fake_devices: fake_media.Devices) -> AsyncIterator[Stage]:
    with run_hall(tmp_path, demo=True) as hall:
        async with live_stage(hall, fake_devices, recorded=False) as stage:
            yield stage


@pytest.mark.browser
@pytest.mark.media
async def test_who_registers_comes_in_by_the_mails_link_and_the_host_sees_them_present(stage: Stage) -> None:
    host = await _another_page(stage)
    mia, mo = [await Viewer.arrive(stage.chromium, stage.hall) for _ in range(2)]
    at_home = await Viewer.arrive(stage.chromium, stage.hall)
    try:
        await _define(host, stage.room_id)
        await mo.enter(stage.room_id, "Mo")
        await expect(mo.page.get_by_test_id("registration-wanted")).to_be_visible(timeout=PATIENCE_MS)
        await _looks_well(mo)

        await _register(mia, f"{stage.hall.url}/r/{stage.room_id}?utm=spring")
        await host.page.goto(f"{stage.hall.url}/rooms/{stage.room_id}/registrations")
        await _approve(host)
        await _import(host)

        link = await _link_in_mail(stage)
        await at_home.page.goto(link)
        await expect(at_home.page.get_by_test_id("own-registration")).to_have_attribute(
            "data-status", "approved", timeout=PATIENCE_MS
        )
        await _looks_well(at_home)
        await at_home.page.get_by_test_id("enter-by-link").click()
        await browser.shows_moving_picture(at_home.page, within=30)
        await at_home.write("Good evening from Mia.")
        await stage.host.reads("Good evening from Mia.")
        await expect(_registrant(host)).to_have_attribute("data-presence", "present", timeout=PATIENCE_MS)
        await _looks_well(host)

        await _cancels(at_home, link)
        await expect(_registrant(host)).to_have_attribute("data-status", "cancelled", timeout=PATIENCE_MS)
    except BaseException:
        for name, person in (("host", host), ("mia", mia), ("at-home", at_home), ("mo", mo)):
            await person.photograph(f"registration-{name}")
        raise
    for person in (host, mia, at_home, mo):
        assert person.complaints == []


async def _another_page(stage: Stage) -> Host:
    """Of the host, whose studio stays open in the first one."""
    page = await stage.host.page.context.new_page()
    return Host(page, stage.hall.url)


async def _define(host: Host, room_id: str) -> None:
    """Registration is needed and approved, with two questions; one of them is hidden."""
    page = host.page
    await page.goto(f"{host.origin}/rooms/{room_id}")
    await page.get_by_test_id("to-registrations").click()
    await page.get_by_test_id("to-form").click()
    await page.get_by_test_id("form-mode").select_option("required")
    await page.get_by_test_id("form-approval").check(force=True)
    await page.get_by_test_id("add-field").click()
    await page.get_by_test_id("field-label").fill("Food")
    await page.get_by_test_id("field-kind").select_option("choice")
    await page.get_by_test_id("field-options").fill("Vegetarian\nAnything")
    await page.get_by_test_id("field-required").check(force=True)
    await page.get_by_test_id("add-field").click()
    hidden = page.get_by_test_id("form-field").nth(1)
    await hidden.get_by_test_id("field-label").fill("utm")
    await hidden.get_by_test_id("field-kind").select_option("hidden")
    await page.get_by_test_id("consent-text").fill("We keep your data for this event.")
    await _looks_well(host)
    await page.get_by_test_id("save-form").click()
    await expect(page.get_by_test_id("form-saved")).to_be_visible(timeout=PATIENCE_MS)


async def _register(person: Person, address: str) -> None:
    page = person.page
    await page.goto(address)
    await page.get_by_label("First name").fill("Mia")
    await page.get_by_label("Last name").fill("Wolf")
    await page.get_by_label("Email address").fill("mia@example.org")
    await page.get_by_label("Food").select_option("Vegetarian")
    await page.get_by_test_id("consent").check()
    await _looks_well(person)
    await page.get_by_test_id("register").click()
    await expect(page.get_by_test_id("registered")).to_have_attribute(
        "data-status", "pending", timeout=PATIENCE_MS
    )
    await _looks_well(person)


def _registrant(host: Host) -> Locator:
    return host.page.get_by_test_id("registrant").filter(has_text="Wolf")


async def _approve(host: Host) -> None:
    row = _registrant(host)
    await expect(row).to_contain_text("Food: Vegetarian", timeout=PATIENCE_MS)
    await expect(row).to_contain_text("utm: spring")
    await _looks_well(host)
    await row.get_by_test_id("correct").click()
    await host.page.get_by_test_id("correct-first-name").fill("Mia Maria")
    await host.page.get_by_test_id("save-registrant").click()
    await expect(row).to_contain_text("Mia Maria Wolf", timeout=PATIENCE_MS)
    await row.get_by_test_id("approve").click()
    await expect(row).to_have_attribute("data-status", "approved", timeout=PATIENCE_MS)


async def _import(host: Host) -> None:
    """A file of two lines, one of which is refused."""
    page = host.page
    await page.get_by_test_id("import-registrants").click()
    file = {
        "name": "people.csv",
        "mimeType": "text/csv",
        "buffer": b"email,first_name\nleo@example.org,Leo\nmo,Mo\n",
    }
    await page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    report = page.get_by_test_id("import-report")
    await expect(report).to_contain_text("Line 3, mo", timeout=PATIENCE_MS)
    await _looks_well(host)
    await page.get_by_label("Send everybody their link").uncheck(force=True)
    await page.get_by_test_id("import-now").click()
    await expect(report).to_have_attribute("data-done", "true", timeout=PATIENCE_MS)
    await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    await expect(page.get_by_test_id("registrant")).to_have_count(2, timeout=PATIENCE_MS)


async def _link_in_mail(stage: Stage) -> str:
    """Of the second mail: the first one said that the registration waits."""
    found = {str(each["subject"]): each for each in await letters(stage.hall.data, 2)}
    body = found["Approved: The room of misfortunes"].get_body(("plain",))
    assert body is not None
    link = re.search(r"http\S+/registered#\S+", body.get_content())
    assert link is not None
    return link[0]


async def _cancels(person: Person, link: str) -> None:
    page = person.page
    await page.goto(link)
    await page.get_by_test_id("cancel-own").click()
    await _looks_well(person)
    await page.get_by_test_id("confirm-cancel-own").click()
    await expect(page.get_by_test_id("own-registration")).to_have_attribute(
        "data-status", "cancelled", timeout=PATIENCE_MS
    )


async def _looks_well(*people: Person) -> None:
    for person in people:
        assert await violations(person.page) == []
