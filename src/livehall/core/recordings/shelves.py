"""All places for files as one: ours, and those that organizations have chosen. The key says which."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from livehall.core.ports.sealing import Sealing
from livehall.core.ports.storage import Backend, Storage, StorageUnavailable, Stored, TargetStores
from livehall.core.recordings import targets
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

OPEN = 200  # targets that are kept at hand


class Shelves:
    """A `Storage`. A target never changes, so that one that was opened may be kept."""

    def __init__(self, desk: Desk, sealing: Sealing, ours: Storage, stores: TargetStores) -> None:
        self._desk, self._sealing, self._ours, self._stores = desk, sealing, ours, stores
        self._opened: OrderedDict[Id, Storage] = OrderedDict()

    @property
    def backend(self) -> Backend:
        return self._ours.backend

    async def take(self, source: Path, key: str) -> Stored:
        place, within = await self._place(key)
        return await place.take(source, within)

    async def find(self, key: str) -> Stored | None:
        place, within = await self._place(key)
        return await place.find(within)

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        place, within = await self._place(key)
        async for piece in place.read(within, start, end):
            yield piece

    async def delete(self, key: str) -> None:
        place, within = await self._place(key)
        await place.delete(within)

    async def free(self) -> int | None:
        return await self._ours.free()

    def address(self, key: str, name: str, content_type: str, until: datetime) -> str | None:
        """None for what lies with a customer: browsers are told of our own store only."""
        target_id, within = targets.split(key)
        return None if target_id else self._ours.address(within, name, content_type, until)

    async def _place(self, key: str) -> tuple[Storage, str]:
        """Raises: StorageUnavailable."""
        target_id, within = targets.split(key)
        if target_id is None:
            return self._ours, within
        opened = self._opened.get(target_id)
        if opened is None:
            async with self._desk.read(SYSTEM) as read:
                target = await targets.opened_by(read, self._sealing, target_id)
            if target is None:
                raise StorageUnavailable("The place of this file is not known any more.")
            opened = self._opened[target_id] = self._stores.open(target)
            if len(self._opened) > OPEN:
                self._opened.popitem(last=False)
        return opened, within
