"""HLS playlists as they lie on disk. Each version is read, looked through and packed once, however many ask.

Whoever writes one replaces the file as a whole, so that its place on the disk, its time and its size tell
versions apart.
"""

import asyncio
import gzip
import os
import re
import stat
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Self

import msgspec

MOST_BYTES = 64 << 20  # of all playlists together that are kept
_LEVEL = 6  # 9 takes five times as long for half a per cent less
_SEQUENCE = re.compile(r"^#EXT-X-MEDIA-SEQUENCE:(\d+)$", re.MULTILINE)
_TARGET = re.compile(r"^#EXT-X-TARGETDURATION:(\d+)$", re.MULTILINE)

Stamp = tuple[int, int, int]  # inode, nanoseconds, bytes


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


class Version:
    """What a playlist was at some time."""

    def __init__(self, stamp: Stamp, data: bytes) -> None:
        self.stamp = stamp
        self.data = data
        self._packing: asyncio.Task[bytes] | None = None

    @cached_property
    def playlist(self) -> Playlist:
        return Playlist.of(self.data.decode(errors="replace"))

    async def packed(self) -> bytes:
        """As gzip."""
        if self._packing is None:
            work = asyncio.to_thread(gzip.compress, self.data, _LEVEL, mtime=0)
            self._packing = asyncio.get_running_loop().create_task(work)
        return await asyncio.shield(self._packing)


class Playlists:
    def __init__(self) -> None:
        self._kept: OrderedDict[Path, Version] = OrderedDict()  # asked for last at the end
        self._bytes = 0

    async def newest(self, path: Path) -> Version | None:
        """As it is now; None when it is not there, or cannot be read just now."""
        known = self._kept.get(path)
        found = await asyncio.to_thread(_look, path, known)
        kept = self._kept.get(path)
        if found is not None and kept is not None and kept.stamp == found.stamp:
            self._kept.move_to_end(path)
            return kept  # others have asked meanwhile
        if kept is not None:
            self._drop(path)
        if found is not None:
            self._kept[path] = found
            self._bytes += len(found.data)
            while self._bytes > MOST_BYTES and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
        return found

    def _drop(self, path: Path) -> None:
        self._bytes -= len(self._kept.pop(path).data)


def _look(path: Path, known: Version | None) -> Version | None:
    """Read only if it is not what is known."""
    try:
        if known is not None and _stamp(path.stat()) == known.stamp:
            return known
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            return Version(_stamp(found), file.read()) if stat.S_ISREG(found.st_mode) else None
    except OSError:
        return None


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size
