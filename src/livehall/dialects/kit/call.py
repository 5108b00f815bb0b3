"""One request, as a route may ask for it."""

import re
from collections.abc import Mapping

from starlette.requests import Request as HttpRequest

from livehall.dialects.kit import body
from livehall.kernel.ids import Id, new_id

HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]+)?")


class Call:
    """What came in: headers, body, the caller's address, and the id under which it is logged."""

    def __init__(self, http: HttpRequest) -> None:
        self.http = http
        self.request_id: Id = http.scope.get("state", {}).get("request_id") or new_id()
        self._raw: bytes | None = None
        # By their names in lower case, as ASGI has them; the first of a name that stands twice.
        self.headers: Mapping[str, str] = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(list(http.scope["headers"]))
        }

    @property
    def address(self) -> str:
        """The caller's network address, behind trusted proxies the one that they name."""
        return self.http.client.host if self.http.client else ""

    @property
    def origin(self) -> str:
        """Scheme and host as the caller addressed us, without a slash at the end."""
        host = self.headers.get("host", "")
        if HOST.fullmatch(host):  # as most are: nothing to take apart
            return f"{self.http.scope.get('scheme', 'http')}://{host}"
        return f"{self.http.url.scheme}://{self.http.url.netloc}"

    async def raw(self) -> bytes:
        """The body. Raises: TooLarge, Unreadable."""
        if self._raw is None:
            declared = self.headers.get("content-length", "0")
            if not declared.isascii() or not declared.isdigit() or int(declared) > body.LIMIT:
                raise body.TooLarge
            message = await self.http.receive()
            found: bytes | bytearray = message.get("body", b"")
            if message.get("more_body", False):
                found = bytearray(found)
            while message.get("more_body", False) and len(found) <= body.LIMIT:
                message = await self.http.receive()
                found += message.get("body", b"")
            if message["type"] == "http.disconnect":
                raise body.Unreadable("The body was cut off.")
            if len(found) > body.LIMIT:
                raise body.TooLarge
            self._raw = bytes(found)
        return self._raw
