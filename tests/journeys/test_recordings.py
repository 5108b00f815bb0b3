"""A recording in a bucket, from its session to its removal for good, at a browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from livehall.cli.demo import ORGANIZATION
from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Host
from tests.journeys.stage import Stage, live_stage
from tests.support import fake_media
from tests.support.hall import hall as run_hall
from tests.support.needs import need
from tests.support.versitygw.server import S3Server, s3_server
from tests.support.waiting import eventually

RECORDED_S = 8.0
WATCHED_S = 6.0
ADMIN = "root@example.org"


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Server]:
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        yield server


@pytest.fixture
async def stage(tmp_path: Path, s3: S3Server, fake_devices: fake_media.Devices) -> AsyncIterator[Stage]:
    bucket = s3.bucket()
    settings = {
        "LIVEHALL_STORAGE_BUCKET": bucket.name,
        "LIVEHALL_STORAGE_ENDPOINT": bucket.endpoint,
        "LIVEHALL_STORAGE_REGION": bucket.region,
        "LIVEHALL_STORAGE_ACCESS_KEY": bucket.access_key,
        "LIVEHALL_STORAGE_SECRET_KEY": bucket.secret_key,
    }
    with run_hall(tmp_path, demo=True, settings=settings) as hall:
        async with live_stage(hall, fake_devices, recorded=True) as stage:
            yield stage


@pytest.mark.browser
@pytest.mark.media
async def test_a_recording_is_kept_in_a_bucket_watched_deleted_and_purged(stage: Stage, s3: S3Server) -> None:
    host = stage.host
    try:
        await _recorded(stage)
        assert sorted(each.suffix for each in s3.objects()) == [".jpeg", ".mp4"]  # and its picture
        await _watch(host)
        await _counted(stage)
        await _delete_by_keyboard(host)
        assert len(s3.objects()) == 2  # until they are purged
        admin = await Host.arrive(stage.chromium, stage.hall)
        await _purge(admin, stage, s3)
    except BaseException:
        await host.photograph("recordings-host")
        raise
    assert host.complaints == admin.complaints == []


async def _recorded(stage: Stage) -> None:
    """End the session once something was recorded, and wait until it is ready."""

    async def is_recording() -> bool:
        running = await stage.api.get(f"/sessions/{stage.session_id}/recordings/active")
        return running is not None and running["status"] == "recording"

    await eventually(is_recording, within=30, what="a running recording")
    await stage.host.page.wait_for_timeout(RECORDED_S * 1000)  # what is to be recorded takes its time
    await stage.host.end()

    async def rows() -> list[dict[str, Any]]:
        found = await stage.api.get(f"/sessions/{stage.session_id}/recordings")
        return [row for row in found["recordings"] if row["status"] == "ready"]

    (ready,) = await eventually(rows, within=60, what="a recording that is ready")
    assert ready["duration"] >= RECORDED_S - 1


async def _watch(host: Host) -> None:
    page = host.page
    await page.get_by_role("link", name="Recordings", exact=True).first.click()
    row = page.get_by_test_id("recording")
    await expect(row).to_have_attribute("data-status", "ready", timeout=PATIENCE_MS)
    assert await violations(page) == []
    await _plan(host)
    await row.get_by_role("link").click()
    video = page.get_by_test_id("replay-video")
    await video.evaluate("video => video.play()")
    await eventually(
        lambda: video.evaluate("video => video.currentTime"),
        lambda at: at > WATCHED_S,
        within=PATIENCE_MS / 1000,
        what="six seconds of the replay",
    )
    await video.evaluate("video => video.pause()")


async def _plan(host: Host) -> None:
    """To publish it some day, and then not at all."""
    page = host.page
    planned = page.get_by_test_id("publish-planned")
    await page.get_by_test_id("publish-later").click()
    await page.get_by_test_id("publish-at").fill("2097-01-02T18:30")
    assert await violations(page) == []
    await host.photograph("publish-later")
    await page.get_by_test_id("confirm-publish").click()
    await expect(planned).to_contain_text("2 Jan 2097, 18:30", timeout=PATIENCE_MS)
    assert await violations(page) == []
    await page.get_by_test_id("publish-later").click()
    await expect(page.get_by_test_id("publish-at")).to_have_value("2097-01-02T18:30")
    await page.get_by_test_id("do-not-publish").click()
    await expect(planned).to_have_count(0, timeout=PATIENCE_MS)


async def _counted(stage: Stage) -> None:
    async def seconds() -> int:
        rows = (await stage.api.get(f"/sessions/{stage.session_id}/attendance", source="replay"))[
            "attendance"
        ]
        return int(rows[0]["duration"]) if rows else 0

    await eventually(seconds, lambda watched: watched >= WATCHED_S - 1, within=15, what="watched seconds")


async def _delete_by_keyboard(host: Host) -> None:
    page = host.page
    await page.goto(f"{host.origin}/recordings")
    await page.get_by_test_id("delete-recording").focus()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("confirm-delete").wait_for()
    assert await violations(page) == []
    await page.get_by_test_id("confirm-delete").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("recording")).to_have_count(0, timeout=PATIENCE_MS)


async def _purge(admin: Host, stage: Stage, s3: S3Server) -> None:
    printed = stage.hall.command("account", "add", ADMIN, "--role", "admin", "--organization", ORGANIZATION)
    await admin.sign_in(next(word for word in printed.split() if "#code=" in word))
    page = admin.page
    await page.goto(f"{admin.origin}/storage")
    await expect(page.get_by_test_id("storage-reclaimable")).not_to_have_text("0 kB", timeout=PATIENCE_MS)
    assert await violations(page) == []
    await page.get_by_test_id("clean-storage").click()
    await expect(page.get_by_test_id("storage-reclaimable")).to_have_text("0 kB", timeout=PATIENCE_MS)
    assert s3.objects() == []
    await _refuse_a_store_within_this_network(admin, s3)


async def _refuse_a_store_within_this_network(admin: Host, s3: S3Server) -> None:
    page = admin.page
    await expect(page.get_by_test_id("store-now")).to_have_attribute("data-kind", "ours")
    await page.get_by_test_id("set-store").click()
    assert await violations(page) == []
    for label, value in (
        ("Bucket", "films"),
        ("Access key id", "anybody"),
        ("Secret access key", "something long enough"),
        ("Address (optional)", s3.url),
    ):
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_test_id("save-store").click()
    await expect(page.get_by_test_id("store-problem")).to_contain_text("Check address", timeout=PATIENCE_MS)
    assert await violations(page) == []
    await admin.photograph("store")
