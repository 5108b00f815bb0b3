import httpx
import pytest

from livehall.client import AsyncLivehall
from tests.support.served import served

ADDRESS = "http://hall.test"


@pytest.fixture
async def client(hall):
    """Makes clients of a hall in this process."""
    made = []

    def make(**credential):
        made.append(AsyncLivehall(ADDRESS, **{"transport": httpx.ASGITransport(hall.app.asgi), **credential}))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A hall behind a real socket."""
    with served(tmp_path_factory.mktemp("served")) as hall:
        yield hall
