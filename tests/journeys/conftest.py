"""What journeys share."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support import browser, fake_media
from tests.support.needs import need


@pytest.fixture
async def chromium(fake_devices: fake_media.Devices) -> AsyncIterator[Browser]:
    async with browser.chromium(need("chromium"), fake_devices) as chromium:
        yield chromium
