"""One database is enough here: what is asked does not depend on which. Limits are on where a test asks."""

import shutil

import pytest

from livehall.server.app import App
from tests.support.in_process import Hall


@pytest.fixture
def database_url(tmp_path, sqlite_template):
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'livehall.db')}"


@pytest.fixture
async def limited(hall, hall_secrets):
    """A second app on the same database, with rates as they are outside of tests."""
    app = App(hall.app.house.settings, hall_secrets, strict=True)
    await app.start()
    running = Hall(app)
    yield running
    await running.close()
