"""Groups and guests from the pages: a group with a member, a speaker, a session that is open to a group."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import Host
from tests.support.hall import Hall
from tests.support.hall import hall as run_hall

WIDTHS = (1440, 390)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with run_hall(tmp_path) as hall:
        yield hall


@pytest.mark.browser
async def test_a_speaker_is_invited_and_a_session_is_opened_to_a_group(hall: Hall, chromium: Browser) -> None:
    host = await Host.arrive(chromium, hall)
    page = host.page
    try:
        printed = hall.command("account", "add", "ann@example.org", "--role", "admin")
        await host.sign_in(next(word for word in printed.split() if "#code=" in word))
        hall.add_account("cy@example.org", "viewer")
        await _make_group(page)
        await host.page.goto(f"{host.origin}/rooms")
        room_id = await host.make_room("Talks")
        await _open_a_library(host)
        await page.goto(f"{host.origin}/rooms/{room_id}")
        await _plan(page, "Evening")
        await page.get_by_test_id("to-people").click()
        await _invite(page, "mia@example.org", "Mia")
        person = page.get_by_test_id("person")
        await expect(person).to_have_attribute("data-role", "speaker")
        await person.get_by_test_id("highlight").click()
        await expect(person.get_by_label("highlighted")).to_be_visible()
        await page.get_by_test_id("choose-group").select_option(label="Friends")
        await page.get_by_test_id("link-group").click()
        await expect(page.get_by_test_id("linked-group")).to_contain_text("1 member")
        await _look(page, "guests")
        await _invite_many(page)
        people = page.url
        await page.goto(people.replace("/sessions/", "/reports/").removesuffix("/people"))
        await expect(page.get_by_test_id("figures")).to_contain_text("invited")
        await _look(page, "figures")
        await _speaks(host, room_id)
        await page.goto(people)
        await person.get_by_test_id("withdraw").click()
        await page.get_by_test_id("confirm-withdraw").click()
        await expect(page.get_by_text("Nobody is invited yet")).to_be_visible()
    except BaseException:
        await host.photograph("guests-host")
        raise
    assert host.complaints == []


async def _make_group(page: Page) -> None:
    await page.get_by_role("button", name="Account").click()
    await page.get_by_test_id("to-groups").click()
    await page.get_by_test_id("new-group").click()
    await page.get_by_test_id("group-name").fill("Friends")
    await page.get_by_test_id("save-group").click()
    await page.get_by_test_id("show-members").click()
    await page.get_by_test_id("member-email").fill("nobody@example.org")
    await page.get_by_test_id("add-member").click()
    await expect(page.get_by_role("alert")).to_have_text("No member of your organization has this address.")
    await page.get_by_test_id("member-email").fill("cy@example.org")
    await page.get_by_test_id("add-member").click()
    await expect(page.get_by_test_id("member")).to_contain_text("cy@example.org")
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("group")).to_contain_text("1 member")
    await _look(page, "groups")


async def _open_a_library(host: Host) -> None:
    """To the group, and no longer."""
    page = host.page
    await page.goto(f"{host.origin}/libraries")
    await page.get_by_test_id("library-groups-open").click()
    await page.get_by_test_id("choose-library-group").select_option(label="Friends")
    await page.get_by_test_id("open-library").click()
    await expect(page.get_by_test_id("library-group")).to_contain_text("1 member")
    assert await violations(page) == []
    await page.get_by_test_id("close-library").click()
    await expect(page.get_by_test_id("library-group")).to_have_count(0)


async def _invite_many(page: Page) -> None:
    """As they stand in a mail; she who is invited already stays what she is."""
    await page.get_by_test_id("invite-many").click()
    await page.get_by_test_id("invite-addresses").fill(
        "Leo <leo@example.org>; zoe@example.org mia@example.org"
    )
    await expect(page.get_by_role("dialog")).to_contain_text("3 addresses")
    assert await violations(page) == []
    await page.get_by_test_id("invite-all").click()
    people = page.get_by_test_id("person")
    await expect(people).to_have_count(3)
    await expect(people.filter(has_text="Mia")).to_have_attribute("data-role", "speaker")
    for address in ("leo@example.org", "zoe@example.org"):
        await people.filter(has_text=address).get_by_test_id("withdraw").click()
        await page.get_by_test_id("confirm-withdraw").click()
        await expect(people.filter(has_text=address)).to_have_count(0)


async def _speaks(host: Host, room_id: str) -> None:
    """Those who wait read who will speak."""
    await host.page.goto(f"{host.origin}/w/{room_id}")
    await expect(host.page.get_by_test_id("speaker")).to_contain_text("Mia")
    await _look(host.page, "speakers")


async def _plan(page: Page, title: str) -> None:
    await page.get_by_role("button", name="New session").click()
    await page.get_by_label("Title of the session").fill(title)
    await page.get_by_role("button", name="Create session").click()
    await expect(page.get_by_test_id("to-people")).to_be_visible()


async def _invite(page: Page, email: str, name: str) -> None:
    await page.get_by_test_id("invite").click()
    await page.get_by_test_id("invite-email").fill(email)
    await page.get_by_label("First name").fill(name)
    assert await violations(page) == []
    await page.get_by_test_id("send-invitation").click()
    await expect(page.get_by_test_id("person")).to_contain_text(name)


async def _look(page: Page, name: str) -> None:
    """At both widths, light and dark: nothing is wider than the screen, and axe finds nothing."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
            wider = "document.documentElement.scrollWidth - window.innerWidth"
            assert await page.evaluate(wider) <= 0, (name, width)
            assert await violations(page) == [], (name, width, scheme)
    await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
