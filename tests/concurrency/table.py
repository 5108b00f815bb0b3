"""Which operations were called twice at once, and why the others need not be.

A test says by `of` which operations it lets meet; when it is over, they must have met, through two processes,
and every invariant must hold. `ALONE` names the others. `test_every_operation` keeps both complete.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from livehall.dialects.live import routes
from livehall.dialects.live.api import api
from tests.concurrency.invariants import broken
from tests.concurrency.pairs import Two

Test = Callable[..., Awaitable[None]]

PAIRED: dict[str, str] = {}  # operation: the test
ALONE = {
    "issueClientToken": "writes nothing: a signed token is handed out",
    "createRealtimeToken": "writes nothing: a signed token is handed out",
    "createStudioUrl": "writes nothing: a signed address is handed out",
    "centrifugoRefresh": "writes nothing: says whether a standing holds",
    "centrifugoSubRefresh": "writes nothing: says whether a standing holds",
    "react": "stores nothing: a signal that is summed up in each process and told",
}


def of(*operations: str) -> Callable[[Test], Test]:
    def wrap(test: Test) -> Test:
        PAIRED.update(dict.fromkeys(operations, test.__name__))

        @wraps(test)
        async def run(two: Two, **more: Any) -> None:
            await test(two=two, **more)
            missed = set(operations) - two.meetings.operations()
            assert not missed, f"these did not meet: {sorted(missed)}"
            assert [name for name in await broken(two) if not name.startswith("I15")] == []

        return run

    return wrap


def operations() -> set[str]:
    """Those that may change something, by name; each once, whatever it is within."""
    assert routes.ROUTES, "registered at import"
    return {route.operation for route in api.routes if route.verb != "GET" and route.twin_of is None}


def twins() -> dict[str, bool]:
    """Those within a library: whether the function of the operation they are named after serves them."""
    served = {route.operation: route.function for route in api.routes}
    return {
        route.operation: served[route.twin_of] is route.function
        for route in api.routes
        if route.twin_of is not None
    }
