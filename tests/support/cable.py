"""A cable between a client and a server that can be cut, mended, and put into another server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """Listens on a loopback port and carries TCP connections to `target`, while it is whole."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._is_whole = True
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break all connections without a word, and let none through."""
        self._is_whole = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self, target: int | None = None) -> None:
        """Let connections through again, to the same server or to another."""
        self._is_whole = True
        self.target = target or self.target

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection; where the server is away, it ends as on a cut cable."""
        writers = [writer]
        try:
            if self._is_whole:
                back, there = await asyncio.open_connection("127.0.0.1", self.target)
                writers.append(there)
                self._writers.update(writers)
                await asyncio.gather(self._carry(reader, there), self._carry(back, writer))
        except ConnectionError:
            pass
        finally:
            self._writers.difference_update(writers)
            for each in writers:
                each.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def a_cable(target: int) -> AsyncIterator[Cable]:
    """A whole cable to a port."""
    cable = Cable(target)
    server = await asyncio.start_server(cable.accept, "127.0.0.1", 0)
    cable.port = server.sockets[0].getsockname()[1]
    try:
        yield cable
    finally:
        cable.cut()
        server.close()
        await server.wait_closed()
