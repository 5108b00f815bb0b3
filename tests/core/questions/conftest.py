"""A live session with Ben and Cleo in it."""

import pytest

from livehall.kernel.actor import Actor
from livehall.kernel.work import Desk
from tests.core.questions.evening import Questions
from tests.support.on_air import on_air
from tests.support.people import a_person, actor_of


@pytest.fixture
async def host(desk: Desk) -> Actor:
    return actor_of(await a_person(desk))


@pytest.fixture
async def questions(desk: Desk, host: Actor) -> Questions:
    return Questions(desk, await on_air(desk, host))


@pytest.fixture
async def ben(questions: Questions) -> Actor:
    return await questions.viewer("ben")


@pytest.fixture
async def cleo(questions: Questions) -> Actor:
    return await questions.viewer("cleo")
