"""Any store that `obstore` speaks to: S3, memory, a folder."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from livehall.core.ports.storage import Backend, StorageUnavailable, Stored

PIECE = 256 * 1024  # bytes given to a reader at once, at least
STRETCH = 8 * 1024 * 1024  # bytes asked of the store at once: a slow reader holds no request open for long
UPLOAD_PART = 16 * 1024 * 1024  # bytes; S3 takes 10,000 parts, so files of up to 160 GB
UPLOADS_AT_ONCE = 2  # parts of one file in memory
PROBE = b"Livehall was here."


@contextmanager
def faults() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise StorageUnavailable from error


class ObjectStorage:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @property
    def backend(self) -> Backend:
        return "s3"

    async def take(self, source: Path, key: str) -> Stored:
        """The source goes only once the store has told the same size."""
        size = await asyncio.to_thread(_size, source)
        if size is not None:
            await self._put(source, key)
        stored = await self.find(key)
        if stored is None:
            raise FileNotFoundError(source)
        if size is not None:
            if stored.size != size:
                raise StorageUnavailable("The file store has kept another size than it was given.")
            await asyncio.to_thread(source.unlink, missing_ok=True)
        return stored

    async def _put(self, source: Path, key: str) -> None:
        """A store without its bucket says "not found", too: of itself, not of our file."""
        try:
            with faults():
                await obstore.put_async(
                    self._store, key, source, chunk_size=UPLOAD_PART, max_concurrency=UPLOADS_AT_ONCE
                )
        except FileNotFoundError as error:
            if await asyncio.to_thread(source.exists):  # else another has just taken it
                raise StorageUnavailable from error

    async def find(self, key: str) -> Stored | None:
        try:
            with faults():
                meta = await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return None
        etag = (meta["e_tag"] or f"{meta['size']:x}-{meta['last_modified'].timestamp():.0f}").strip('"')
        return Stored(size=meta["size"], etag=etag, modified_at=meta["last_modified"])

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        for first in range(start, end, STRETCH):
            with faults():
                found = await obstore.get_async(
                    self._store, key, options={"range": (first, min(first + STRETCH, end))}
                )
                async for piece in found.stream(min_chunk_size=PIECE):
                    yield bytes(piece)

    async def delete(self, key: str) -> None:
        try:
            with faults():
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return

    async def probe(self, key: str) -> None:
        """Put a small object under `key`, read it and remove it. Raises: StorageUnavailable."""
        try:
            with faults():
                await obstore.put_async(self._store, key, PROBE)
                found = bytes(await (await obstore.get_async(self._store, key)).bytes_async())
                await obstore.delete_async(self._store, key)
        except (FileNotFoundError, PermissionError, ValueError) as error:
            raise StorageUnavailable from error
        if found != PROBE:
            raise StorageUnavailable

    async def free(self) -> int | None:
        return None

    def address(self, key: str, name: str, content_type: str, until: datetime) -> str | None:
        return None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
