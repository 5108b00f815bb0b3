"""The built web app, and the headers under which a browser runs it.

The app is a few megabytes of files that do not change while we run, so they are held in memory: nothing
a path says can reach the disk, and each text is compressed once.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from livehall.dialects.kit.encodings import takes_gzip

BUILT = Path(__file__).parent / "web"
NOT_BUILT = "The pages are not built on this machine. Run `make web`, then start again.\n"
_FOREVER = "public, max-age=31536000, immutable"  # the build puts a hash of the content into these names
_ASK_EACH_TIME = "no-cache"
_TEXTS = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")


class Page(msgspec.Struct, kw_only=True):
    body: bytes
    media_type: str
    etag: str
    cache: str
    compressed: bytes | None = None  # filled at the first question


class WebApp:
    """ASGI app: a file of the build, or the app's first page for an address that the app itself routes."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._pages = _read(folder) if folder.is_dir() else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)  # before accepting: the client is told 403
        else:
            await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Pages are only read.\n", 405, {"allow": "GET, HEAD"})
        path = scope["path"].lstrip("/")
        is_address = (
            "." not in path.rsplit("/", 1)[-1]
        )  # what has no suffix is a place in the app, not a file
        page = self._pages.get(path) or (self._pages.get("index.html") if is_address else None)
        if page is None:
            return PlainTextResponse(
                "There is nothing here.\n" if self._pages else NOT_BUILT, 404 if self._pages else 503
            )
        asked = Headers(scope=scope)
        headers = {"etag": page.etag, "cache-control": page.cache, "vary": "accept-encoding"}
        if page.etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = page.body
        if page.media_type.startswith(_TEXTS) and takes_gzip(asked.get("accept-encoding", "")):
            page.compressed = page.compressed or gzip.compress(page.body, 9, mtime=0)
            body = page.compressed
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        return Response(
            b"" if scope["method"] == "HEAD" else body, headers=headers, media_type=page.media_type
        )


@cache
def _read(folder: Path) -> dict[str, Page]:
    """Read once in a process, however many apps it makes."""
    pages = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            name = file.relative_to(folder).as_posix()
            body = file.read_bytes()
            page = Page(
                body=body,
                media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
                cache=_FOREVER if name.startswith("assets/") else _ASK_EACH_TIME,
            )
            pages[name] = page
    return pages


class SecurityHeaders:
    """Adds to every answer what a browser shall enforce, unless the answer says it itself."""

    def __init__(self, app: ASGIApp, *, public_url: str, media_url: str, files_url: str = "") -> None:
        """`media_url`: where browsers open their media connection, `ws://…` or `wss://…`.

        `files_url`: scheme and host that they are sent to for recordings; empty when it is ours.
        """
        self._app = app
        self._headers = {
            "content-security-policy": content_security_policy(public_url, media_url, files_url),
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
        }
        policy = self._headers["content-security-policy"]
        self._embedded = {
            "content-security-policy": policy.replace("frame-ancestors 'none'", "frame-ancestors *"),
            "permissions-policy": "camera=(), microphone=(), display-capture=(), geolocation=()",
        }
        if public_url.startswith("https://"):
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        chosen = self._headers | self._embedded if is_embedded(scope) else self._headers

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in chosen.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_embedded(scope: Scope) -> bool:
    """The audience's page in a frame of somebody else's (`ShareURLResponse.embed_url`): there is nothing on
    it that a covered click could do for a host, and it may use no device."""
    return scope["path"].startswith("/w/") and b"embed=1" in scope["query_string"].split(b"&")


def content_security_policy(public_url: str, media_url: str, files_url: str = "") -> str:
    """Nothing from third parties; connections to ourselves, and to the media server when it is elsewhere.

    Films come from us, and from where recordings are kept: the rule is held against redirects, too.
    """
    connect = ["'self'"]
    media = urlsplit(media_url)
    if media.netloc != urlsplit(public_url).netloc:
        connect += [
            f"{media.scheme}://{media.netloc}",
            f"{media.scheme.replace('ws', 'http')}://{media.netloc}",
        ]
    return "; ".join(
        [
            "default-src 'self'",
            f"connect-src {' '.join(connect)}",
            " ".join(["img-src 'self' data: blob:", *files_url.split()]),
            " ".join(["media-src 'self' blob:", *files_url.split()]),
            "worker-src 'self' blob:",  # hls.js builds its worker as a blob
            "style-src 'self' 'unsafe-inline'",  # component libraries set style attributes
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
