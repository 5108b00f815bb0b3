"""Low-latency playlists: requests that wait for what is not there yet (RFC 8216bis §6.2.5.2).

However many players wait for one playlist, one task looks at its file, and only as long as somebody waits.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from livehall.kernel.faults import Invalid

LOOK_S = 0.03  # a tenth of the shortest part
TARGETS = 3  # durations that a request waits at most (§6.2.5.2)
AHEAD = 2  # segments beyond the next: more is a player that is lost
_SEQUENCE = re.compile(r"^#EXT-X-MEDIA-SEQUENCE:(\d+)$", re.MULTILINE)
_TARGET = re.compile(r"^#EXT-X-TARGETDURATION:(\d+)$", re.MULTILINE)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class BadReload(Invalid):
    message = "There is no such segment or part to wait for."


class Playlist(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of one to wait for its next part."""

    text: str = ""
    sequence: int = 0  # of the segment that is on its way
    parts: int = 0  # of it that are there
    target_s: int = 2
    has_parts: bool = False
    is_over: bool = False

    @classmethod
    def of(cls, text: str) -> Self:
        first, target = _SEQUENCE.search(text), _TARGET.search(text)
        whole, _, coming = text.rpartition("#EXTINF:")
        return cls(
            text=text,
            sequence=int(first[1] if first else 0) + text.count("#EXTINF:"),
            parts=(coming if whole else text).count("#EXT-X-PART:"),
            target_s=int(target[1]) if target else 2,
            has_parts="#EXT-X-PART-INF:" in text,
            is_over="#EXT-X-ENDLIST" in text,
        )

    def has(self, sequence: int, part: int | None) -> bool:
        is_there = sequence < self.sequence or (
            sequence == self.sequence and part is not None and part < self.parts
        )
        return is_there or self.is_over


class Wish(msgspec.Struct, frozen=True):
    """A segment, or a part of it, that a player waits for."""

    sequence: int
    part: int | None

    @classmethod
    def of(cls, sequence: str | None, part: str | None) -> Self | None:
        """Of the request's directives. Raises: BadReload."""
        if sequence is None and part is None:
            return None
        if sequence is None or any(_NUMBER.fullmatch(each) is None for each in (sequence, part or "0")):
            raise BadReload
        return cls(int(sequence), int(part) if part is not None else None)


class Reloads:
    def __init__(self) -> None:
        self._watched: dict[Path, _Watched] = {}

    async def wait(self, path: Path, wish: Wish) -> bool:
        """Until the playlist has what is wished for; one without parts is not waited for. False: in vain.

        Raises: BadReload, for a segment that is too far ahead.
        """
        now = await asyncio.to_thread(_read, path)
        if not now.has_parts:
            return True
        if wish.sequence > now.sequence + AHEAD:
            raise BadReload
        return await self._until(path, lambda playlist: playlist.has(wish.sequence, wish.part), now.target_s)

    async def listed(self, path: Path, name: str) -> bool:
        """Until the playlist lists a part that it has promised. False: it does not promise it, or in vain."""
        now = await asyncio.to_thread(_read, path)
        if f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{name}"' not in now.text:
            return False
        return await self._until(path, lambda playlist: f',URI="{name}"' in _parts(playlist), now.target_s)

    async def _until(self, path: Path, is_so: Callable[[Playlist], bool], target_s: int) -> bool:
        watched = self._watched.get(path)
        if watched is None:
            watched = self._watched[path] = _Watched(path, lambda: self._watched.pop(path, None))
        with suppress(TimeoutError):
            async with asyncio.timeout(TARGETS * target_s):
                await watched.wait(is_so)
                return True
        return False


def _parts(playlist: Playlist) -> str:
    return "".join(line for line in playlist.text.splitlines() if line.startswith("#EXT-X-PART:"))


class _Watched:
    """One playlist, and who waits for it."""

    def __init__(self, path: Path, forget: Callable[[], object]) -> None:
        self._path, self._forget = path, forget
        self._waiting = 0
        self._changed = asyncio.Condition()
        self._newest = Playlist()
        self._task: asyncio.Task[None] | None = None

    async def wait(self, is_so: Callable[[Playlist], bool]) -> None:
        self._waiting += 1
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look())
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: is_so(self._newest))
        finally:
            self._waiting -= 1

    async def _look(self) -> None:
        try:
            while self._waiting:
                found = await asyncio.to_thread(_read, self._path)
                if found != self._newest:
                    async with self._changed:
                        self._newest = found
                        self._changed.notify_all()
                await asyncio.sleep(LOOK_S)
        finally:  # however it ends, the next who waits begins anew
            self._task = None
            self._forget()


def _read(path: Path) -> Playlist:
    """One that is not there, or cannot be read just now, has nothing yet."""
    try:
        return Playlist.of(path.read_text())
    except (OSError, ValueError):
        return Playlist()
