"""Who takes part in a case by livekit-client: pages in a browser, and the people in them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.media.conformance.case import Case
from tests.media.conformance.people import DEADLINE_S
from tests.support.tabs import Tab, Window

HERE = Path(__file__).parent
SDK = HERE.parents[2] / "web/node_modules/livekit-client/dist"


@contextmanager
def pages(sdk: Path = SDK) -> Iterator[str]:
    """The address of the page with this livekit-client."""
    files = {
        "/": (HERE / "people.html", "text/html; charset=utf-8"),
        "/people.js": (HERE / "people.js", "text/javascript"),
        "/livekit-client.js": (sdk / "livekit-client.umd.js", "text/javascript"),
        "/e2ee.worker.js": (sdk / "livekit-client.e2ee.worker.js", "text/javascript"),
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, kind = files.get(self.path, (None, "text/plain"))
            body = b"" if path is None else path.read_bytes()
            self.send_response(404 if path is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        serving = threading.Thread(target=http.serve_forever, name="pages", daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}/"
        finally:
            http.shutdown()
            serving.join(5)


class Script:
    """One person of a page. What is asked may name `it`, of people.js, and `room` and `me`, of the SDK."""

    def __init__(self, tab: Tab, identity: str) -> None:
        self._tab, self.identity = tab, identity

    async def join(self, url: str, token: str, **options: Any) -> str:
        """Options: `room`, `connect` (as the SDK takes them), `secret`. Answers with the sid.

        Raises: ScriptFailed.
        """
        arguments = ", ".join(map(json.dumps, (self.identity, url, token, options)))
        sid: str = await self._tab.ask(f"join({arguments})")
        return sid

    async def do(self, expression: str) -> Any:
        """The value of an expression, awaited.

        Raises: ScriptFailed.
        """
        person = f"people[{json.dumps(self.identity)}]"
        return await self._tab.ask(
            f"((it, room, me) => ({expression}))({person}, {person}.room, {person}.me)"
        )

    async def until(self, condition: str, within: float = DEADLINE_S) -> Any:
        """Raises: ScriptFailed, with what was heard last."""
        what = json.dumps(condition)
        return await self.do(f"it.until(async () => ({condition}), {what}, {within * 1000})")

    async def told(self, name: str) -> list[list[Any]]:
        """What the events of this name said, oldest first."""
        told: list[list[Any]] = await self.do(f"it.told({json.dumps(name)})")
        return told

    async def until_told(self, name: str, *values: Any, within: float = DEADLINE_S) -> None:
        """Until an event said exactly these values, or anything when there are none."""
        name_ = json.dumps(name)
        wanted = json.dumps(json.dumps(values, separators=(",", ":")))
        found = f"it.told({name_}).some((told) => JSON.stringify(told) === {wanted})"
        await self.until(found if values else f"it.told({name_}).length", within)

    async def until_decodes(self, identity: str, more: int = 5, source: str = "camera") -> dict[str, Any]:
        """Until so many further frames are decoded; what arrived then."""
        one = f"it.one({json.dumps(identity)}, {json.dumps(source)})"
        frames = (await self.do(one))["frames"] + more
        received: dict[str, Any] = await self.until(f"{one}.then((one) => one.frames >= {frames} && one)")
        return received

    async def until_hears(self, identity: str, more: int = 20, source: str = "microphone") -> None:
        """Until so many further packets of sound have come."""
        one = f"it.one({json.dumps(identity)}, {json.dumps(source)})"
        packets = (await self.do(one))["packets"] + more
        await self.until(f"{one}.then((one) => one.packets >= {packets})")

    async def until_width(self, identity: str, width: int, within: float = 25) -> None:
        """Until the picture is so many pixels wide."""
        await self.until(f"it.one({json.dumps(identity)}).then((one) => one.width === {width})", within)


class Pages:
    """Lets people join a case's room from tabs of one browser; without `tab` from its first."""

    def __init__(self, case: Case, window: Window, page: str) -> None:
        self._case, self._window, self._page = case, window, page
        self._tabs: list[Tab] = []

    async def tab(self, number: int) -> Tab:
        while len(self._tabs) <= number:
            self._tabs.append(await self._window.open(self._page))
        return self._tabs[number]

    async def join(
        self, identity: str, *, tab: int = 0, claims: dict[str, Any] | None = None, **options: Any
    ) -> Script:
        """Options as of `Script.join`, and `grants` by their names on the wire.

        Raises: ScriptFailed.
        """
        token = self._case.token(identity, claims=claims, **options.pop("grants", {}))
        person = Script(await self.tab(tab), identity)
        await person.join(self._case.server.signal_url, token, **options)
        return person
