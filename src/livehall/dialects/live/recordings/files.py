"""Giving a stored file, whole or in part (RFC 9110 §14; one range, as players ask)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response, StreamingResponse

from livehall.core.ports.storage import Storage, Stored


class Kept(Protocol):
    """A file as its slice knows it."""

    @property
    def name(self) -> str: ...

    @property
    def content_type(self) -> str: ...

    @property
    def storage_key(self) -> str: ...


RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class OutOfRange(Exception):
    """The range lies outside of the file."""


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole file.

    Units and forms that we do not know, and several ranges at once, are left unheard, as the RFC allows.
    Raises: OutOfRange.
    """
    match = RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        length = int(last)
        if length == 0 or size == 0:
            raise OutOfRange
        return max(size - length, 0), size
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise OutOfRange
    return start, end


async def deliver(
    storage: Storage, file: Kept, headers: Mapping[str, str], disposition: str, until: datetime
) -> Response | None:
    """A redirect to the object storage, good `until` then, or the file itself; None: it is not there."""
    name = content_disposition(disposition, file.name)
    elsewhere = storage.address(file.storage_key, name, file.content_type, until)
    if elsewhere is not None:
        return RedirectResponse(elsewhere, 302, headers={"Cache-Control": "no-store"})
    stored = await storage.find(file.storage_key)
    return None if stored is None else respond(storage, file, stored, headers, disposition)


def respond(
    storage: Storage, asset: Kept, stored: Stored, headers: Mapping[str, str], disposition: str
) -> Response:
    """The file as an answer: 200, 206, 304 or 416."""
    etag = f'"{stored.etag}"'
    given = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": content_disposition(disposition, asset.name),
        "X-Content-Type-Options": "nosniff",
    }
    if etag in [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=given)
    asked = headers.get("range")
    if headers.get("if-range", etag) != etag:
        asked = None
    try:
        part = range_of(asked, stored.size)
    except OutOfRange:
        return Response(status_code=416, headers={**given, "Content-Range": f"bytes */{stored.size}"})
    start, end = part or (0, stored.size)
    given["Content-Length"] = str(end - start)
    if part is not None:
        given["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    body = storage.read(asset.storage_key, start, end)
    return StreamingResponse(body, 206 if part else 200, given, media_type=asset.content_type)


def content_disposition(kind: str, name: str) -> str:
    """RFC 6266: a plain name for old clients, and the real one in UTF-8."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
