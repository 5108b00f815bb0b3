"""Time: an instant is an aware UTC `datetime`; only the `Desk` and the engines read the clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant, aware, in UTC, cut to milliseconds (the precision that we promise and store)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def rfc3339(instant: datetime) -> str:
    """`2026-03-01T18:00:00.000Z`: RFC 3339 in UTC with milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
