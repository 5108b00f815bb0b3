"""What tests by clients share; each file has the hall `running` that they call."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients import compiling
from tests.clients.customer import ANN
from tests.support.hall import Hall


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients, compiled."""
    at = tmp_path_factory.mktemp("clients")
    compiling.compile_clients(at)
    return at


@pytest.fixture
def run(folder: Path, running: Hall) -> compiling.Run:
    def client(name: str, /, **given: object) -> Any:
        """What the client of this name tells."""
        return compiling.told(folder, name, url=running.url, **given)

    return client


@pytest.fixture(scope="module")
def ann(running: Hall) -> Iterator[httpx.Client]:
    """The Live API for the administrator, who makes the others' credentials."""
    headers = {"Authorization": f"Bearer {running.token(ANN)}"}
    with httpx.Client(base_url=f"{running.url}/api/v1", headers=headers, timeout=30) as client:
        yield client
