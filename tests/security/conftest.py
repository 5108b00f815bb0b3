"""One database is enough here: what is asked does not depend on which."""

import shutil

import pytest


@pytest.fixture
def database_url(tmp_path, sqlite_template):
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'livehall.db')}"
