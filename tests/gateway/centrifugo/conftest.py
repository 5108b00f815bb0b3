"""The door stands on the transports of an event loop, and the two that it may meet differ in much."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

BOTH = {"test_door", "test_bounds"}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, as in production, and where transports matter most asyncio's own too."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    if item.path.stem in BOTH:
        factories["asyncio"] = asyncio.new_event_loop
    return factories
