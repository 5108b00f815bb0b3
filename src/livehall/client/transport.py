"""Calls over HTTP: credentials, retries, envelopes, files. One class each for plain and for async code."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from http import HTTPStatus
from typing import TypeVar

import httpx

from livehall import __version__
from livehall.client.downloads import AsyncDownload, Download
from livehall.client.faults import Unreachable
from livehall.client.wire import BUSY, PREFIX, Call, is_null, opened, refusal, retry_after

T = TypeVar("T")
Token = str | Callable[[], str]
AsyncToken = str | Callable[[], str | Awaitable[str]]

ATTEMPTS = 3
FIRST_PAUSE_S = 0.25  # doubled with each further attempt, where the server names no time
LONGEST_PAUSE_S = 30.0  # a server that wants more patience gets its refusal told to the caller
TIMEOUT_S = 30.0
# Shorter than the hall keeps a silent connection (5 s), so that no call is sent into one that just closes.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=3.0)
AGENT = {"User-Agent": f"livehall-python/{__version__}"}


class Patience:
    """Whether and when a call is sent again."""

    def __init__(self, call: Call) -> None:
        self._left = ATTEMPTS - 1 if call.may_repeat else 0
        self._pause = FIRST_PAUSE_S
        self._passing = set(BUSY)

    def after(self, response: httpx.Response | None) -> float | None:
        """Seconds to wait after this response, or after none at all; None to be content with it."""
        if self._left == 0 or (response is not None and response.status_code not in self._passing):
            return None
        if response is None:
            self._passing.add(HTTPStatus.CONFLICT)  # its key is in use while the lost call still runs
        named = retry_after(response) if response is not None else None
        pause = self._pause if named is None else named
        if pause > LONGEST_PAUSE_S:
            return None
        self._left, self._pause = self._left - 1, self._pause * 2
        return pause


class Transport:
    """The way to one hall, for plain code. Several threads may share it."""

    def __init__(
        self,
        address: str,
        token: Token | None,
        api_key: str | None,
        timeout: float,
        transport: httpx.BaseTransport | None,
    ) -> None:
        _check_credentials(token, api_key)
        self._token, self._api_key = token, api_key
        self._http = httpx.Client(
            base_url=_base(address), timeout=timeout, transport=transport, limits=LIMITS, headers=AGENT
        )

    def fetch(self, call: Call, answer: type[T]) -> T:
        """The answer's data. Raises: LivehallError."""
        return opened(self._sent(call), answer)

    def fetch_or_none(self, call: Call, answer: type[T]) -> T | None:
        """The same where there may be none. Raises: LivehallError."""
        response = self._sent(call)
        return None if is_null(response) else opened(response, answer)

    def done(self, call: Call) -> None:
        """Nothing but success. Raises: LivehallError."""
        self._sent(call)

    def stream(self, call: Call) -> AbstractContextManager[Download]:
        """A file, while it comes. Entering raises: LivehallError."""
        return self._coming(lambda: self._send(call, stream=True))

    def stream_from(self, address: str, byte_range: str | None) -> AbstractContextManager[Download]:
        """The same from an address that carries its own right; no credential goes there."""
        return self._coming(lambda: self._http.send(_bare(self._http, address, byte_range), stream=True))

    @contextmanager
    def _coming(self, begin: Callable[[], httpx.Response]) -> Iterator[Download]:
        response = None
        try:
            response = begin()
            if response.has_redirect_location:
                response.close()
                response = self._http.send(_elsewhere(self._http, response), stream=True)
            if not response.is_success:
                response.read()
                raise refusal(response)
            yield Download(response)
        except httpx.TransportError as error:
            raise _unreachable(error) from error
        finally:
            if response is not None:
                response.close()

    def close(self) -> None:
        self._http.close()

    def _sent(self, call: Call) -> httpx.Response:
        response = self._send(call, stream=False)
        if not response.is_success:
            raise refusal(response)
        return response

    def _send(self, call: Call, *, stream: bool) -> httpx.Response:
        patience = Patience(call)
        while True:
            try:
                response = self._http.send(_request(self._http, call, self._credential()), stream=stream)
            except httpx.TransportError as error:
                if (pause := patience.after(None)) is None:
                    raise _unreachable(error) from error
            else:
                if (pause := patience.after(response)) is None:
                    return response
                response.close()
            time.sleep(pause)

    def _credential(self) -> dict[str, str]:
        token = self._token
        return _credential(token if token is None or isinstance(token, str) else token(), self._api_key)


