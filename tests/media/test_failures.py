"""What fails again and again is told seldom, and completely."""

import pytest
import structlog
from structlog.testing import capture_logs

from livehall.media.failures import EVERY_S, MOST_KINDS, Failures


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """The monotonic clock, moved by hand."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def fail(failures: Failures, fault: type[Exception], of: object = "ada", times: int = 1) -> None:
    for _ in range(times):
        try:
            raise fault("bytes of somebody")
        except fault:
            failures.tell("datagram failed", of=of, room="hall")


def test_of_one_kind_and_one_peer_a_line_comes_in_ten_seconds_and_counts_the_others(now):
    with capture_logs() as lines:
        failures = Failures(structlog.get_logger())
        fail(failures, ValueError, times=500)
        now[0] += EVERY_S
        fail(failures, ValueError, times=500)

    assert [(line["event"], line["of"], line["room"], line["count"]) for line in lines] == [
        ("datagram failed", "ada", "hall", 1),
        ("datagram failed", "ada", "hall", 500),
    ]
    assert all(line["exc_info"] for line in lines)


def test_other_kinds_and_other_peers_have_lines_of_their_own(now):
    with capture_logs() as lines:
        failures = Failures(structlog.get_logger())
        for fault in (ValueError, KeyError, ValueError):
            for peer in ("ada", "eve"):
                fail(failures, fault, of=peer)

    assert len(lines) == 4


def test_ever_other_peers_make_no_more_than_so_many_lines_and_are_forgotten(now):
    with capture_logs() as lines:
        failures = Failures(structlog.get_logger())
        for port in range(5000):
            fail(failures, ValueError, of=port)
        assert len(lines) == MOST_KINDS + 1
        now[0] += EVERY_S
        fail(failures, ValueError, of=7000)

    assert (lines[-1]["of"], lines[-1]["count"]) == (7000, 1)
    assert len(failures._told) <= MOST_KINDS
