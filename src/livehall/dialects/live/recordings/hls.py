"""Serving HLS: playlists and segments from the media server's folder, to those who are in the session.

Every request shows the token of an attendance, or of an account of the staff. Whether that attendance still
holds, or the account still is of the staff, is read from the database at most every second, so that a ban,
a goodbye or a dismissal stops the picture within 2 s (C16 allows 5).
"""

import asyncio
import os
import re
import stat
from collections import OrderedDict
from pathlib import Path
from time import monotonic

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from livehall.core.audience import listening
from livehall.core.recordings import ops
from livehall.core.recordings.faults import LinkExpired, LinkInvalid
from livehall.core.recordings.links import Links
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.standings import standing_in
from livehall.dialects.kit.encodings import takes_gzip
from livehall.dialects.live.recordings.addresses import STAFF
from livehall.dialects.live.recordings.playlists import Playlists
from livehall.dialects.live.recordings.reloads import BadReload, Reloads, Wish
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Desk, Read

FRESH_S = 1.0  # half of what a player's round of playlist and segment takes: it costs no more reads than 2 s
FIRST_SEGMENT_S = (
    8.0  # the output is active with its first frame, the playlist is there with its first segment
)
LOOK_S = 0.1
REMEMBERED = 50_000  # watchers
PATH = re.compile(r"/([\w.-]{1,512})/([0-9a-f-]{36})/([\w-]{1,100}\.(?:m3u8|ts))", re.ASCII)
WITHOUT_TOKEN = re.compile(r"/[0-9a-f-]{36}/index\.m3u8")
PART = re.compile(r"-\d+\.ts$", re.ASCII)  # of low-latency HLS
SKIPS = ("YES", "v2")  # RFC 8216bis §6.2.5.1
HEADERS = {"X-Content-Type-Options": "nosniff"}
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t"}


class Watcher(msgspec.Struct, frozen=True):
    folder: Path | None  # None: may not watch, or there is nothing to watch
    read_at: float  # monotonic seconds


class _HeldStart:
    """Sends the start of a response only with its first piece: `FileResponse` opens its file in between."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self.is_out = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            start, self._start, self.is_out = self._start, None, True
            await self._send(start)
        await self._send(message)


class HlsDoor:
    """An ASGI application for `/hls`."""

    def __init__(self, desk: Desk, links: Links, folder: Path) -> None:
        """`folder`: where the media server writes its outputs."""
        self._desk, self._links, self._folder = desk, links, folder
        self._watchers: OrderedDict[tuple[str, Id], Watcher] = OrderedDict()
        self._playlists = Playlists()
        self._reloads = Reloads(self._playlists)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            held = _HeldStart(send)
            try:
                await (await self._respond(Request(scope)))(scope, receive, held)
            except FileNotFoundError:  # it went with its package between the look and the sending
                if held.is_out:
                    raise
                await Response(status_code=404)(scope, receive, send)

    def forget(self) -> None:
        """Read every watcher afresh at the next request."""
        self._watchers.clear()

    async def _respond(self, request: Request) -> Response:
        scope = request.scope
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        match = PATH.fullmatch(path)
        if match is None or request.method not in ("GET", "HEAD"):
            return Response(status_code=401 if WITHOUT_TOKEN.fullmatch(path) else 404)
        token, session_id, name = match.groups()
        try:
            subject = self._links.read(token, "hls", self._desk.clock())
            folder = await self._folder_for(subject, session_id)
        except LinkInvalid:
            return Response(status_code=401)
        except LinkExpired:
            return Response(status_code=410)
        except DatabaseUnavailable:
            return Response(status_code=503, headers={"Retry-After": "1"})
        if folder is None:
            return Response(status_code=403)
        return await self._give(folder / name, request)

    async def _give(self, path: Path, request: Request) -> Response:
        """A playlist when it has what a player waits for, and a part when it is there."""
        if path.suffix == ".m3u8":
            try:
                return await self._give_playlist(path, request)
            except BadReload:
                return Response(status_code=400)
        if PART.search(path.name) and await asyncio.to_thread(_status, path) is None:
            await self._reloads.listed(path.with_name("index.m3u8"), path.name)
        return await _file(path)

    async def _give_playlist(self, path: Path, request: Request) -> Response:
        """Raises: BadReload."""
        asked = request.query_params
        wish = Wish.of(asked.get("_HLS_msn"), asked.get("_HLS_part"))
        deadline = monotonic() + FIRST_SEGMENT_S
        while (version := await self._playlists.newest(path)) is None:
            if monotonic() > deadline:
                return Response(status_code=404)
            await asyncio.sleep(LOOK_S)
        if wish is not None:
            version = await self._reloads.wait(path, version, wish)
        if version is None:
            return Response(status_code=503, headers={"Retry-After": "1"})
        headers = {**HEADERS, "Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        form = version.recent if asked.get("_HLS_skip") in SKIPS else version.whole
        body = form.data
        if takes_gzip(",".join(request.headers.getlist("Accept-Encoding"))):
            body, headers["Content-Encoding"] = await form.packed(), "gzip"
        headers["Content-Length"] = str(len(body))
        return Response(
            b"" if request.method == "HEAD" else body, media_type=TYPES[path.suffix], headers=headers
        )

    async def _folder_for(self, subject: str, session_id: Id) -> Path | None:
        key, now = (subject, session_id), monotonic()
        watcher = self._watchers.get(key)
        if watcher is None or now - watcher.read_at > FRESH_S:
            async with self._desk.read(SYSTEM) as read:
                folder = await self._look_up(read, subject, session_id)
            watcher = self._watchers[key] = Watcher(folder, now)
            self._watchers.move_to_end(key)
            if len(self._watchers) > REMEMBERED:
                self._watchers.popitem(last=False)
        return watcher.folder

    async def _look_up(self, read: Read, subject: str, session_id: Id) -> Path | None:
        try:
            if not await _may_watch(read, subject, session_id):
                return None
        except SessionNotFound:
            return None
        package = await ops.package(read, session_id)
        return (self._folder / package).parent if package is not None else None


async def _may_watch(read: Read, subject: str, session_id: Id) -> bool:
    if subject.startswith(STAFF):
        named, _, account_id = subject.removeprefix(STAFF).partition(":")
        if named != session_id:
            return False
        _, standing = await standing_in(read, session_id, account_id)
        return standing.is_staff
    attendance_id = parse_id(subject)
    return attendance_id is not None and await listening.may_watch(read, session_id, attendance_id)


async def _file(path: Path) -> Response:
    found = await asyncio.to_thread(_status, path)
    if found is None:
        return Response(status_code=404)
    headers = {**HEADERS, "Cache-Control": "private, max-age=60"}
    return FileResponse(path, media_type=TYPES[path.suffix], headers=headers, stat_result=found)


def _status(path: Path) -> os.stat_result | None:
    """Of a regular file."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None