class AsyncTransport:
    """The way to one hall, for async code. It belongs to one event loop."""

    def __init__(
        self,
        address: str,
        token: AsyncToken | None,
        api_key: str | None,
        timeout: float,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        _check_credentials(token, api_key)
        self._token, self._api_key = token, api_key
        self._http = httpx.AsyncClient(
            base_url=_base(address), timeout=timeout, transport=transport, limits=LIMITS, headers=AGENT
        )

    async def fetch(self, call: Call, answer: type[T]) -> T:
        """The answer's data. Raises: LivehallError."""
        return opened(await self._sent(call), answer)

    async def fetch_or_none(self, call: Call, answer: type[T]) -> T | None:
        """The same where there may be none. Raises: LivehallError."""
        response = await self._sent(call)
        return None if is_null(response) else opened(response, answer)

    async def done(self, call: Call) -> None:
        """Nothing but success. Raises: LivehallError."""
        await self._sent(call)

    def stream(self, call: Call) -> AbstractAsyncContextManager[AsyncDownload]:
        """A file, while it comes. Entering raises: LivehallError."""
        return self._coming(lambda: self._send(call, stream=True))

    def stream_from(self, address: str, byte_range: str | None) -> AbstractAsyncContextManager[AsyncDownload]:
        """The same from an address that carries its own right; no credential goes there."""
        return self._coming(lambda: self._http.send(_bare(self._http, address, byte_range), stream=True))

    @asynccontextmanager
    async def _coming(self, begin: Callable[[], Awaitable[httpx.Response]]) -> AsyncIterator[AsyncDownload]:
        response = None
        try:
            response = await begin()
            if response.has_redirect_location:
                await response.aclose()
                response = await self._http.send(_elsewhere(self._http, response), stream=True)
            if not response.is_success:
                await response.aread()
                raise refusal(response)
            yield AsyncDownload(response)
        except httpx.TransportError as error:
            raise _unreachable(error) from error
        finally:
            if response is not None:
                await response.aclose()

    async def close(self) -> None:
        await self._http.aclose()

    async def _sent(self, call: Call) -> httpx.Response:
        response = await self._send(call, stream=False)
        if not response.is_success:
            raise refusal(response)
        return response

    async def _send(self, call: Call, *, stream: bool) -> httpx.Response:
        patience = Patience(call)
        while True:
            try:
                request = _request(self._http, call, await self._credential())
                response = await self._http.send(request, stream=stream)
            except httpx.TransportError as error:
                if (pause := patience.after(None)) is None:
                    raise _unreachable(error) from error
            else:
                if (pause := patience.after(response)) is None:
                    return response
                await response.aclose()
            await asyncio.sleep(pause)

    async def _credential(self) -> dict[str, str]:
        token = self._token
        if token is None or isinstance(token, str):
            return _credential(token, self._api_key)
        fresh = token()
        return _credential(fresh if isinstance(fresh, str) else await fresh, self._api_key)


def _check_credentials(token: object, api_key: str | None) -> None:
    if token is not None and api_key is not None:
        raise ValueError("Give a token or an API key, not both.")


def _base(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"{address!r} is no address: it begins with https:// or http://.")
    return address.rstrip("/").removesuffix(PREFIX) + PREFIX


def _credential(token: str | None, api_key: str | None) -> dict[str, str]:
    if api_key is not None:
        return {"X-Api-Key": api_key}
    return {"Authorization": f"Bearer {token}"} if token is not None else {}


def _request(http: httpx.Client | httpx.AsyncClient, call: Call, credential: dict[str, str]) -> httpx.Request:
    content, headers = call.content(), {**call.headers(), **credential}
    if content is not None:
        headers["Content-Type"] = call.file_type
    return http.build_request(
        call.verb, call.path, params=call.parameters(), content=content, headers=headers
    )


def _bare(
    http: httpx.Client | httpx.AsyncClient, address: str | httpx.URL, byte_range: str | None
) -> httpx.Request:
    """The request for an address that carries its own right: it gets no credential of ours."""
    return http.build_request("GET", address, headers={"Range": byte_range} if byte_range else {})


def _elsewhere(http: httpx.Client | httpx.AsyncClient, response: httpx.Response) -> httpx.Request:
    """The request for where the answer points to."""
    asked = response.request
    return _bare(http, asked.url.join(response.headers["Location"]), asked.headers.get("Range"))


def _unreachable(error: httpx.TransportError) -> Unreachable:
    return Unreachable(f"No answer: {error or type(error).__name__}")
