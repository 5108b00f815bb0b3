"""Files of the chat: brought in, given out to those who may read it, gone when nobody can reach them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import structlog

from livehall.core.audience.scene import Scene, name_of, scene, scene_of
from livehall.core.chat import files_store, kinds
from livehall.core.chat.faults import ChatFileNotFound, FileTooLarge
from livehall.core.chat.files_model import ChatFile
from livehall.core.chat.ops import check_may_write_now
from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState, SessionNotFound
from livehall.core.sessions.standings import somebody
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Forbidden, Unauthenticated
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

UNSENT = timedelta(hours=1)  # as long a file waits for its message


class Files:
    def __init__(self, desk: Desk, storage: Storage, folder: Path) -> None:
        """`folder`: where files lie while they come in; on the disk of the storage, where that is one."""
        self._desk, self._storage, self._folder = desk, storage, folder

    async def bring(
        self, actor: Actor, session_id: Id, name: str, content_type: str, pieces: AsyncIterator[bytes]
    ) -> ChatFile:
        """Take a file in; a message may then name it. The right is asked before a byte is read.

        Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, InvalidState, Invalid, FileTooLarge,
        StorageUnavailable.
        """
        async with self._desk.read(actor) as read:
            at = await _may_bring(read, session_id)
        kind, clean = kinds.check_kind(content_type), kinds.clean_name(name)
        path = await self._received(kind, pieces)
        try:
            row = self._row(at, actor, clean, kind)
            async with self._desk.work(actor) as work:
                await files_store.add(work, row)
            stored = await self._storage.take(path, row.storage_key)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        async with self._desk.work(actor) as work:
            await files_store.ready(work, row.id, stored.size)
        return msgspec.structs.replace(row, size=stored.size, state="ready")

    async def sweep(self) -> None:
        """Remove what was deleted with its session or message, and what was never sent.

        What cannot be removed now is left to the next round. Raises: DatabaseUnavailable.
        """
        async with self._desk.read(SYSTEM) as read:
            found = await files_store.left(read, read.now - UNSENT)
        for row in found:
            try:
                await self._storage.delete(row.storage_key)
            except (StorageUnavailable, OSError) as fault:
                log.warning("a file of the chat could not be removed", file_id=row.id, error=repr(fault))
                return
            async with self._desk.work(SYSTEM, origin="job") as work:
                await files_store.forget(work, row.id)

    async def _received(self, kind: str, pieces: AsyncIterator[bytes]) -> Path:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        content = bytearray()
        async for piece in pieces:
            content += piece
            if len(content) > kinds.LARGEST:
                raise FileTooLarge
        kinds.check_beginning(kind, content)
        return await asyncio.to_thread(_written, self._folder, content)

    def _row(self, at: Scene, actor: Actor, name: str, kind: str) -> ChatFile:
        if actor.account_id is None:
            raise Unauthenticated
        file_id = new_id()
        return ChatFile(
            id=file_id,
            organization_id=at.session.organization_id,
            session_id=at.session.id,
            account_id=actor.account_id,
            message_id=None,
            name=name,
            content_type=kind,
            size=0,
            storage_key=f"chat/{at.session.id}/{file_id}",
            state="pending",
            created_at=self._desk.clock(),
        )


async def describe(work: Work, file_id: Id) -> ChatFile:
    """A file, for who brought it, and once it is sent for whoever may read the chat.

    Raises: ChatFileNotFound.
    """
    row = await files_store.get(work, file_id)
    if row is None or not await _may_read(work, row):
        raise ChatFileNotFound
    return row


async def open_for(work: Work, file_id: Id, account_id: Id | None) -> ChatFile:
    """The same for whom a signed address names, as they are now.

    Raises: ChatFileNotFound.
    """
    row = await files_store.get(work, file_id)
    if row is None or account_id is None:
        raise ChatFileNotFound
    try:
        session = await sessions.get(work, row.session_id)
    except SessionNotFound as error:
        raise ChatFileNotFound from error
    at = await scene_of(work, session, await somebody(work, session, account_id))
    if at.standing.is_banned or not (row.message_id or row.account_id == account_id):
        raise ChatFileNotFound
    return row


async def _may_bring(work: Work, session_id: Id) -> Scene:
    at = await scene(work, session_id)
    at.check("chat.file")
    check_may_write_now(at)
    await name_of(work, at)
    account_id = work.actor.account_id
    if account_id is None:
        raise Unauthenticated
    if await files_store.number_of(work, session_id, account_id) >= kinds.MOST:
        raise InvalidState(f"One person brings at most {kinds.MOST} files into a session.")
    return at


async def _may_read(work: Work, row: ChatFile) -> bool:
    try:
        at = await scene(work, row.session_id)
        at.check("chat.read")
        await name_of(work, at)
    except (SessionNotFound, Forbidden, Unauthenticated):
        return False
    return row.message_id is not None or row.account_id == work.actor.account_id


def _written(folder: Path, content: bytearray) -> Path:
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(content)
    return Path(file.name)
