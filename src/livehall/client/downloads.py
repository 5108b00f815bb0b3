"""Files while they come: never whole in memory unless asked for."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx


class _Head:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    @property
    def media_type(self) -> str:
        return str(self._response.headers.get("Content-Type", "")).partition(";")[0].strip()

    @property
    def size(self) -> int | None:
        """Bytes that will come; None where the server does not know yet."""
        said = self._response.headers.get("Content-Length", "")
        return int(said) if said.isdecimal() else None

    @property
    def partial(self) -> bool:
        """Whether a range was asked for and is what comes."""
        return self._response.status_code == 206


class Download(_Head):
    """A file to be read once: as an iterator of pieces, at once, or into a file."""

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_bytes()

    def read(self) -> bytes:
        return self._response.read()

    def save(self, path: str | Path) -> None:
        """Write it to a file; what comes broken off leaves the part that came."""
        with Path(path).open("wb") as file:
            for piece in self:
                file.write(piece)


class AsyncDownload(_Head):
    """A file to be read once: as an asynchronous iterator of pieces, or at once."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_bytes()

    async def read(self) -> bytes:
        return await self._response.aread()
