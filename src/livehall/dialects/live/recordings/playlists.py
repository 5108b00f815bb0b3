"""HLS playlists as they lie on disk. Each version is read, looked through and packed once, however many ask.

Whoever writes one replaces the file as a whole, so that its place on the disk, its time and its size tell
versions apart.

One that grows for hours is offered in short, too (Delta Updates, RFC 8216bis §6.2.5.1): who has had it
lately gets its end alone.
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
SKIP_TARGETS = 6  # target durations at the end that are always told (§4.4.3.8: at least)
_SKIP_VERSION = 9  # of the format, from which on EXT-X-SKIP is known (§8)
_CONTROL = re.compile(r"^#EXT-X-SERVER-CONTROL:.+$", re.MULTILINE)
_OF_THE_WHOLE = (  # tags that belong to no segment (§4.4.1 to §4.4.3)
    "#EXTM3U",
    "#EXT-X-VERSION:",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    "#EXT-X-START:",
    "#EXT-X-DEFINE:",
    "#EXT-X-TARGETDURATION:",
    "#EXT-X-MEDIA-SEQUENCE:",
    "#EXT-X-DISCONTINUITY-SEQUENCE:",
    "#EXT-X-PLAYLIST-TYPE:",
    "#EXT-X-PART-INF:",
    "#EXT-X-SERVER-CONTROL:",
)
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


class Form:
    """One way of telling a version."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self._packing: asyncio.Task[bytes] | None = None

    async def packed(self) -> bytes:
        """As gzip."""
        if self._packing is None:
            work = asyncio.to_thread(gzip.compress, self.data, _LEVEL, mtime=0)
            self._packing = asyncio.get_running_loop().create_task(work)
        return await asyncio.shield(self._packing)


class Version:
    """What a playlist was at some time."""

    def __init__(self, stamp: Stamp, data: bytes) -> None:
        self.stamp = stamp
        text = data.decode(errors="replace")
        target = _TARGET.search(text)
        boundary_s = SKIP_TARGETS * int(target[1]) if target else 0
        if boundary_s and "#EXT-X-ENDLIST" not in text and "CAN-SKIP-UNTIL" not in text:
            text = _offering(text, boundary_s)
            self.whole = Form(text)
            recent = _recent(text, boundary_s)
            self.recent = Form(recent) if recent is not None else self.whole
        else:
            self.whole = self.recent = Form(text)
        self._text = text

    @property
    def size(self) -> int:
        return len(self.whole.data)

    @cached_property
    def playlist(self) -> Playlist:
        return Playlist.of(self._text)


def _offering(text: str, boundary_s: int) -> str:
    """Saying that it may be had in short."""
    offer = f"CAN-SKIP-UNTIL={boundary_s}"
    changed, found = _CONTROL.subn(lambda control: f"{control[0]},{offer}", text, count=1)
    return changed if found else _TARGET.sub(rf"\g<0>\n#EXT-X-SERVER-CONTROL:{offer}", text, count=1)


def _recent(text: str, boundary_s: int) -> str | None:
    """Without the segments that ended so long before its end; None when there are none."""
    lines = text.splitlines()
    begin = next((at for at, line in enumerate(lines) if not line.startswith(_OF_THE_WHOLE)), len(lines))
    behind_s, places = 0.0, [at for at, line in enumerate(lines) if line and not line.startswith("#")]
    for skipped in range(len(places) - 1, 0, -1):
        told = lines[places[skipped - 1] + 1 : places[skipped]]
        behind_s += sum(float(line[8:].partition(",")[0]) for line in told if line.startswith("#EXTINF:"))
        if behind_s >= boundary_s:
            head = [
                f"#EXT-X-VERSION:{_SKIP_VERSION}" if line.startswith("#EXT-X-VERSION:") else line
                for line in lines[:begin]
            ]
            rest = lines[places[skipped - 1] + 1 :]
            return "\n".join([*head, f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}", *rest]) + "\n"
    return None


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
            self._bytes += found.size
            while self._bytes > MOST_BYTES and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
        return found

    def _drop(self, path: Path) -> None:
        self._bytes -= self._kept.pop(path).size


def _look(path: Path, known: Version | None) -> Version | None:
    """Read only if it is not what is known."""
    try:
        if known is not None and _stamp(path.stat()) == known.stamp:
            return known
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            return Version(_stamp(found), file.read()) if stat.S_ISREG(found.st_mode) else None
    except (OSError, ValueError):
        return None


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size
