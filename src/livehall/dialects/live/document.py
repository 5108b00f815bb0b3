"""The OpenAPI document of the Live API."""

from typing import Any

from livehall.dialects.kit.openapi import Document
from livehall.dialects.live import routes
from livehall.dialects.live.api import ErrorResponse, api

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
    "proxySecret": {"type": "apiKey", "in": "header", "name": "X-Proxy-Secret"},
}


def envelope(data: dict[str, Any] | None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "success": {"type": "boolean", "description": "Always true."},
        "timestamp": {"type": "integer", "description": "Server time of the answer, Unix seconds."},
    }
    properties["data"] = data if data is not None else {"type": "null"}
    required = sorted(properties)
    properties["message"] = {"type": "string", "description": "Optional human-readable note."}
    return {"type": "object", "required": required, "properties": properties}


def document() -> dict[str, Any]:
    """The whole document."""
    assert routes.ROUTES, "importing them registers every operation"
    return Document(
        api,
        description=DESCRIPTION,
        security_schemes=SECURITY,
        envelope=envelope,
        problem=ErrorResponse,
        server=api.prefix,
    ).build()
