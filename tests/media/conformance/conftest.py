"""One suite, two servers: every case runs against ours and against the real LiveKit server.

A case that is for one server only says why: `@only("ours", reason=…)`.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

rtc = pytest.importorskip("livekit.rtc")

import httpx  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import OctKey  # noqa: E402
from livekit import api  # noqa: E402

from tests.media.conformance import servers  # noqa: E402
from tests.media.conformance.people import DEADLINE_S, Person  # noqa: E402
from tests.media.conformance.servers import API_KEY, API_SECRET, Server  # noqa: E402
from tests.support.needs import need  # noqa: E402
from tests.support.waiting import eventually  # noqa: E402

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


class Case:
    """One room of one server, with whoever the case lets in."""

    def __init__(self, server: Server, stack: AsyncExitStack) -> None:
        self.server = server
        self.room = f"room-{secrets.token_hex(4)}"
        self._stack = stack
        self._http: httpx.AsyncClient | None = None
        self._api: api.LiveKitAPI | None = None

    # Tokens

    def token(
        self,
        identity: str = "",
        *,
        room: str | None = None,
        claims: dict[str, Any] | None = None,
        key: str = API_KEY,
        secret: str = API_SECRET,
        ttl_s: int = 600,
        **grants: Any,
    ) -> str:
        """As `AccessToken` makes them, and such as it would not make. Grants by their names on the wire."""
        now = int(time.time())
        video = {"roomJoin": True, "room": self.room if room is None else room, **grants}
        payload = {"iss": key, "nbf": now - 5, "exp": now + ttl_s, "video": video, **(claims or {})}
        if identity:
            payload["sub"] = identity
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, payload, OctKey.import_key(secret))

    def admin_token(self, **grants: Any) -> str:
        rights = {"roomCreate": True, "roomList": True, "roomAdmin": True, "roomRecord": True, **grants}
        return self.token(**rights)

    # HTTP

    @property
    def http(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(base_url=self.server.url, timeout=DEADLINE_S)
            self._stack.push_async_callback(self._http.aclose)
        return self._http

    async def call(
        self,
        method: str,
        body: dict[str, Any] | bytes,
        *,
        token: str | None = None,
        service: str = "RoomService",
        content_type: str = "application/json",
    ) -> httpx.Response:
        """One call as it goes over the wire; without `token` that of an administrator of the room."""
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {token or self.admin_token()}"}
        path = f"/twirp/livekit.{service}/{method}"
        if isinstance(body, bytes):
            return await self.http.post(path, content=body, headers=headers)
        return await self.http.post(path, json=body, headers=headers)

    async def done(self, method: str, /, **body: Any) -> dict[str, Any]:
        """The answer to a call that must succeed."""
        answer = await self.call(method, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def api(self) -> Any:
        """RoomService through the official package."""
        if self._api is None:
            self._api = api.LiveKitAPI(self.server.url, API_KEY, API_SECRET)
            self._stack.push_async_callback(self._api.aclose)
        return self._api.room

    # People

    async def join(
        self,
        identity: str,
        *,
        room: str | None = None,
        claims: dict[str, Any] | None = None,
        options: Any = None,
        **grants: Any,
    ) -> Person:
        """Raises: ConnectError when the server does not let it in."""
        person = Person()
        self._stack.push_async_callback(person.leave)
        token = self.token(identity, room=room, claims=claims, **grants)
        connecting = person.room.connect(self.server.signal_url, token, options or rtc.RoomOptions())
        await asyncio.wait_for(connecting, DEADLINE_S)
        return person

    async def participant(self, identity: str) -> dict[str, Any]:
        return await self.done("GetParticipant", room=self.room, identity=identity)

    async def participants(self) -> dict[str, dict[str, Any]]:
        listed = await self.done("ListParticipants", room=self.room)
        return {each["identity"]: each for each in listed["participants"]}

    # Webhooks

    def hooks(self) -> list[dict[str, Any]]:
        return self.server.hooks.of(self.room)

    async def until_hooked(self, *names: str, within: float = DEADLINE_S) -> list[dict[str, Any]]:
        """All events of the room, as soon as these are among them."""

        async def ask() -> list[dict[str, Any]]:
            return self.hooks()

        def holds(events: list[dict[str, Any]]) -> bool:
            seen = Counter(event["event"] for event in events)
            return all(seen[name] >= times for name, times in Counter(names).items())

        return await eventually(ask, holds, within=within, what=f"webhooks {names}")


@pytest.fixture
async def case(server: Server) -> AsyncIterator[Case]:
    async with AsyncExitStack() as stack:
        yield Case(server, stack)


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
