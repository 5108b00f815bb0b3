"""One database is enough here: what is asked does not depend on which."""

import pytest


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path}/livehall.db"
