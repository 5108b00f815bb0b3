"""Centrifugo's own clients, in Python and in JavaScript, as one kind of thing: commands in, events out."""

import asyncio
import json
import os
import ssl
import subprocess
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import centrifuge

from tests.support import kept
from tests.support.needs import lacking
from tests.support.realtime import until

SOURCE = Path(__file__).parent / "centrifuge_js"
Event = dict[str, Any]


class RealClient(ABC):
    """What a client has told so far, oldest first. `channel` is in all events of a subscription."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def told(self, event: str, channel: str | None = None) -> list[Event]:
        return [e for e in self.events if e["event"] == event and channel in (None, e.get("channel"))]

    def offsets(self, channel: str) -> list[int]:
        return [each["offset"] for each in self.told("publication", channel)]

    async def tells(self, event: str, channel: str | None = None, times: int = 1) -> Event:
        """Wait for the so-manieth event of a kind."""
        await until(lambda: len(self.told(event, channel)) >= times)
        return self.told(event, channel)[times - 1]

    @abstractmethod
    async def subscribe(self, channel: str) -> None: ...

    @abstractmethod
    async def unsubscribe(self, channel: str) -> None: ...


class _PythonEvents(centrifuge.SubscriptionEventHandler):
    def __init__(self, events: list[Event], channel: str) -> None:
        self._events, self._channel = events, channel

    def _add(self, event: str, **fields: Any) -> None:
        self._events.append({"event": event, "channel": self._channel, **fields})

    async def on_subscribed(self, ctx: centrifuge.SubscribedContext) -> None:
        self._add(
            "subscribed",
            data=ctx.data,
            recovered=ctx.recovered,
            was_recovering=ctx.was_recovering,
            offset=ctx.stream_position.offset if ctx.stream_position else None,
        )

    async def on_publication(self, ctx: centrifuge.PublicationContext) -> None:
        self._add("publication", offset=ctx.pub.offset, data=ctx.pub.data)

    async def on_unsubscribed(self, ctx: centrifuge.UnsubscribedContext) -> None:
        self._add("unsubscribed", code=ctx.code, reason=ctx.reason)


class _PythonClientEvents(centrifuge.ClientEventHandler):
    def __init__(self, events: list[Event]) -> None:
        self._events = events

    async def on_connecting(self, ctx: centrifuge.ConnectingContext) -> None:
        self._events.append({"event": "connecting", "code": ctx.code, "reason": ctx.reason})

    async def on_connected(self, ctx: centrifuge.ConnectedContext) -> None:
        self._events.append({"event": "connected"})

    async def on_disconnected(self, ctx: centrifuge.DisconnectedContext) -> None:
        self._events.append({"event": "disconnected", "code": ctx.code, "reason": ctx.reason})

    async def on_subscribed(self, ctx: centrifuge.ServerSubscribedContext) -> None:
        event = {"event": "subscribed", "channel": ctx.channel, "recovered": ctx.recovered}
        self._events.append(event)

    async def on_publication(self, ctx: centrifuge.ServerPublicationContext) -> None:
        event = {
            "event": "publication",
            "channel": ctx.channel,
            "offset": ctx.pub.offset,
            "data": ctx.pub.data,
        }
        self._events.append(event)


class PythonClient(RealClient):
    """centrifuge-python, in this event loop."""

    def __init__(self, url: str, options: dict[str, Any], tls: ssl.SSLContext | None) -> None:
        super().__init__()
        self.client = centrifuge.Client(
            url,
            events=_PythonClientEvents(self.events),
            min_reconnect_delay=0.05,
            max_reconnect_delay=0.2,
            ssl_context=tls,
            proxy=None,
            **options,
        )

    async def subscribe(self, channel: str) -> None:
        events = _PythonEvents(self.events, channel)
        await self.client.new_subscription(channel, events=events).subscribe()

    async def unsubscribe(self, channel: str) -> None:
        subscription = self.client.get_subscription(channel)
        assert subscription is not None
        await subscription.unsubscribe()


class JavaScriptClient(RealClient):
    """centrifuge-js under Node."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        self._process = process

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.events.append(json.loads(line))

    async def subscribe(self, channel: str) -> None:
        await self._say("subscribe", channel)

    async def unsubscribe(self, channel: str) -> None:
        await self._say("unsubscribe", channel)

    async def _say(self, command: str, channel: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, "channel": channel}).encode() + b"\n")
        await self._process.stdin.drain()


@asynccontextmanager
async def real_client(
    kind: str, url: str, tls: ssl.SSLContext | None = None, cafile: str = "", **options: Any
) -> AsyncIterator[RealClient]:
    """A client that connects at once. Options are those both know: `token`, `data`."""
    if kind == "python":
        python = PythonClient(url, options, tls)
        await python.client.connect()
        try:
            yield python
        finally:
            await python.client.disconnect()
        return
    folder = await asyncio.to_thread(javascript_folder)
    process = await asyncio.create_subprocess_exec(
        _node(),
        str(folder / "client.mjs"),
        url,
        json.dumps(options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"NODE_EXTRA_CA_CERTS": cafile},
    )
    javascript = JavaScriptClient(process)
    listening = asyncio.create_task(javascript.listen())
    try:
        yield javascript
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening


def javascript_folder() -> Path:
    """Where the JavaScript client is installed."""
    try:
        return kept.installed(SOURCE, ("package.json", "package-lock.json", "client.mjs"), kept.NPM)
    except kept.NotInstalled as why:
        _lacking(str(why))


def _node() -> str:
    try:
        return kept.program("node")
    except kept.NotInstalled as why:
        _lacking(str(why))


def _lacking(why: str) -> NoReturn:
    lacking(f"node ({why}; install Node 20 or newer with npm)")
