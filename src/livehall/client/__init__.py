"""A client of the Live API: `Livehall` for plain code, `AsyncLivehall` for async code (docs/use/python.md).

Operations are methods, generated from the OpenAPI document; what they raise is in `livehall.client.faults`.
"""

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Self

import httpx
from msgspec import UNSET

from livehall.client import models
from livehall.client.downloads import AsyncDownload, Download
from livehall.client.faults import (
    Conflict,
    Detail,
    Forbidden,
    Gone,
    Invalid,
    LivehallError,
    NotFound,
    QuotaExceeded,
    RateLimited,
    Unauthenticated,
    Unavailable,
    Unreachable,
    Unreadable,
)
from livehall.client.operations import (
    AsyncOperations,
    AsyncScopedOperations,
    Operations,
    ScopedOperations,
)
from livehall.client.transport import TIMEOUT_S, AsyncToken, AsyncTransport, Token, Transport
from livehall.client.wire import path

__all__ = [
    "UNSET",
    "AsyncDownload",
    "AsyncLivehall",
    "Conflict",
    "Detail",
    "Download",
    "Forbidden",
    "Gone",
    "Invalid",
    "Livehall",
    "LivehallError",
    "NotFound",
    "QuotaExceeded",
    "RateLimited",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "Unreadable",
    "models",
]

LIBRARY = "/libraries/{}"


class Livehall(Operations):
    """A hall, seen by whoever the credential stands for.

    `token` is an access token, or a function that gives a fresh one for each call; `api_key` stands in its
    place. `timeout` is in seconds, for each of connecting, sending and waiting for the next bytes.
    `transport` is an httpx transport for those who need a proxy or certificates of their own.

    Raises: ValueError for an address without a scheme, or two credentials.
    """

    def __init__(
        self,
        address: str,
        *,
        token: Token | None = None,
        api_key: str | None = None,
        timeout: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(Transport(address, token, api_key, timeout, transport))

    def within(self, library_id: str) -> ScopedOperations:
        """The same operations on the things of one library alone; it shares this client's connections."""
        return ScopedOperations(self._transport, path(LIBRARY, library_id))

    def download(self, url: str, *, byte_range: str | None = None) -> AbstractContextManager[Download]:
        """The file at a signed address, such as `get_recording_download` answers with.

        `byte_range` is as in RFC 9110: `bytes=0-1023`.
        """
        return self._transport.stream_from(url, byte_range)

    def close(self) -> None:
        """Give back the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncLivehall(AsyncOperations):
    """`Livehall` for async code; its `token` function may be async."""

    def __init__(
        self,
        address: str,
        *,
        token: AsyncToken | None = None,
        api_key: str | None = None,
        timeout: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(AsyncTransport(address, token, api_key, timeout, transport))

    def within(self, library_id: str) -> AsyncScopedOperations:
        """The same operations on the things of one library alone; it shares this client's connections."""
        return AsyncScopedOperations(self._transport, path(LIBRARY, library_id))

    def download(
        self, url: str, *, byte_range: str | None = None
    ) -> AbstractAsyncContextManager[AsyncDownload]:
        """As `Livehall.download`."""
        return self._transport.stream_from(url, byte_range)

    async def close(self) -> None:
        """Give back the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
