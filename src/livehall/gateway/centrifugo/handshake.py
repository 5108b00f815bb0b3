"""The opening handshake of a WebSocket (RFC 6455 §4.2), from a request head that uvicorn has parsed."""

import base64
import binascii
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from websockets.utils import accept_key

AllowedOrigins = Callable[[str, str], bool]
"""Whether a page of this origin may connect to this host (its `Host` header)."""

SUBPROTOCOL = "centrifuge-json"  # what Centrifugo's clients may ask for; none is as good


class Request(msgspec.Struct, frozen=True):
    """Method, target and headers; names are in lower case, the first of equal names counts."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


def parse_head(head: bytes) -> Request:
    """Take a request head apart that is known to be well-formed."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), value.strip())
    return Request(method, target, headers)


def refusal(request: Request, allowed_origins: AllowedOrigins) -> bytes | None:
    """The answer to a request that may not become a WebSocket, or None."""
    headers = request.headers
    if request.method != "GET" or not _is_key(headers.get("sec-websocket-key", "")):
        return respond(HTTPStatus.BAD_REQUEST)
    if headers.get("sec-websocket-version") != "13":
        return respond(HTTPStatus.UPGRADE_REQUIRED, "Sec-WebSocket-Version: 13\r\n")
    origin = headers.get("origin")  # only browsers send it, and browsers always do
    if origin is not None and not allowed_origins(headers.get("host", ""), origin):
        return respond(HTTPStatus.FORBIDDEN)
    return None


def acceptance(request: Request) -> bytes:
    """The answer that makes the connection a WebSocket. No extension is taken."""
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(request.headers['sec-websocket-key'])}",
    ]
    offered = request.headers.get("sec-websocket-protocol", "").split(",")
    if SUBPROTOCOL in (each.strip() for each in offered):
        lines.append(f"Sec-WebSocket-Protocol: {SUBPROTOCOL}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def respond(status: HTTPStatus, headers: str = "") -> bytes:
    """A whole plain answer, after which the connection is closed."""
    body = status.phrase
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n{headers}Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()


def _is_key(text: str) -> bool:
    """RFC 6455 §4.2.1: base64 of 16 bytes."""
    try:
        return len(base64.b64decode(text, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
