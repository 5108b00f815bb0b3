"""The dialect's envelope, statuses, and the value that its routes register with."""

import time
from typing import Any

import msgspec

from livehall.core.chat.faults import FileTooLarge
from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.media import MediaUnavailable
from livehall.core.recordings.faults import FilmTooLarge
from livehall.core.rooms.faults import LibraryNotFound
from livehall.dialects.kit import Addresses as Addresses
from livehall.dialects.kit import Answer, Dialect, Problem, Rate, Scope, oauth
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

DESCRIPTION = """Live sessions: rooms, broadcasts, chat, attendance, recordings.

**Envelope.** `{"success": true, "data": …, "timestamp": 1767225600}` or `{"success": false, "error":
{"code", "message", "details", "request_id"}, "timestamp": …}`. Exceptions: 204 answers, files, and the
realtime proxies.

**Values.** snake_case names, UUID identifiers, RFC 3339 times in UTC with milliseconds, durations in whole
seconds, sizes in bytes. Unknown request members are refused; clients must ignore unknown answer members.

**Repeats.** Creating calls take `Idempotency-Key`, remembered 24 hours. Transitions are idempotent in their
target state. Answers with one resource carry an `ETag`, updates honour `If-Match`.

**Limits.** 429 with `Retry-After`, and `RateLimit-*` headers on all answers.
"""

SECURITY: dict[str, dict[str, Any]] = {
    "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "Key of an organization with scopes and, optionally, limited to libraries; acts as "
        "host or administrator.",
    },
    "livekitSignature": {
        "type": "http",
        "scheme": "bearer",
        "description": "JWT signed with the media server's API secret over the body's SHA-256.",
    },
    "basicClient": {
        "type": "http",
        "scheme": "basic",
        "description": "Client id and secret of an OAuth client; they may stand in the form instead.",
    },
    "proxySecret": {"type": "apiKey", "in": "header", "name": "X-Proxy-Secret"},
}

STATUSES: dict[type[Fault], int] = {
    Unreadable: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooLarge: 413,
    FileTooLarge: 413,
    FilmTooLarge: 413,
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


def envelope(data: dict[str, Any] | None) -> dict[str, Any]:
    """The schema of `wrap`."""
    properties: dict[str, Any] = {
        "success": {"type": "boolean", "description": "Always true."},
        "timestamp": {"type": "integer", "description": "Server time of the answer, Unix seconds."},
    }
    properties["data"] = data if data is not None else {"type": "null"}
    required = sorted(properties)
    properties["message"] = {"type": "string", "description": "Optional human-readable note."}
    return {"type": "object", "required": required, "properties": properties}


def shape(problem: Problem) -> ErrorResponse | Answer:
    if problem.route is not None and problem.route.problem is oauth.OAuthError:
        return oauth.shape(problem)
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
    covers=("/rooms", "/sessions", "/presets", "/auth/code", "/registrations", "/replays"),
    besides=("/registrations/self",),  # by a personal link, which is its own scope
    raises=(LibraryNotFound,),
    title=", within a library",
    words="Contract of `{operation}`, restricted to `library_id`: things of other libraries are "
    "`not_found`, things created belong to the library.",
)
"""Rooms, sessions, presets and all below them, and what they left to watch, mounted a second time within each
library.
"""

api = Dialect(
    name="live",
    title="Live API",
    version="1.0.0",
    description=DESCRIPTION,
    prefix="/api/v1",
    statuses=STATUSES,
    wrap=wrap,
    shape=shape,
    rates=[Rate(per_minute=1200, burst=300)],
    address_rate=Rate(per_minute=60_000, burst=15_000),  # 50 ×: a large audience may sit behind one address
    problem=ErrorResponse,
    envelope=envelope,
    security_schemes=SECURITY,
    scope=LIBRARY,
)
