"""HTTP for what is pulled: hosts that the settings allow, addresses of the public network, and nothing else.

The address that was looked at is the one that is called, so that a name cannot mean another one meanwhile;
each redirection and each file that a playlist names is looked at in the same way. Runs in a child process.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import SplitResult, urljoin, urlsplit

from livehall.kernel.addresses import is_public_address, is_web_address

_TIMEOUT_S = 10.0
_MOST_REDIRECTS = 5
_SKIPPED = 1 << 19  # bytes that are read and dropped rather than asked for anew
_MOST_REQUESTS = 20_000  # of one file, for repeats of a seeking demuxer
_REDIRECTS = (301, 302, 303, 307, 308)


class FetchRefused(OSError):
    """The text is for the host; it names no address of this network."""


def is_allowed(url: str, hosts: Sequence[str]) -> bool:
    """Whether it is an http or https address of one of these hosts; `*` stands for any part of a name."""
    if not is_web_address(url):
        return False
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    return any(fnmatchcase(host, pattern.lower()) for pattern in hosts)


class Fetcher:
    """Opens addresses for PyAV (`io_open`)."""

    def __init__(self, hosts: Sequence[str], *, may_be_private: bool) -> None:
        self._hosts = hosts
        self._may_be_private = may_be_private

    def open(self, url: str, flags: int, options: Mapping[str, str]) -> "Remote":
        """`options` of ffmpeg's own HTTP; `offset` is what HLS with ranges of bytes asks for."""
        start = options.get("offset", "")
        return Remote(self, url, int(start) if start.isdecimal() else 0)

    def request(self, url: str, start: int) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """The bytes from `start` on. Raises: FetchRefused."""
        for _ in range(_MOST_REDIRECTS + 1):
            connection = self._connection(url)
            try:
                response = _ask(connection, url, start)
            except (OSError, http.client.HTTPException) as fault:
                connection.close()
                raise FetchRefused("The address does not answer.") from fault
            if response.status in _REDIRECTS and (where := response.headers.get("Location")):
                connection.close()
                url = urljoin(url, where)
                continue
            if response.status not in (200, 206):
                connection.close()
                raise FetchRefused(f"The address answers with status {response.status}.")
            return connection, response
        raise FetchRefused("The address leads to others without end.")

    def _connection(self, url: str) -> http.client.HTTPConnection:
        if not is_allowed(url, self._hosts):
            raise FetchRefused("The address is not one that this server may pull from.")
        parts = urlsplit(url)
        return _Pinned(parts, self._look_up(parts))

    def _look_up(self, parts: SplitResult) -> tuple[str, int]:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except OSError:
            raise FetchRefused("The address has no host that can be found.") from None
        addresses = [str(each[4][0]) for each in found]
        if not self._may_be_private and not all(is_public_address(address) for address in addresses):
            raise FetchRefused("The address is not one that this server may pull from.")
        addresses.sort(key=lambda address: ipaddress.ip_address(address.partition("%")[0]).version)
        return addresses[0], port


def _ask(connection: http.client.HTTPConnection, url: str, start: int) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": "Livehall", "Accept": "*/*", "Accept-Encoding": "identity"}
    connection.request("GET", target, headers={**headers, "Range": f"bytes={start}-"})
    return connection.getresponse()


class _Pinned(http.client.HTTPConnection):
    """To an address that has been looked at, whatever its name means by now."""

    def __init__(self, parts: SplitResult, address: tuple[str, int]) -> None:
        super().__init__(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        self.default_port = 443 if parts.scheme == "https" else 80
        self.port = address[1]
        self._address = address
        self._is_secure = parts.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection(self._address, _TIMEOUT_S)
        if self._is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


class Remote:
    """A file behind an address, as PyAV reads files."""

    def __init__(self, fetcher: Fetcher, url: str, start: int = 0) -> None:
        """Raises: FetchRefused."""
        self.name = url
        self._fetcher = fetcher
        self._position = 0
        self._requests = 0
        self._size: int | None = None
        self._is_seekable = True
        self._connection: http.client.HTTPConnection | None = None
        self._response = self._begin(start)

    def read(self, size: int) -> bytes:
        try:
            data = self._response.read(size)
        except (OSError, http.client.HTTPException) as fault:
            raise FetchRefused("The address has stopped answering.") from fault
        self._position += len(data)
        return data

    def seekable(self) -> bool:
        return self._is_seekable

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 1:
            offset += self._position
        elif whence == 2:
            if self._size is None:
                raise OSError("the size is not known")
            offset += self._size
        ahead = offset - self._position
        if 0 <= ahead <= _SKIPPED:
            while ahead > 0 and (data := self.read(ahead)):
                ahead -= len(data)
        elif self._size is not None and offset >= self._size:
            self._position = offset  # only to be asked where it is
            return offset
        else:
            self._response = self._begin(offset)
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _begin(self, start: int) -> http.client.HTTPResponse:
        self.close()
        self._requests += 1
        if self._requests > _MOST_REQUESTS:
            raise FetchRefused("The file is read without end.")
        self._connection, response = self._fetcher.request(self.name, start)
        if response.status == 206:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            self._size = int(total) if total.isdecimal() else None
        elif start:
            raise FetchRefused("The address gives its file from the beginning only.")
        else:
            self._is_seekable = False
            self._size = response.length
        self._position = start
        return response
