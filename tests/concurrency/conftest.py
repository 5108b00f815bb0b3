"""A pair of halls on one database, for all tests of a file."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.concurrency.pairs import Two, a_trembling_hand, two_halls
from tests.support.postgres import PostgresServer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house_of_two(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, postgres_template: str
) -> AsyncIterator[Two]:
    folder = tmp_path_factory.mktemp("data")
    with postgres_server.database(postgres_template) as url, a_trembling_hand(seed=1):
        async with two_halls(folder, url) as halls:
            yield halls


@pytest.fixture
def two(house_of_two: Two) -> Two:
    house_of_two.begin()
    return house_of_two
