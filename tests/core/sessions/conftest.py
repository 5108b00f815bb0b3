"""People and media servers of the tests of sessions."""

import pytest

from livehall.engines.media import LiveKit
from tests.support.media_servers import engine_at, our_media
from tests.support.people import a_person, actor_of

__all__ = ["our_media"]


@pytest.fixture
async def ada(desk):
    """A host."""
    return actor_of(await a_person(desk))


@pytest.fixture
async def bob(desk, ada):
    """A viewer of the same organization."""
    return actor_of(await a_person(desk, "bob@example.org", "viewer"))


@pytest.fixture
async def eve(desk, ada):
    """An administrator of another organization."""
    return actor_of(await a_person(desk, "eve@example.org", "admin", "Elsewhere"))


@pytest.fixture
async def media(our_media) -> LiveKit:
    async with engine_at(our_media.url) as engine:
        yield engine
