"""Liveness and dependencies."""

from collections.abc import Awaitable, Callable

import msgspec

from livehall import __version__
from livehall.dialects.kit import Answer
from livehall.dialects.live.api import api
from livehall.dialects.live.health.wire import HealthResponse
from livehall.kernel.faults import Unavailable

VITAL = "database"  # without it nothing can be answered; without the others something can


class Parts(msgspec.Struct, frozen=True):
    """Asks every part; the composition root knows them."""

    findings: Callable[[], Awaitable[dict[str, str]]]


@api.route(
    "GET", "/health", operation="healthCheck", tag="Health", access="none", raises=[Unavailable],
    answer=HealthResponse,
)  # fmt: skip
async def health_check(parts: Parts) -> Answer:
    """Liveness and dependencies.

    200 when `ok` or `degraded`, 503 when `down`. What exactly is wrong stands on the operator's own
    listener; here a part is `ok` or `failed`.
    """
    checks = {name: "ok" if text == "ok" else "failed" for name, text in (await parts.findings()).items()}
    if checks.get(VITAL) != "ok":
        raise Unavailable("The database does not answer.")
    is_whole = set(checks.values()) == {"ok"}
    return Answer(HealthResponse(status="ok" if is_whole else "degraded", version=__version__, checks=checks))
