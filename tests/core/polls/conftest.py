"""A live session with Ben in it."""

import pytest

from livehall.kernel.actor import Actor
from livehall.kernel.work import Desk
from tests.core.polls.evening import Polls
from tests.support.on_air import on_air
from tests.support.people import a_person, actor_of


@pytest.fixture
async def host(desk: Desk) -> Actor:
    return actor_of(await a_person(desk))


@pytest.fixture
async def polls(desk: Desk, host: Actor) -> Polls:
    return Polls(desk, await on_air(desk, host))


@pytest.fixture
async def ben(polls: Polls) -> Actor:
    return await polls.viewer("ben")
