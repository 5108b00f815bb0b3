"""Chromium with a fake camera and microphone, and what can be asked of a page about its media."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.support import fake_media
from tests.support.waiting import eventually

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages that are not in front go on decoding and keep their timers.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
DEVICES = [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Media stays on loopback, under its address and not under a multicast name that no server here resolves.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
SCRIPTS = [Path(__file__).with_name(name) for name in ("frame_code.js", "probe.js")]


class VideoStats(msgspec.Struct, frozen=True, rename="camel"):
    """Sums over all open peer connections of a page."""

    frames_decoded: int
    frames_received: int
    frames_sent: int
    packets_received: int
    packets_lost: int


@asynccontextmanager
async def chromium(program: Path, devices: fake_media.Devices) -> AsyncIterator[Browser]:
    """A browser whose camera and microphone play these files."""
    files = [
        f"--use-file-for-fake-video-capture={devices.picture}",
        f"--use-file-for-fake-audio-capture={devices.sound}",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*QUIET, *DEVICES, *files])
        try:
            yield browser
        finally:
            await browser.close()


async def watch(where: BrowserContext | Page) -> None:
    """Make the pages that are opened from now on answer the questions below."""
    for script in SCRIPTS:
        await where.add_init_script(path=script)


async def stats(page: Page) -> VideoStats:
    """What the page's peer connections counted of their video so far."""
    return msgspec.convert(await page.evaluate("probe.stats()"), VideoStats)


async def frame_number(page: Page) -> int | None:
    """The number in the largest picture that the page shows."""
    number: int | None = await page.evaluate("probe.number()")
    return number


async def sound_level(page: Page) -> float:
    """Root mean square of the sound received, over the last 0.7 s; 0 is silence, 1 full scale."""
    level: float = await page.evaluate("probe.level()")
    return level


async def captured_offset(page: Page, seconds: float = 3 * fake_media.BEAT_S) -> float:
    """Seconds by which the page captures beeps after their frames; see `fake_media.offset_of`."""
    seen = await page.evaluate(f"probe.captured({seconds}, {fake_media.BEEP_HZ})")
    frames = [(at, number) for at, number in seen["frames"] if number is not None]
    loudest = max((level for _, level in seen["sounds"]), default=0.0)
    beeps: list[float] = []
    for at, level in seen["sounds"]:
        if level > loudest / 3 > 0.001 and (not beeps or at - beeps[-1] > fake_media.BEAT_S / 2):
            beeps.append(at)
    return fake_media.offset_of(frames, beeps)


async def shows_moving_picture(page: Page, *, within: float) -> None:
    """Wait until frames are decoded and the number in the picture advances.

    Raises: waiting.NotInTime.
    """
    before = await stats(page)
    first = await eventually(
        lambda: frame_number(page),
        lambda number: number is not None,
        within=within,
        what="a number in the picture",
    )
    await eventually(
        lambda: frame_number(page),
        lambda number: number not in {None, first},
        within=within,
        what="another number",
    )
    await eventually(
        lambda: stats(page),
        lambda now: now.frames_decoded > before.frames_decoded,
        within=within,
        what="more decoded frames",
    )
