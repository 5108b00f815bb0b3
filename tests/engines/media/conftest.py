"""The engine in front of each media server."""

from collections.abc import AsyncIterator

import pytest

from livehall.engines.media import LiveKit
from tests.support.media_servers import MediaAddress, engine_at, media_address

__all__ = ["media_address"]


@pytest.fixture
async def engine(media_address: MediaAddress) -> AsyncIterator[LiveKit]:
    async with engine_at(media_address.url) as opened:
        yield opened
