"""The hall that the tests of a file call."""

from collections.abc import Iterator

import pytest

from tests.support.served import Served, served


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A whole app on SQLite with hosts of two organizations, reached by HTTP."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running
