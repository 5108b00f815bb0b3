"""uvicorn's HTTP protocol, with head and body of an answer in one write.

uvicorn hands them to the transport one after the other, and uvloop writes at once: two system calls, two
packets, and a client that wakes twice for most answers.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Joining:
    """A transport that writes what is first said in a turn of the loop together with what is said next.

    At most one piece is held, and no longer than the turn: a stream is slowed down by its reader as ever,
    and a head without a body yet is not kept back.
    """

    __slots__ = ("_held", "_loop", "transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport, self._loop = transport, loop
        self._held: bytes | None = None

    def write(self, data: bytes) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.transport.write(held + data)
        else:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        held, self._held = self._held, None
        if held is not None and not self.transport.is_closing():
            self.transport.write(held)

    def close(self) -> None:
        self.flush()
        self.transport.close()

    def is_closing(self) -> bool:
        return self.transport.is_closing()


class HttpProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._joining = Joining(transport, self.loop)
        self.transport = cast(asyncio.Transport, self._joining)  # of which HTTP uses these four methods

    def handle_websocket_upgrade(self) -> None:
        """The successor has the transport itself."""
        self._joining.flush()
        self.transport = self._joining.transport
        super().handle_websocket_upgrade()
