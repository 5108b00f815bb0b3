"""Health on the wire."""

from typing import Literal

import msgspec


class HealthResponse(msgspec.Struct, kw_only=True):
    status: Literal["ok", "degraded", "down"]
    version: str
    checks: dict[str, str]
