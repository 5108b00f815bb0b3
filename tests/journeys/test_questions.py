"""A question from the hidden name to the answer, and a file of the chat, at two browsers."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.accessibility import violations
from tests.journeys.people import PATIENCE_MS, Viewer
from tests.journeys.stage import Stage, live_stage
from tests.support import fake_media
from tests.support.hall import hall as run_hall


@pytest.fixture
async def stage(tmp_path: Path, fake_devices: fake_media.Devices) -> AsyncIterator[Stage]:
    with run_hall(tmp_path, demo=True) as hall:
        async with live_stage(hall, fake_devices, recorded=False) as stage:
            yield stage


@pytest.mark.browser
@pytest.mark.media
async def test_a_file_is_sent_pinned_and_opened_by_the_audience(stage: Stage) -> None:
    host = stage.host
    viewer = await Viewer.arrive(stage.chromium, stage.hall)
    await viewer.enter(stage.room_id, "Bo")
    try:
        notes = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"What was said."}
        await host.page.get_by_test_id("chat-file-input").set_input_files(notes)  # type: ignore[arg-type]
        file = viewer.page.get_by_test_id("chat-file")
        await expect(file).to_have_text(re.compile("notes.txt"), timeout=PATIENCE_MS)
        await host.page.get_by_test_id("message-tools").click()
        await host.page.get_by_test_id("pin-message").click()
        await expect(viewer.page.get_by_test_id("pinned-message")).to_contain_text(
            "notes.txt", timeout=PATIENCE_MS
        )
        for page in (host.page, viewer.page):
            assert await violations(page) == []
        async with viewer.page.expect_popup() as popup, viewer.page.expect_response("**/assets/*") as told:
            await file.click()
        address = (await (await told.value).json())["data"]["url"]
        answer = await viewer.page.request.get(address)
        assert (answer.status, await answer.body()) == (200, b"What was said.")
        await (await popup.value).close()
    except BaseException:
        await host.photograph("file-host")
        await viewer.photograph("file-viewer")
        raise
    assert host.complaints == viewer.complaints == []


@pytest.mark.browser
@pytest.mark.media
async def test_a_question_is_asked_approved_voted_for_pinned_and_answered(stage: Stage) -> None:
    host = stage.host
    viewer = await Viewer.arrive(stage.chromium, stage.hall)
    await viewer.enter(stage.room_id, "Bo")
    try:
        studio, watch = host.page, viewer.page
        await studio.get_by_test_id("tab-questions").click()
        await studio.get_by_test_id("question-moderation").check()
        await watch.get_by_test_id("tab-questions").click()
        await watch.get_by_test_id("ask-text").fill("Why is the sky blue?")
        await watch.get_by_test_id("ask-anonymous").check()
        assert await violations(watch) == []
        await watch.get_by_test_id("ask").click()
        for page in (studio, watch):
            await expect(page.get_by_test_id("question")).to_have_attribute(
                "data-state", "pending", timeout=PATIENCE_MS
            )
        assert await violations(studio) == []

        await studio.get_by_test_id("publish-question").click()
        await watch.get_by_test_id("vote-question").click(timeout=PATIENCE_MS)
        await expect(studio.get_by_test_id("question")).to_have_attribute(
            "data-votes", "1", timeout=PATIENCE_MS
        )
        await studio.get_by_test_id("pin-question").click()
        await expect(watch.locator("[data-testid=question][data-pinned]")).to_have_count(
            1, timeout=PATIENCE_MS
        )
        await studio.get_by_test_id("answer-on-air").click()
        await studio.get_by_test_id("answer-question").click()
        await studio.get_by_test_id("answer-text").fill("Because of Rayleigh scattering.")
        await studio.get_by_test_id("send-answer").click()
        await expect(watch.get_by_test_id("question-answer")).to_have_count(2, timeout=PATIENCE_MS)
        await expect(watch.get_by_test_id("question")).to_have_attribute("data-state", "answered")
        for page in (studio, watch):
            assert await violations(page) == []
        await watch.get_by_test_id("take-back").click()
        await expect(studio.get_by_test_id("question")).to_have_count(0, timeout=PATIENCE_MS)
    except BaseException:
        await host.photograph("questions-host")
        await viewer.photograph("questions-viewer")
        raise
    assert host.complaints == viewer.complaints == []
