"""A host hands in a film that was made elsewhere, and watches it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host
from tests.support.films import a_film
from tests.support.hall import hall as run_hall


@pytest.fixture
async def host(tmp_path: Path, chromium: Browser) -> AsyncIterator[Host]:
    with run_hall(tmp_path, demo=True) as hall:
        host = await Host.arrive(chromium, hall)
        await host.sign_in(hall.sign_in_link)
        yield host


@pytest.mark.browser
@pytest.mark.media
async def test_a_film_is_handed_in_at_the_browser_and_watched(host: Host, tmp_path: Path) -> None:
    page = host.page
    try:
        await host.make_room("Physics")
        await host.make_session("Waves", recorded=False)
        await page.goto(f"{host.origin}/recordings")
        await page.get_by_test_id("hand-in-film").click()
        await expect(page.get_by_test_id("hand-in")).to_be_disabled()
        await page.get_by_test_id("film-session").fill("wav")
        await page.get_by_role("option", name="Waves").click()
        no_film = tmp_path / "notes.mp4"
        no_film.write_bytes(b"no film at all" * 99)
        await _choose(host, no_film)
        await page.get_by_test_id("hand-in").click()
        await expect(page.get_by_test_id("film-problem")).to_have_text(
            "This is no film that can be read. Choose a finished MP4.", timeout=PATIENCE_MS
        )
        assert await violations(page) == []
        await host.photograph("hand-in")

        await _choose(host, a_film(tmp_path / "film.mp4"))
        await page.get_by_test_id("film-title").fill("The waves")
        await page.get_by_test_id("hand-in").click()
        row = page.get_by_test_id("recording")
        await expect(row).to_have_attribute("data-status", "ready", timeout=PATIENCE_MS)
        await row.get_by_role("link", name="The waves").click()
        video = page.get_by_test_id("replay-video")
        await expect(video).to_have_js_property("videoWidth", 320, timeout=PATIENCE_MS)
        assert await violations(page) == []
    except BaseException:
        await host.photograph("uploading")
        raise
    host.complaints[:] = [each for each in host.complaints if "422" not in each]  # that of the notes
    assert host.complaints == []


async def _choose(host: Host, path: Path) -> None:
    async with host.page.expect_file_chooser() as chooser:
        await host.page.get_by_test_id("film-file").click()
    await (await chooser.value).set_files(path)
