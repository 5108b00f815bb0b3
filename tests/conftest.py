"""What every test may ask for, and what is said at the end of a run."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import fake_media
from tests.support.livekit.server import LiveKitServer
from tests.support.livekit.server import livekit_server as run_livekit
from tests.support.needs import REASON, need
from tests.support.postgres import PostgresServer
from tests.support.postgres import postgres_server as run_postgres

pytest_plugins = ["tests.support.databases", "tests.support.in_process", "tests.support.receiver"]

TIMES = Path(__file__).parent.parent / ".cache" / "times"
_seconds: dict[str, float] = defaultdict(float)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run."""
    with run_postgres(need("postgresql")) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that is this test's alone."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def livekit_server() -> Iterator[LiveKitServer]:
    """One real LiveKit server for the whole run; it reports to nobody."""
    with run_livekit(need("livekit"), departure_timeout_s=3) as server:
        yield server


@pytest.fixture(scope="session")
def fake_devices() -> Iterator[fake_media.Devices]:
    """What browsers film and hear; written once, removed with the run."""
    with tempfile.TemporaryDirectory(prefix="livehall-devices-") as folder:
        yield fake_media.write_devices(Path(folder))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[report.nodeid.partition("::")[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Add each file's time to what `.ci/run` shows."""
    if hasattr(session.config, "workerinput"):  # one of several side by side: the first of all hears of it
        return
    TIMES.parent.mkdir(exist_ok=True)
    with TIMES.open("a") as times:
        times.writelines(f"{seconds:.1f}\t{file}\n" for file, seconds in _seconds.items() if seconds >= 0.1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were left out, by what they lack."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(REASON):
            lacking[reason].append(report.nodeid)
    if not lacking:
        return
    terminalreporter.section("left out, for want of a service", sep="-")
    for reason, tests in sorted(lacking.items()):
        terminalreporter.line(f"{reason}: {len(tests)}")
        for test in tests:
            terminalreporter.line(f"    {test}")
