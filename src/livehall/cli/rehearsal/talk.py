"""The live side of the chat: one subscription, by Centrifugo's protocol (its JSON form, version 2)."""

import asyncio
import contextlib
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from livehall.cli.rehearsal.door import Refused, Seat
from livehall.cli.rehearsal.watching import Sighting

SECONDS = 15.0
CREATED = "chat.message"


class Talk:
    """Counts the chat messages that arrive while it is open."""

    def __init__(self, seen: Sighting) -> None:
        self._seen = seen
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, seat: Seat, session_id: str) -> None:
        """Raises: Refused."""
        try:
            async with asyncio.timeout(SECONDS):
                self._socket = await connect(seat.realtime_url, compression=None)
                await self._ask({"id": 1, "connect": {"data": {"token": seat.realtime_token}}})
                await self._ask({"id": 2, "subscribe": {"channel": f"chat:{session_id}"}})
        except (OSError, ConnectionClosed, TimeoutError) as error:
            raise Refused(f"the chat does not open ({type(error).__name__})") from error
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._socket:
            await self._socket.close()

    async def _ask(self, command: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(command))
        while True:
            for reply in await self._replies():
                if reply.get("id") == command["id"]:
                    if error := reply.get("error"):
                        raise Refused(f"the chat refuses: {error.get('message')}")
                    return
                self._count(reply)

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                for reply in await self._replies():
                    self._count(reply)

    async def _replies(self) -> list[dict[str, Any]]:
        """One frame holds one reply a line; an empty one is a ping, which is answered with the same."""
        assert self._socket is not None
        replies = [json.loads(line) for line in str(await self._socket.recv(decode=True)).splitlines()]
        if {} in replies:
            await self._socket.send("{}")
        return replies

    def _count(self, reply: dict[str, Any]) -> None:
        published = reply.get("push", {}).get("pub", {}).get("data", {})
        if published.get("type") == CREATED:
            self._seen.messages += 1
