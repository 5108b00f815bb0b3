"""Films that were made elsewhere and are handed in: they become recordings of a session.

Invariants
  - The right, the plan and the room on the disk are asked before a byte is read, and again while it comes in.
  - What is answered is a row, and a file that the disk has: from there `Keeper` brings it into the storage,
    as it does with those of the media server.
  - A film is never in memory as a whole.

Failure story: what a crash cuts off before the answer leaves a file that no row names; `sweep` removes it.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import FileIO
from pathlib import Path
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

import msgspec
import structlog

from livehall.core.audience.scene import Scene, scene
from livehall.core.people import plans_store as organizations
from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.films import Film, FilmInspector, Refusal, Refused
from livehall.core.recordings import left_store, ops, purging, rows, store
from livehall.core.recordings.events import RecordingUploaded
from livehall.core.recordings.faults import FilmTooLarge, FilmTooSlow, NoRoomForFilm, TooManyFilms
from livehall.core.recordings.ops import Shown
from livehall.core.recordings.quotas import check_may_keep, left_to_keep
from livehall.core.recordings.rules import FILMS, place_of
from livehall.core.rooms.rules import clean_title
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.faults import Forbidden, Invalid, invalid
from livehall.kernel.ids import Id, new_id, parse_id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

PIECE = 1 << 20  # bytes that are written at once
PATIENCE_S = 120.0  # for each piece: who sends nothing does not keep a place
SPARE = 1 << 30  # bytes that a film leaves free on the disk: the database may lie there, too
LOOK_EVERY = 64 << 20  # bytes between two looks at what is free
LEFT = timedelta(hours=1)  # a file that nobody has written to for so long belongs to no call any more
MOST_AT_ONCE = 8  # films that one process takes in: each is looked at, and others wait for that
MOST_OF_ONE = 2  # organization
HEAD = 12  # bytes: the first box of an MP4 (ISO/IEC 14496-12, §4.3), up to its brand

WORDS: dict[Refusal, str] = {
    "unreadable": "This is no film that can be read. Hand in a finished MP4.",
    "incomplete": "The film is cut off: its end is not in the file.",
    "no_tracks": "There is neither a picture nor a sound in this file.",
    "codec": "Players do not know the codec {codec}. Hand in an MP4 with H.264, AV1 or VP9, and AAC, MP3, "
    "Opus or FLAC.",
    "too_long": "A film lasts at most 24 hours.",
}


class Bring(msgspec.Struct, frozen=True, kw_only=True):
    """`title`: None for that of the session."""

    session_id: Id
    title: str | None = None
    description: str | None = None


class Films:
    def __init__(self, desk: Desk, inspector: FilmInspector, folder: Path, largest: int) -> None:
        """`folder`: where the media server writes its outputs. `largest`: bytes of one film."""
        self._desk, self._inspector, self._folder, self.largest = desk, inspector, folder, largest
        self._taken: dict[Id, Id] = {}  # organization of each film that is on its way in
        self._looking: WeakValueDictionary[Id, asyncio.Lock] = WeakValueDictionary()

    async def bring(
        self, actor: Actor, cmd: Bring, declared: int | None, pieces: AsyncIterator[bytes]
    ) -> Shown:
        """Take a film in. `declared`: its bytes, as far as the caller says.

        For the room's host and administrators.

        Raises: SessionNotFound, Banned, Forbidden, InvalidState, Invalid, QuotaExceeded, FilmTooLarge,
        NoRoomForFilm, FilmTooSlow, TooManyFilms, FilmsUnavailable.
        Emits: RecordingUploaded, RecordingChanged.
        """
        title = clean_title(cmd.title) if cmd.title is not None else None
        if declared is not None and declared > self.largest:
            raise FilmTooLarge(f"A film has at most {self.largest} bytes.")
        async with self._desk.read(actor) as read:
            at, left = await _may_bring(read, cmd.session_id, declared or 0)
        recording_id = new_id()
        with self._under_way(recording_id, at.session.organization_id):
            return await self._bring(
                actor, cmd, title, at.session.organization_id, recording_id, declared or 0, left, pieces
            )

    async def _bring(
        self,
        actor: Actor,
        cmd: Bring,
        title: str | None,
        organization_id: Id,
        recording_id: Id,
        declared: int,
        left: int | None,
        pieces: AsyncIterator[bytes],
    ) -> Shown:
        path = self._folder / place_of(recording_id)
        try:
            size = await self._received(path, declared, left, pieces)
            film = await self._look(organization_id, path)
            if isinstance(film, Refused):
                raise _refusal(film)
            async with self._desk.work(actor) as work:
                at = await scene(work, cmd.session_id)
                await sessions.hold(work, at.session)
                await organizations.hold_organization(
                    work, at.session.organization_id
                )  # its space, one by one
                at, _ = await _may_bring(work, cmd.session_id, size)
                row = await rows.add_film(work, at.session, recording_id, film, title, cmd.description)
                await store.add_asset(work, await rows.file_of(work, row, size))
                work.emit(
                    RecordingUploaded(
                        organization_id=row.organization_id,
                        recording_id=row.id,
                        session_id=row.session_id,
                        room_id=row.room_id,
                        size=size,
                    )
                )
                await rows.tell_state(work, row, size)
                shown = await ops.show(work, at, row)
        except BaseException:
            await self._give_back(recording_id, path)
            raise
        return shown

    async def _look(self, organization_id: Id, path: Path) -> Film | Refused:
        """One at a time for an organization, so that none has all the looks there are."""
        turn = self._looking.setdefault(organization_id, asyncio.Lock())
        async with turn:
            return await self._inspector.look(path)

    async def sweep(self) -> None:
        """Remove files that no recording waits for; call it every hour. Raises: DatabaseUnavailable."""
        before = (self._desk.clock() - LEFT).timestamp()
        for name in await asyncio.to_thread(_old, self._folder / FILMS, before):
            recording_id = parse_id(name.lstrip(".").partition(".")[0])
            if recording_id is not None and (
                recording_id in self._taken or await self._is_known(recording_id)
            ):
                continue
            log.info("a film that nobody waits for is removed", file=name)
            await asyncio.to_thread((self._folder / FILMS / name).unlink, missing_ok=True)

    async def _is_known(self, recording_id: Id) -> bool:
        async with self._desk.read(SYSTEM) as read:
            return await left_store.is_kept(read, recording_id)

    async def _give_back(self, recording_id: Id, path: Path) -> None:
        """Remove what came in, unless it is a recording by now: a call may end after its commit."""
        with suppress(DatabaseUnavailable):  # then it is left to `sweep`
            if not await self._is_known(recording_id):
                await purging.remove_film(self._folder, recording_id)

    async def _received(
        self, path: Path, declared: int, left: int | None, pieces: AsyncIterator[bytes]
    ) -> int:
        """On the disk, whole; its size."""
        temporary = _temporary(path)
        file = await _on_disk(_opened, temporary)
        try:
            async with asyncio.timeout(PATIENCE_S) as patience:
                size = await self._write(file, declared, left, pieces, patience)
            await _on_disk(os.fsync, file.fileno())
        except TimeoutError as error:
            raise FilmTooSlow from error
        finally:
            await _on_disk(file.close)
        await _on_disk(_placed, temporary, path)
        return size

    async def _write(
        self,
        file: FileIO,
        declared: int,
        left: int | None,
        pieces: AsyncIterator[bytes],
        patience: asyncio.Timeout,
    ) -> int:
        """`left`: bytes that the plan still has, if it bounds them."""
        size = looked = 0
        piece = bytearray()
        await self._check_room(declared)
        async for part in pieces:
            piece += part
            if size + len(piece) > self.largest:
                raise FilmTooLarge(f"A film has at most {self.largest} bytes.")
            if left is not None and size + len(piece) > left:
                raise QuotaExceeded
            if len(piece) >= PIECE:
                if size == 0:
                    _check_beginning(piece)
                await _on_disk(_written, file, piece)
                size += len(piece)
                piece = bytearray()
                patience.reschedule(asyncio.get_running_loop().time() + PATIENCE_S)
            if size - looked > LOOK_EVERY:
                await self._check_room(max(declared - size, 0))
                looked = size
        if size == 0:
            _check_beginning(piece)
        await _on_disk(_written, file, piece)
        return size + len(piece)

    async def _check_room(self, size: int) -> None:
        """Each that is on its way may write as much until it looks again. Raises: NoRoomForFilm."""
        free = (await _on_disk(shutil.disk_usage, self._folder)).free
        if free - size < SPARE + len(self._taken) * LOOK_EVERY:
            raise NoRoomForFilm

    @contextmanager
    def _under_way(self, recording_id: Id, organization_id: Id) -> Iterator[None]:
        """Raises: TooManyFilms."""
        of_one = list(self._taken.values()).count(organization_id)
        if len(self._taken) >= MOST_AT_ONCE or of_one >= MOST_OF_ONE:
            raise TooManyFilms
        self._taken[recording_id] = organization_id
        try:
            yield
        finally:
            del self._taken[recording_id]


async def _may_bring(work: Work, session_id: Id, size: int) -> tuple[Scene, int | None]:
    """And how many bytes the plan still has; None: as many as one likes.

    Raises: SessionNotFound, Banned, Forbidden, InvalidState, QuotaExceeded.
    """
    at = await scene(work, session_id)
    at.check_not_banned()
    if not at.standing.is_owner:
        raise Forbidden("Only the host and administrators hand in recordings.")
    if at.session.status == "cancelled":
        raise InvalidState("The session was cancelled.")
    await check_may_keep(work, at.session.organization_id, size)
    return at, await left_to_keep(work, at.session.organization_id)


async def _on_disk(do: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """In a thread. Raises: NoRoomForFilm, when the disk does not do it."""
    try:
        return await asyncio.to_thread(do, *args, **more)
    except OSError as error:
        raise NoRoomForFilm("The film could not be written to the disk.") from error


def _refusal(refused: Refused) -> Invalid:
    return invalid(
        "content", WORDS[refused.why].format(codec=refused.codec or "of this file"), rule=refused.why
    )


def _check_beginning(content: bytearray) -> None:
    """Raises: Invalid, for what cannot be an MP4: there is no need to wait for the rest of it."""
    if len(content) < HEAD or content[4:8] != b"ftyp":
        raise _refusal(Refused(why="unreadable"))


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _opened(path: Path) -> FileIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb", buffering=0)  # whole pieces are written, and nothing is left to be flushed


def _written(file: FileIO, piece: bytearray) -> None:
    left = memoryview(piece)
    while left:
        left = left[file.write(left) or 0 :]


def _placed(temporary: Path, path: Path) -> None:
    """Under its name, for good."""
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _old(folder: Path, before: float) -> list[str]:
    if not folder.is_dir():
        return []
    found = []
    for each in folder.iterdir():
        with suppress(FileNotFoundError):  # it has moved into the storage meanwhile
            if each.is_file() and each.stat().st_mtime < before:
                found.append(each.name)
    return found
