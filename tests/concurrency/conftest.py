"""A pair of halls on a fresh database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.concurrency.pairs import Two, a_trembling_hand, two_halls
from tests.support.postgres import PostgresServer


@pytest.fixture
async def two(tmp_path: Path, postgres_server: PostgresServer, postgres_template: str) -> AsyncIterator[Two]:
    with postgres_server.database(postgres_template) as url, a_trembling_hand(seed=1):
        async with two_halls(tmp_path / "data", url) as halls:
            yield halls
