"""A folder of this machine. Taking a file in is a rename where both lie on one file system."""

import asyncio
import errno
import shutil
from pathlib import Path

from obstore.store import LocalStore

from livehall.core.ports.storage import Backend, StorageUnavailable, Stored
from livehall.engines.storage.objects import ObjectStorage


class DiskStorage(ObjectStorage):
    def __init__(self, root: Path) -> None:
        """`root` is made when it is missing. Two stores must not share it."""
        super().__init__(LocalStore(root, automatic_cleanup=True, mkdir=True))
        self._root = root

    @property
    def backend(self) -> Backend:
        return "local"

    async def free(self) -> int | None:
        try:
            return (await asyncio.to_thread(shutil.disk_usage, self._root)).free
        except OSError as error:
            raise StorageUnavailable from error

    async def take(self, source: Path, key: str) -> Stored:
        if await asyncio.to_thread(self._rename, source, key):
            stored = await self.find(key)
            if stored is not None:
                return stored
        return await super().take(source, key)

    def _rename(self, source: Path, key: str) -> bool:
        """Whether the file could be moved without copying it."""
        target = self._root / key
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno == errno.EXDEV:
                return False
            raise StorageUnavailable from error
        return True
