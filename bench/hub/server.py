"""Our hub with everything open, for the bench: `python -m bench.hub.server` prints its address and serves.

The same process as in production: uvicorn, our door, the hub. `POST /api/publish` stands for the relay.
"""

import asyncio
import itertools
import json
import socket
from collections.abc import Mapping
from typing import Any

import uvicorn

from livehall.core.ports.realtime import Connected, Publication, Subscribed
from livehall.engines.realtime import Hub
from livehall.gateway.centrifugo import push_frames, websocket_protocol

BACKLOG = 4096


class OpenGate:
    """Lets everybody into every channel, with an empty snapshot."""

    epoch = "bench"

    async def connect(self, token: str) -> Connected:
        return Connected()

    async def refresh(self, meta: Mapping[str, str], user: str) -> int | None:
        return None

    async def subscribe(self, who: Connected, channel: str) -> Subscribed:
        return Subscribed(recoverable=True)

    async def refresh_subscription(self, who: Connected, channel: str) -> int | None:
        return None

    async def history(self, channel: str, after: int, limit: int) -> tuple[Publication, ...] | None:
        return None


async def serve() -> None:
    """Serve until SIGTERM."""
    hub = Hub(OpenGate(), push_frames)
    positions = itertools.count(1)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        request = json.loads(body)
        data = json.dumps(request["data"], separators=(",", ":")).encode()
        hub.publish(request["channel"], Publication(data=data, position=next(positions)))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)  # before anybody is told: a load generator does not wait
    print("{}:{}".format(*listener.getsockname()), flush=True)
    door = websocket_protocol(hub, allowed_origins=lambda host, origin: True)
    config = uvicorn.Config(app, ws=door, lifespan="off", log_config=None, access_log=False, backlog=BACKLOG)
    await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
