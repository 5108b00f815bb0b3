"""A signalling address in front of a server's, which changes what is said on the way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from livekit.protocol import rtc
from websockets import http11
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

http11.MAX_LINE_LENGTH = 1 << 17  # a join request is in the address line


def without_udp(text: str) -> str:
    """A description, or a candidate by itself, with no candidate but those of TCP."""
    return "".join(line for line in text.splitlines(keepends=True) if " udp " not in line.lower())


@asynccontextmanager
async def rewritten(
    server_url: str, change: Callable[[str], str], *, from_client: Callable[[str], str] | None = None
) -> AsyncIterator[str]:
    """`change` is given every description and every candidate of the server, `from_client` the client's; a
    candidate of which nothing is left is not passed on."""

    def changed(message: Any, change: Callable[[str], str]) -> Any:
        kind = message.WhichOneof("message")
        if kind in ("answer", "offer"):
            description = getattr(message, kind)
            description.sdp = change(description.sdp)
        elif kind == "trickle" and "candidate:" in message.trickle.candidateInit:
            message.trickle.candidateInit = change(message.trickle.candidateInit)
            if not message.trickle.candidateInit:
                return None
        return message

    async def carry(client: ServerConnection) -> None:
        assert client.request is not None
        headers = {"Authorization": client.request.headers.get("Authorization", "")}
        url = f"{server_url}{client.request.path}"
        async with connect(url, max_size=None, additional_headers=headers) as server:

            async def up() -> None:
                with suppress(ConnectionClosed):
                    async for data in client:
                        request = rtc.SignalRequest.FromString(cast("bytes", data))
                        passed = changed(request, from_client) if from_client is not None else request
                        if passed is not None:
                            await server.send(passed.SerializeToString())
                await server.close()

            rising = asyncio.create_task(up())
            with suppress(ConnectionClosed):
                async for data in server:
                    response = changed(rtc.SignalResponse.FromString(cast("bytes", data)), change)
                    if response is not None:
                        await client.send(response.SerializeToString())
            rising.cancel()
            with suppress(asyncio.CancelledError, ConnectionClosed):
                await rising

    async with serve(carry, "127.0.0.1", 0, max_size=None) as door:
        yield f"ws://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}"
