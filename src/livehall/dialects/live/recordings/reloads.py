"""Low-latency playlists: requests that wait for what is not there yet (RFC 8216bis §6.2.5.2).

However many players wait for one playlist, one task looks at its file, and only as long as somebody waits.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

import msgspec

from livehall.dialects.live.recordings.playlists import Playlist, Playlists, Version
from livehall.kernel.faults import Invalid

LOOK_S = 0.03  # a tenth of the shortest part
TARGETS = 3  # durations that a request waits at most (§6.2.5.2)
AHEAD = 2  # segments beyond the next: more is a player that is lost
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class BadReload(Invalid):
    message = "There is no such segment or part to wait for."


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
    def __init__(self, playlists: Playlists) -> None:
        self._playlists = playlists
        self._watched: dict[Path, _Watched] = {}

    async def wait(self, path: Path, now: Version, wish: Wish) -> Version | None:
        """The version that has what is wished for; one without parts is not waited for. None: in vain.

        Raises: BadReload, for a segment that is too far ahead.
        """
        if not now.playlist.has_parts:
            return now
        if wish.sequence > now.playlist.sequence + AHEAD:
            raise BadReload
        return await self._until(path, now, lambda playlist: playlist.has(wish.sequence, wish.part))

    async def listed(self, path: Path, name: str) -> bool:
        """Until the playlist lists a part that it has promised. False: it does not promise it, or in vain."""
        now = await self._playlists.newest(path)
        if now is None or f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{name}"' not in now.playlist.text:
            return False
        found = await self._until(path, now, lambda playlist: f',URI="{name}"' in _parts(playlist))
        return found is not None

    async def _until(self, path: Path, now: Version, is_so: Callable[[Playlist], bool]) -> Version | None:
        if is_so(now.playlist):
            return now
        watched = self._watched.get(path)
        if watched is None:
            look = partial(self._playlists.newest, path)
            watched = self._watched[path] = _Watched(look, lambda: self._watched.pop(path, None))
        with suppress(TimeoutError):
            async with asyncio.timeout(TARGETS * now.playlist.target_s):
                return await watched.wait(is_so)
        return None


def _parts(playlist: Playlist) -> str:
    return "".join(line for line in playlist.text.splitlines() if line.startswith("#EXT-X-PART:"))


class _Watched:
    """One playlist, and who waits for it."""

    def __init__(self, look: Callable[[], Awaitable[Version | None]], forget: Callable[[], object]) -> None:
        self._newest_now, self._forget = look, forget
        self._waiting = 0
        self._changed = asyncio.Condition()
        self._newest: Version | None = None
        self._task: asyncio.Task[None] | None = None

    async def wait(self, is_so: Callable[[Playlist], bool]) -> Version:
        self._waiting += 1
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look())
        try:
            async with self._changed:
                while (newest := self._newest) is None or not is_so(newest.playlist):
                    await self._changed.wait()
                return newest
        finally:
            self._waiting -= 1

    async def _look(self) -> None:
        try:
            while self._waiting:
                found = await self._newest_now()
                if found is not self._newest:
                    async with self._changed:
                        self._newest = found
                        self._changed.notify_all()
                await asyncio.sleep(LOOK_S)
        finally:  # however it ends, the next who waits begins anew
            self._task = None
            self._forget()
