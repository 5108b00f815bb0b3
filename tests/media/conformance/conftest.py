"""One suite, two servers: every case runs against ours and against the real LiveKit server.

A case that is for one server only says why: `@only("ours", reason=…)`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

pytest.importorskip("livekit.rtc")

from tests.media.conformance import scripts, servers
from tests.media.conformance.case import Case
from tests.media.conformance.servers import Server
from tests.support import tabs
from tests.support.needs import lacking, need

_counts: Counter[tuple[str, str]] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(server, reason): the case makes sense for this server alone")


@pytest.fixture(
    scope="session",
    params=["ours", pytest.param("livekit", marks=pytest.mark.livekit)],
)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server of each kind for the whole run."""
    if request.param == "livekit":
        with servers.livekit(need("livekit")) as real:
            yield real
        return
    with servers.ours(Path(tmp_path_factory.mktemp("media"))) as own:
        yield own


@pytest.fixture(autouse=True)
def _is_for_this_server(request: pytest.FixtureRequest) -> None:
    mark = request.node.get_closest_marker("only")
    if mark is not None and request.node.callspec.params["server"] != mark.args[0]:
        pytest.skip(f"for {mark.args[0]} only: {mark.kwargs['reason']}")


@pytest.fixture
async def case(server: Server) -> AsyncIterator[Case]:
    async with AsyncExitStack() as stack:
        yield Case(server, stack)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tabs.Browser]:
    """One for the whole run."""
    with tabs.chromium(need("chromium"), tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tabs.Browser]:
    """One for the whole run."""
    with tabs.firefox(need("firefox"), tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture(scope="session")
def page() -> Iterator[str]:
    """The address of the page that people join from."""
    if not scripts.SDK.exists():
        lacking("livekit-client (npm ci in web/)")
    with scripts.pages() as address:
        yield address


@pytest.fixture
async def pages(case: Case, chromium: tabs.Browser, page: str) -> AsyncIterator[scripts.Pages]:
    """Tabs of Chromium."""
    async with chromium.window() as window:
        yield scripts.Pages(case, window, page)


@pytest.fixture
async def firefox_pages(case: Case, firefox: tabs.Browser, page: str) -> AsyncIterator[scripts.Pages]:
    """Tabs of Firefox."""
    async with firefox.window() as window:
        yield scripts.Pages(case, window, page)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if "tests/media/conformance" not in report.nodeid:
        return
    name = "ours" if "[ours" in report.nodeid else "livekit" if "[livekit" in report.nodeid else ""
    if name and (report.when == "call" or (report.skipped and report.when == "setup")):
        _counts[name, report.outcome] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _counts:
        return
    terminalreporter.section("conformance: one suite, two servers", sep="-")
    for name in ("ours", "livekit"):
        passed, failed, skipped = (_counts[name, outcome] for outcome in ("passed", "failed", "skipped"))
        terminalreporter.line(
            f"{name}: {passed} cases passed, {failed} failed, {skipped} not for this server"
        )
