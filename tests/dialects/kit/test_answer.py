"""Instants in answers."""

from datetime import UTC, datetime, timedelta, timezone

from livehall.dialects.kit import moment
from livehall.kernel.clock import rfc3339


def test_an_instant_is_written_in_utc_with_milliseconds():
    first = datetime(2026, 3, 1, 18, 0, 0, 45_999, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert moment(first) == "2026-03-01T21:30:00.045Z"
    assert moment(datetime(987, 12, 31, tzinfo=UTC)) == "0987-12-31T00:00:00.000Z"
    assert moment(None) is None
    for step in range(500):
        instant = first + step * timedelta(days=3, seconds=7, microseconds=333)
        assert moment(instant) == rfc3339(instant)
