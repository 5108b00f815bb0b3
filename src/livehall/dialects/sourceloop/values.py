"""Instants as this API takes them: a date-time in text, or milliseconds since 1970."""

from datetime import UTC, datetime

from livehall.core.sessions.rules import clean_instant
from livehall.dialects.sourceloop.errors import BadRequest


def instant_of(value: object, name: str) -> datetime:
    """Raises: BadRequest."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return clean_instant(found if found.tzinfo else found.replace(tzinfo=UTC), name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return clean_instant(datetime.fromtimestamp(value / 1000, UTC), name)
    except (ValueError, OverflowError, OSError) as error:
        raise BadRequest(f"{name} unreadable") from error
    raise BadRequest(f"{name} unreadable")
