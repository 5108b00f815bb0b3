"""The sending half of one signalling socket: a bounded queue and the task that empties it."""

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

MOST_WAITING_BYTES = 4 * 1024 * 1024  # of a client that does not read
_CLOSE_NORMAL, _CLOSE_TOO_SLOW = 1000, 1008


class SignalSocket:
    """Satisfies `participant.Signals`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._bytes = 0
        self._is_closing = False
        self._task = asyncio.create_task(self._write(), name="signalling out")
        self._code = _CLOSE_NORMAL

    def send(self, data: bytes) -> None:
        if self._is_closing:
            return
        self._bytes += len(data)
        if self._bytes > MOST_WAITING_BYTES:
            self._code = _CLOSE_TOO_SLOW
            while not self._waiting.empty():  # it will not be read
                self._waiting.get_nowait()
            self.close()
            return
        self._waiting.put_nowait(data)

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._waiting.put_nowait(None)

    def abandon(self) -> None:
        """The client is gone: what waits for it is dropped."""
        self._is_closing = True
        self._task.cancel()

    async def closed(self) -> None:
        """After the last message is out and the socket is shut."""
        self.close()
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(self._task, 2.0)

    async def _write(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, OSError):  # the client is gone: nobody to tell
            while (data := await self._waiting.get()) is not None:
                await self._websocket.send_bytes(data)
                self._bytes -= len(data)
            await self._websocket.close(self._code)
