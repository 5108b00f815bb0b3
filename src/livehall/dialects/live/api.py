"""The dialect's envelope, statuses, and the value that its routes register with."""

import time
from typing import Any

import msgspec

from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.media import MediaUnavailable
from livehall.core.rooms.faults import LibraryNotFound
from livehall.dialects.kit import Dialect, Problem, Rate, Scope
from livehall.dialects.kit.body import TooLarge, Unreadable
from livehall.kernel.faults import (
    Conflict,
    Fault,
    Forbidden,
    Gone,
    Invalid,
    Limited,
    NotFound,
    Unauthenticated,
    Unavailable,
)

STATUSES: dict[type[Fault], int] = {
    Unreadable: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooLarge: 413,
    Invalid: 422,
    QuotaExceeded: 402,
    Limited: 429,
    Fault: 500,
    MediaUnavailable: 502,
    Unavailable: 503,
}


class ErrorDetail(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One problem with one input."""

    field: str = ""
    code: str
    message: str


class ErrorBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What went wrong."""

    code: str
    message: str
    details: list[ErrorDetail] = []
    request_id: str = ""


class ErrorResponse(msgspec.Struct, kw_only=True):
    """Envelope of every failure."""

    success: bool = False
    error: ErrorBody
    timestamp: int


class Success(msgspec.Struct, kw_only=True):
    """Envelope of every successful answer."""

    success: bool = True
    data: Any = None
    timestamp: int


def wrap(data: object) -> Success:
    return Success(data=data, timestamp=int(time.time()))


def shape(problem: Problem) -> ErrorResponse:
    fault = problem.fault
    details = [
        ErrorDetail(field=detail.field, code=detail.rule, message=detail.message) for detail in fault.details
    ]
    body = ErrorBody(code=fault.code, message=fault.text, details=details, request_id=problem.request_id)
    return ErrorResponse(error=body, timestamp=int(time.time()))


LIBRARY = Scope(
    prefix="/libraries/{library_id}",
    parameter="library_id",
    suffix="InLibrary",
    tag="Library-Scoped",
    covers=("/rooms", "/sessions", "/presets", "/auth/code"),
    raises=(LibraryNotFound,),
    title=", within a library",
    words="Contract of `{operation}`, restricted to `library_id`: things of other libraries are "
    "`not_found`, things created belong to the library.",
)
"""Rooms, sessions, presets and all below them, mounted a second time within each library."""

api = Dialect(
    name="live",
    title="Live API",
    version="1.0.0",
    prefix="/api/v1",
    statuses=STATUSES,
    wrap=wrap,
    shape=shape,
    rate=Rate(per_minute=1200, burst=300),
    address_rate=Rate(per_minute=60_000, burst=15_000),  # 50 ×: a large audience may sit behind one address
    scope=LIBRARY,
)


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where clients find what: absolute, on the public origin (C10). No slash at the end."""

    public: str | None  # None while the bind is loopback: then the request's own origin
    media: str | None = None  # ws(s) address of a media server of its own; None: passed through the origin

    def origin(self, request_origin: str) -> str:
        return self.public or request_origin

    def media_url(self, request_origin: str) -> str:
        """What a LiveKit client connects to."""
        return self.media or self.origin(request_origin).replace("http", "ws", 1)

    def realtime_url(self, request_origin: str) -> str:
        """What a Centrifugo client connects to."""
        return self.origin(request_origin).replace("http", "ws", 1) + "/connection/websocket"
