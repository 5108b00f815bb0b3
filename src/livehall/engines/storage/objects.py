"""Any store that `obstore` speaks to: S3, Azure, GCS, memory, a folder."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from livehall.core.ports.storage import StorageUnavailable, Stored

PIECE = 256 * 1024  # bytes given to a reader at once, at least


@contextmanager
def faults() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise StorageUnavailable from error


class ObjectStorage:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def take(self, source: Path, key: str) -> Stored:
        if await asyncio.to_thread(source.exists):
            with faults():
                await obstore.put_async(self._store, key, source)
            await asyncio.to_thread(source.unlink, missing_ok=True)
        stored = await self.find(key)
        if stored is None:
            raise FileNotFoundError(source)
        return stored

    async def find(self, key: str) -> Stored | None:
        try:
            with faults():
                meta = await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return None
        etag = (meta["e_tag"] or f"{meta['size']:x}-{meta['last_modified'].timestamp():.0f}").strip('"')
        return Stored(size=meta["size"], etag=etag, modified_at=meta["last_modified"])

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        if end <= start:
            return
        with faults():
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    async def delete(self, key: str) -> None:
        try:
            with faults():
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
