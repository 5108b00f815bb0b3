"""Browsers led by hand: one process for a whole run, a tab for each test that asks for one.

Chromium is spoken to by its DevTools protocol, Firefox by WebDriver BiDi: both are JSON over a WebSocket of
the browser itself, so that neither needs a driver, and a test's event loop holds nothing of another test's.
"""

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import Any

import httpx
import websockets

from tests.support.browser import DEVICES, QUIET
from tests.support.processes import Program
from tests.support.waiting import eventually

START_DEADLINE_S = 60
DEADLINE_S = 30.0  # of one expression, promises included

FIREFOX_PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    # Who may film is told of all addresses, and so of loopback; others are told of the default one alone.
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # Nothing of the network beyond what a test asks for.
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "data:,",
}


class ScriptFailed(AssertionError):
    """An expression in a page threw, or its promise was rejected."""


class Wire:
    """Commands and their answers; both protocols number them alike."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        async for message in self._socket:
            answer = json.loads(message)
            waiting = self._waiting.pop(answer.get("id"), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(DEADLINE_S):
            answer = await self._waiting[number]
        if "result" not in answer:
            raise ScriptFailed(f"{method}: {answer.get('message') or answer.get('error')}")
        result: dict[str, Any] = answer["result"]
        return result


class Tab(ABC):
    """A page that answers what it is asked."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited if it is a promise.

        Raises: ScriptFailed.
        """
        value = await self._evaluate(f"Promise.resolve({expression}).then((value) => JSON.stringify(value))")
        return None if value is None else json.loads(value)

    @abstractmethod
    async def _evaluate(self, expression: str) -> str | None: ...


class Window(ABC):
    """What one test opened."""

    @abstractmethod
    async def open(self, url: str) -> Tab:
        """A new tab, loaded."""


class Browser(ABC):
    """A running browser. Of Firefox one test at a time may have a window."""

    @abstractmethod
    def window(self) -> AbstractAsyncContextManager[Window]:
        """Its tabs are closed at the end."""


@asynccontextmanager
async def _wire_to(address: str) -> AsyncIterator[Wire]:
    async with websockets.connect(address, max_size=None, proxy=None, compression=None) as socket:
        wire = Wire(socket)
        listening = asyncio.create_task(wire.listen())
        try:
            yield wire
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


# Chromium


class ChromiumTab(Tab):
    async def _evaluate(self, expression: str) -> str | None:
        params = {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = await self._wire.call("Runtime.evaluate", **params)
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise ScriptFailed(thrown.get("exception", {}).get("description") or thrown["text"])
        value: str | None = answer["result"].get("value")
        return value

    async def open(self, url: str) -> None:
        await self._wire.call("Page.navigate", url=url)
        here = f"location.href === {json.dumps(url)} && document.readyState === 'complete'"

        async def is_there() -> bool:
            with suppress(ScriptFailed):  # the empty page went away under the question
                return bool(await self.ask(here))
            return False

        await eventually(is_there, within=DEADLINE_S, what=url, every=0.02)


class ChromiumWindow(Window):
    def __init__(self, http: httpx.AsyncClient, stack: AsyncExitStack) -> None:
        self._http, self._stack = http, stack

    async def open(self, url: str) -> Tab:
        target = (await self._http.put("/json/new")).json()
        self._stack.push_async_callback(self._http.get, f"/json/close/{target['id']}")
        tab = ChromiumTab(await self._stack.enter_async_context(_wire_to(target["webSocketDebuggerUrl"])))
        await tab.open(url)
        return tab


class Chromium(Browser):
    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def window(self) -> AsyncIterator[Window]:
        async with (
            httpx.AsyncClient(base_url=self._address, trust_env=False) as http,
            AsyncExitStack() as stack,
        ):
            yield ChromiumWindow(http, stack)


@contextmanager
def chromium(program: Path, folder: Path, *arguments: str) -> Iterator[Chromium]:
    """Chromium without a window, with a fake camera and microphone; `folder` takes its profile."""
    profile, port = folder / "profile", folder / "profile" / "DevToolsActivePort"
    command = [program, "--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    with Program(
        "chromium", [*command, *QUIET, *DEVICES, *arguments], log=folder / "chromium.log"
    ) as running:
        running.wait_ready(lambda: port.exists() and port.read_text(), within=START_DEADLINE_S)
        yield Chromium(int(port.read_text().split()[0]))


# Firefox


class FirefoxTab(Tab):
    def __init__(self, wire: Wire, context: str) -> None:
        super().__init__(wire)
        self._context = context

    async def _evaluate(self, expression: str) -> str | None:
        where = {"target": {"context": self._context}, "awaitPromise": True, "userActivation": True}
        answer = await self._wire.call("script.evaluate", expression=expression, **where)
        if answer["type"] == "exception":
            raise ScriptFailed(answer["exceptionDetails"]["text"])
        value: str | None = answer["result"].get("value")
        return value


class FirefoxWindow(Window):
    def __init__(self, wire: Wire, stack: AsyncExitStack) -> None:
        self._wire, self._stack = wire, stack

    async def open(self, url: str) -> Tab:
        context = (await self._wire.call("browsingContext.create", type="tab"))["context"]
        self._stack.push_async_callback(self._wire.call, "browsingContext.close", context=context)
        await self._wire.call("browsingContext.navigate", context=context, url=url, wait="complete")
        return FirefoxTab(self._wire, context)


class Firefox(Browser):
    def __init__(self, port: int) -> None:
        self._address = f"ws://127.0.0.1:{port}/session"

    @asynccontextmanager
    async def window(self) -> AsyncIterator[Window]:
        async with _wire_to(self._address) as wire, AsyncExitStack() as stack:
            await wire.call("session.new", capabilities={})
            stack.push_async_callback(wire.call, "session.end")
            yield FirefoxWindow(wire, stack)


@contextmanager
def firefox(program: Path, folder: Path) -> Iterator[Firefox]:
    """Firefox without a window, with a fake camera and microphone; `folder` takes its profile."""
    profile, told = folder / "profile", folder / "profile" / "WebDriverBiDiServer.json"
    profile.mkdir()
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(it)});\n" for name, it in FIREFOX_PREFERENCES.items()
    ]
    (profile / "user.js").write_text("".join(lines))
    command = [program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
    with Program("firefox", command, log=folder / "firefox.log") as running:
        running.wait_ready(lambda: told.exists() and told.read_text(), within=START_DEADLINE_S)
        yield Firefox(json.loads(told.read_text())["ws_port"])
