"""The conformance suite's mark, for its cases that run here too."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(server, reason): the case makes sense for this server alone")
